/**
 * Milliseconds of a SAC gradient step on made-up transitions: twin critics, actor, temperature, and the targets' move. Against the same step on
 * TensorFlow.js's stock kernels, and in PyTorch where that is installed.
 */
import { sac, sacNetworks, sacSteps } from "../../dist/algos/sac.js";
import { resolveOptions } from "../../dist/core/options.js";
import { box } from "../../dist/core/spaces.js";
import { column } from "../../dist/wasm/heap.js";
import { withBothKernels } from "./kernels.mjs";
import { race, randomNumbers } from "./measure.mjs";
import { time } from "./report.mjs";
import { torchTimings } from "./torch.mjs";

/** Sizes that are usual for robots' joints, and those of RLtools' Pendulum. */
export const SAC_CASES = [
  { inputs: 17, actions: 6, hidden: [256, 256], batchSize: 256 },
  { inputs: 3, actions: 1, hidden: [64, 64], batchSize: 100 },
];

/** @param {import("./bench.mjs").Context} context */
export async function benchSacUpdate(context) {
  const { report, budget } = context;
  report.part("sac-update", "SAC gradient step, actor and twin critics, relu; ms");
  const torch = torchTimings(context);
  await withBothKernels(({ lanewise, stock }) => {
    for (const sizes of SAC_CASES) {
      const contenders = [contender("replayed", lanewise, sizes), contender("stock tfjs kernels", stock, sizes)];
      const name = `${sizes.hidden.join("-")}, batch ${sizes.batchSize}`;
      report.group(name, time("ms", 1e-3), [...race(contenders, budget), ...torch(`sac update, ${name}`)]);
    }
  });
}

function contender(name, { backend, prepare }, sizes) {
  const { networks, steps } = sacUpdate(backend, sizes);
  const [{ column }] = networks.actor.parameters.list;
  const run = () => {
    steps.learn(0);
    return column.data[0];
  };
  return { name, run, work: 1, prepare };
}

/** @param {import("../../dist/nn/backend.js").Backend} backend */
export function sacUpdate(backend, { inputs, actions, hidden, batchSize }) {
  const options = resolveOptions("sac", sac.fields, { hidden, batchSize }, {});
  const vector = (size) => box(Array(size).fill(-1), Array(size).fill(1));
  const session = { spec: { observationSpace: vector(inputs), actionSpace: vector(actions) }, backend, seed: 0, totalSteps: 1 };
  const networks = sacNetworks(session, options);
  return { networks, steps: sacSteps(networks, minibatch(backend.heap, batchSize, inputs, actions), options, session) };
}

/** Transitions that never happened: observations, actions and rewards uniform within ±1. */
function minibatch(heap, size, inputs, actions) {
  const random = randomNumbers(size);
  const filled = (shape, draw = () => 2 * random() - 1) => {
    const made = column(heap, shape);
    made.data.set(Array.from({ length: made.length }, draw));
    return made;
  };
  return {
    observation: filled([size, inputs]),
    action: filled([size, actions]),
    reward: filled([size]),
    nextObservation: filled([size, inputs]),
    discount: filled([size], () => 0.99),
    weight: filled([size], () => 1),
  };
}
