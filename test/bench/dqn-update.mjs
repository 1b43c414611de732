/**
 * Milliseconds of a DQN gradient step on made-up transitions: targets, Huber loss, backward, clipping by the global norm, Adam. Against the same
 * step on TensorFlow.js's stock kernels, and in PyTorch where that is installed.
 */
import { dqn, dqnSteps } from "../../dist/algos/dqn.js";
import { resolveOptions } from "../../dist/core/options.js";
import { QNetwork } from "../../dist/nn/q-network.js";
import { column } from "../../dist/wasm/heap.js";
import { withBothKernels } from "./kernels.mjs";
import { race, randomNumbers } from "./measure.mjs";
import { time } from "./report.mjs";
import { torchTimings } from "./torch.mjs";

/** CartPole's sizes; the wide network is the one of RL Baselines3 Zoo's preset. */
const [INPUTS, ACTIONS, BATCH] = [4, 2, 64];
const WIDTHS = [64, 256];

/** @param {import("./bench.mjs").Context} context */
export async function benchDqnUpdate(context) {
  const { report, budget } = context;
  report.part("dqn-update", `DQN gradient step, ${INPUTS} inputs, ${ACTIONS} actions, relu; ms`);
  const torch = torchTimings(context);
  await withBothKernels(({ lanewise, stock }) => {
    for (const width of WIDTHS) {
      const hidden = [width, width];
      const contenders = [contender("replayed", lanewise, hidden), contender("stock tfjs kernels", stock, hidden)];
      const name = `${hidden.join("-")}, batch ${BATCH}`;
      report.group(name, time("ms", 1e-3), [...race(contenders, budget), ...torch(`dqn update, ${name}`)]);
    }
  });
}

function contender(name, { backend, prepare }, hidden) {
  const { q, steps } = dqnUpdate(backend, hidden);
  const [{ column }] = q.parameters.list;
  const run = () => {
    steps.learn(0);
    return column.data[0];
  };
  return { name, run, work: 1, prepare };
}

/** @param {import("../../dist/nn/backend.js").Backend} backend */
export function dqnUpdate(backend, hidden) {
  const options = resolveOptions("dqn", dqn.fields, { hidden, batchSize: BATCH, learningRate: 1e-3 }, {});
  const newNetwork = () => new QNetwork(backend, INPUTS, ACTIONS, options, 0);
  const q = newNetwork();
  const parts = { q, target: newNetwork(), replay: { columns: minibatch(backend.heap) }, exploration: { moveTo: () => ({}) } };
  const steps = dqnSteps(parts, options, { backend });
  steps.explore(0);
  return { q, steps };
}

/** Transitions that never happened: observations and rewards uniform within ±1, fair coins for actions. */
function minibatch(heap) {
  const random = randomNumbers(BATCH);
  const filled = (shape, draw = () => 2 * random() - 1, type = "float32") => {
    const made = column(heap, shape, type);
    made.data.set(Array.from({ length: made.length }, draw));
    return made;
  };
  return {
    observation: filled([BATCH, INPUTS]),
    action: filled([BATCH], () => Math.floor(ACTIONS * random()), "int32"),
    reward: filled([BATCH]),
    nextObservation: filled([BATCH, INPUTS]),
    discount: filled([BATCH], () => 0.99),
    weight: filled([BATCH], () => 1),
  };
}
