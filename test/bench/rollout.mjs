/**
 * Environment steps per second of collect() with a 64-64 tanh actor-critic on CartPole, against the same loop in JavaScript with
 * TensorFlow.js acting: physics in typed arrays, the network in stock tfjs operations once per vector step.
 */
import * as tf from "@tensorflow/tfjs";
import { setUpOnPolicy } from "../../dist/algos/on-policy.js";
import { environments } from "../../dist/envs/registry.js";
import { withBothKernels } from "./kernels.mjs";
import { race, randomNumbers } from "./measure.mjs";
import { NETWORK } from "./ppo-update.mjs";
import { rate } from "./report.mjs";
import { makeVector, twins } from "./twins.mjs";

const LANES = [1, 8, 64, 1024];
const ENVIRONMENT = "CartPole-v1";
/** Steps of each lane in one run: at least 8, and few enough that a run of the slower contender stays short. */
const stepsOf = (numEnvs) => Math.max(8, Math.min(128, Math.floor(4096 / numEnvs)));

/** @param {import("./bench.mjs").Context} context */
export async function benchRollout({ report, budget }) {
  report.part("rollout", `${ENVIRONMENT}, acting, values and log-probabilities of a 64-64 tanh actor-critic; environment steps/s`);
  await withBothKernels(async ({ lanewise, stock }) => {
    for (const numEnvs of LANES) {
      const ours = await collected(lanewise, numEnvs);
      const theirs = { ...inJavaScript(ours.network, numEnvs), prepare: stock.prepare };
      report.group(`N = ${numEnvs}`, rate("M/s", 1e6), race([ours, theirs], budget));
    }
  });
}

async function collected({ backend }, numEnvs) {
  const session = { spec: environments[ENVIRONMENT], backend, seed: 0 };
  const { network, rollout } = await setUpOnPolicy(session, { ...NETWORK, numEnvs, steps: stepsOf(numEnvs) });
  const run = () => {
    rollout.collect();
    return rollout.columns.logProb.data[0];
  };
  return { name: "collect()", run, work: rollout.size, network };
}

/** The same network, records and number of steps. */
function inJavaScript(network, numEnvs) {
  const steps = stepsOf(numEnvs);
  const random = randomNumbers(3);
  const vector = makeVector(twins[ENVIRONMENT], numEnvs, random);
  const columns = recordsOf(steps, numEnvs);
  const parameters = new Map(network.parameters.list.map(({ name, tensor }) => [name, tensor]));
  const run = () => {
    for (let t = 0; t < steps; t++) {
      const { observation } = vector.rows;
      columns.observation.set(observation, t * observation.length);
      const { logProbs, values } = actorCritic(network.acting, parameters, observation, numEnvs);
      columns.value.set(values, t * numEnvs);
      sample(columns, t * numEnvs, logProbs, random);
      const { reward, terminated, truncated } = vector.step(columns.action.subarray(t * numEnvs, (t + 1) * numEnvs));
      columns.reward.set(reward, t * numEnvs);
      columns.terminated.set(terminated, t * numEnvs);
      columns.truncated.set(truncated, t * numEnvs);
    }
    return columns.logProb[0];
  };
  return { name: "JS loop, stock tfjs acting", run, work: steps * numEnvs };
}

function recordsOf(steps, numEnvs) {
  const row = () => new Float32Array(steps * numEnvs);
  return {
    observation: new Float32Array(4 * steps * numEnvs),
    action: new Int32Array(steps * numEnvs),
    ...{ logProb: row(), value: row(), reward: row(), terminated: row(), truncated: row() },
  };
}

/** ln π `[N,2]` and V `[N]`, read back into JavaScript. */
function actorCritic({ actor, critic }, parameters, observation, numEnvs) {
  const chain = (layers, input) =>
    layers.reduce((x, { names, activation }) => {
      const z = tf.add(tf.matMul(x, parameters.get(names.weight)), parameters.get(names.bias));
      return activation === "tanh" ? tf.tanh(z) : z;
    }, input);
  return tf.tidy(() => {
    const input = tf.tensor2d(observation, [numEnvs, 4]);
    return { logProbs: tf.logSoftmax(chain(actor, input)).dataSync(), values: chain(critic, input).dataSync() };
  });
}

/** Draws one of two actions for each lane and records it with its log-probability. */
function sample({ action, logProb }, at, logProbs, random) {
  for (let lane = 0; lane < logProbs.length / 2; lane++) {
    const choice = random() < Math.exp(logProbs[2 * lane]) ? 0 : 1;
    action[at + lane] = choice;
    logProb[at + lane] = logProbs[2 * lane + choice];
  }
}
