/**
 * Transitions per second that a full replay buffer of CartPole's puts into minibatches, against the usual buffer in JavaScript (see
 * replay-objects.mjs): drawn uniformly, by priority, and by priority with new priorities coming back. Pushing is timed too.
 */
import { createReplay } from "../../dist/rollout/replay.js";
import { column, ownHeap } from "../../dist/wasm/heap.js";
import { race, randomNumbers } from "./measure.mjs";
import { ObjectReplay } from "./replay-objects.mjs";
import { rate } from "./report.mjs";

const CAPACITY = 100_000;
const OBSERVATION_SIZE = 4;
/** Steps and lanes of a rollout. */
const [STEPS, LANES] = [125, 8];
const BATCHES = [64, 256];
const WINDOWS = [1, 3];
const PRIORITIES = { alpha: 0.6, epsilon: 1e-6 };
const BETA = 0.4;

/** @param {import("./bench.mjs").Context} context */
export async function benchReplay({ report, budget }) {
  report.part("replay", `minibatches from ${CAPACITY.toLocaleString("en")} transitions of CartPole's shape; transitions/s`);
  const rollout = randomRollout(ownHeap());
  const compare = async (label, work, options, run) => {
    const buffers = [await ours(rollout, options), inJavaScript(rollout, options)];
    const contenders = buffers.map((buffer) => ({ name: buffer.name, run: () => run(buffer), work }));
    report.group(label, rate("M/s", 1e6), race(contenders, budget));
  };
  for (const batchSize of BATCHES) {
    for (const nStep of WINDOWS) {
      const uniform = { capacity: CAPACITY, batchSize, nStep, gamma: 0.99, seed: 1 };
      const prioritised = { ...uniform, prioritised: PRIORITIES };
      const suffix = `B = ${batchSize}, n = ${nStep}`;
      await compare(`uniform, ${suffix}`, batchSize, uniform, ({ sample }) => sample());
      await compare(`prioritised, ${suffix}`, batchSize, prioritised, ({ sample }) => sample());
      await compare(`with updates, ${suffix}`, batchSize, prioritised, ({ sample, update }) => sample() + update());
    }
  }
  const options = { capacity: CAPACITY, batchSize: 64, nStep: 1, gamma: 0.99, seed: 1, prioritised: PRIORITIES };
  await compare(`push, ${STEPS} steps × ${LANES} lanes`, STEPS * LANES, options, ({ push }) => push());
}

/** Columns of random transitions, one in fifty of which ends an episode. */
function randomRollout(heap) {
  const random = randomNumbers(1);
  const filled = (shape, draw = random, type = "float32") => {
    const made = column(heap, shape, type);
    made.data.set(Array.from(made.data, draw));
    return made;
  };
  const row = [STEPS, LANES];
  return {
    observation: filled([STEPS + 1, LANES, OBSERVATION_SIZE]),
    action: filled(row, () => Math.floor(2 * random()), "int32"),
    reward: filled(row),
    nextObservation: filled([...row, OBSERVATION_SIZE]),
    terminated: filled(row, () => Number(random() < 0.02)),
    truncated: filled(row, () => 0),
  };
}

async function ours(rollout, options) {
  const { heap } = rollout.reward;
  const replay = await createReplay(heap, rollout, options);
  const error = column(heap, [options.batchSize]);
  error.data.set(randomErrors(options));
  const push = () => {
    replay.push(rollout);
    return replay.size;
  };
  const sample = () => {
    replay.sample(BETA);
    return replay.columns.discount.data[0];
  };
  const update = () => {
    replay.updatePriorities(error);
    return error.length;
  };
  return filled({ name: "Replay", push, sample, update }, options);
}

function inJavaScript(rollout, options) {
  const replay = new ObjectReplay(OBSERVATION_SIZE, LANES, options, randomNumbers(2));
  const errors = randomErrors(options);
  const columns = Object.fromEntries(Object.entries(rollout).map(([name, { data }]) => [name, data]));
  const push = () => replay.push(columns, STEPS);
  const sample = () => {
    replay.sample(BETA);
    return replay.minibatch.discount[0];
  };
  const update = () => {
    replay.updatePriorities(errors);
    return errors.length;
  };
  return filled({ name: "array of objects in JS", push, sample, update }, options);
}

/** Full, and with priorities of their own for most transitions. */
function filled(buffer, { capacity, batchSize, prioritised }) {
  for (let pushed = 0; pushed < capacity; pushed += STEPS * LANES) buffer.push();
  for (let drawn = 0; prioritised && drawn < 4 * capacity; drawn += batchSize) {
    buffer.sample();
    buffer.update();
  }
  return buffer;
}

function randomErrors({ batchSize }) {
  const random = randomNumbers(3);
  return Float32Array.from({ length: batchSize }, () => 2 * random() - 1);
}
