/**
 * Milliseconds of replayed updates on one thread and on two: PPO's, and soft actor-critic's at its usual size. Both give the same bits.
 * Two threads need two cores with nothing else to do; where these are busy, updates go back to one.
 */
import * as tf from "@tensorflow/tfjs";
import { SquashedGaussianActor } from "../../dist/nn/actor.js";
import { adam } from "../../dist/nn/adam.js";
import { startBackend } from "../../dist/nn/backend.js";
import { Critics } from "../../dist/nn/critics.js";
import { updater } from "../../dist/nn/update.js";
import { column } from "../../dist/wasm/heap.js";
import { race, randomNumbers } from "./measure.mjs";
import { LEARNING_RATE, ppoUpdate } from "./ppo-update.mjs";
import { time } from "./report.mjs";

const THREADS = [2, 1];
const PPO_BATCHES = [64, 256, 2048, 8192];
/** Of HalfCheetah, with the networks of the paper. */
const SAC = { batch: 256, sizes: { inputs: 17, actions: 6 }, network: { hidden: [256, 256], activation: "relu" } };

/** @param {import("./bench.mjs").Context} context */
export async function benchThreads({ report, budget, isCpuTime }) {
  report.part("threads", "replayed updates on two threads and on one; ms");
  if (isCpuTime) return report.note("  not measured: a processor's time can't tell how long threads take together");
  const backends = [];
  for (const threads of THREADS) backends.push(await startBackend("wasm", "lanewise", threads));
  const contest = (label, stepOf) => {
    const contenders = backends.map((backend) => contender(backend, stepOf(backend)));
    report.group(label, time("ms", 1e-3), race(contenders, budget));
  };
  for (const batch of PPO_BATCHES) contest(`ppo 4-64-64, batch ${batch}`, (backend) => ppoStep(backend, batch));
  contest(`sac ${SAC.sizes.inputs}-256-256, batch ${SAC.batch}`, sacStep);
  for (const backend of backends) backend.dispose();
}

/** @param {() => number} run takes one step and returns one of the parameters */
function contender({ threads }, run) {
  return { name: threads === 1 ? "1 thread" : `${threads} threads`, run, work: 1 };
}

function ppoStep(backend, batch) {
  const { network, updates } = ppoUpdate(backend, batch);
  return () => {
    updates.step(LEARNING_RATE);
    return network.parameters.list[0].column.data[0];
  };
}

/** One step of the twin critics towards made-up targets, and one of the actor through them. */
function sacStep(backend) {
  const { batch, sizes, network } = SAC;
  const actor = new SquashedGaussianActor(backend, sizes, network, 0);
  const critics = new Critics(backend, 2, sizes, network, 0);
  const [observation, action, target, noise] = [[batch, sizes.inputs], [batch, sizes.actions], [batch], [batch, sizes.actions]].map(
    (shape) => filled(backend.heap, shape),
  );
  const tensor = (of) => backend.tensor(of);
  const criticStep = updater(backend, critics.parameters, adam(critics.parameters), () => {
    const errors = critics.values(tensor(observation), tensor(action)).map((value) => tf.squaredDifference(value, tensor(target)));
    const loss = tf.mean(tf.addN(errors));
    return { loss, diagnostics: { loss } };
  });
  const actorStep = updater(backend, actor.parameters, adam(actor.parameters), () => {
    const sampled = actor.sample(tensor(observation), tensor(noise));
    const loss = tf.mean(tf.sub(sampled.logProb, critics.least(tensor(observation), sampled.action)));
    return { loss, diagnostics: { loss } };
  });
  return () => {
    criticStep.step(LEARNING_RATE);
    actorStep.step(LEARNING_RATE);
    return critics.parameters.list[0].column.data[0];
  };
}

function filled(heap, shape) {
  const made = column(heap, shape);
  const random = randomNumbers(made.length);
  made.data.set(Array.from({ length: made.length }, () => 2 * random() - 1));
  return made;
}
