/** One PPO minibatch update as the benchmarks measure it: actor 4-64-64-2 and critic 4-64-64-1 (tanh) on made-up transitions. */
import { ppoLoss } from "../../dist/algos/ppo.js";
import { featuresOf } from "../../dist/core/spaces.js";
import { environments } from "../../dist/envs/registry.js";
import { ActorCritic } from "../../dist/nn/actor-critic.js";
import { adam } from "../../dist/nn/adam.js";
import { updater } from "../../dist/nn/update.js";
import { column } from "../../dist/wasm/heap.js";
import { randomNumbers } from "./measure.mjs";

export const NETWORK = { hidden: [64, 64], activation: "tanh", sharedTrunk: false, stateDependentStd: false, logStdInit: 0 };
export const LEARNING_RATE = 3e-4;
const LOSS = { entropyCoefficient: 0.01, valueCoefficient: 0.5, valueClipRange: 0, normalizeAdvantage: true };

/** @param {import("../../dist/nn/backend.js").Backend} backend */
export function ppoUpdate(backend, batchSize) {
  const { observationSpace, actionSpace } = environments["CartPole-v1"];
  const network = new ActorCritic(backend, featuresOf(observationSpace), actionSpace, NETWORK, 0);
  const optimizer = adam(network.parameters, { epsilon: 1e-5, maxGradNorm: 0.5 });
  const columns = minibatch(backend.heap, batchSize);
  const tensors = () => Object.fromEntries(Object.entries(columns).map(([name, made]) => [name, backend.tensor(made)]));
  const loss = () => ppoLoss(network, tensors(), LOSS);
  return { network, optimizer, loss, updates: updater(backend, network.parameters, optimizer, loss) };
}

/** Makes an update take the ordinary path, operation by operation, for comparison. */
export function withoutReplay(update) {
  update.updates.obstacle = "replay is held back";
  return update;
}

/** Transitions that no policy ever made: standard normals, fair coins, and the log-probability of a coin. */
function minibatch(heap, size) {
  const random = randomNumbers(size);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const filled = (shape, draw, type) => {
    const made = column(heap, shape, type);
    made.data.set(Array.from({ length: made.length }, draw));
    return made;
  };
  return {
    observation: filled([size, 4], normal),
    action: filled([size], () => Math.floor(2 * random()), "int32"),
    logProb: filled([size], () => Math.log(0.5)),
    value: filled([size], normal),
    advantage: filled([size], normal),
    returns: filled([size], normal),
    clipRange: filled([], () => 0.2),
  };
}
