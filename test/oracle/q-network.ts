/** Networks of action values, plain and dueling, in float64. */
import { box, discrete } from "../../src/core/spaces.js";
import type { Backend } from "../../src/nn/backend.js";
import { QNetwork } from "../../src/nn/q-network.js";
import { affine64, HIDDEN, INPUTS, knownWeights, mean64, outputs64, type Weights } from "./losses.js";

export const ACTIONS = discrete(3);
export const OBSERVATIONS = box(Array(INPUTS).fill(-1), Array(INPUTS).fill(1));

/** A network of tanh layers with weights that are well away from 0 and known. */
export function exampleQNetwork(backend: Backend, dueling: boolean, seed: number, hidden: readonly number[] = HIDDEN) {
  const network = new QNetwork(backend, INPUTS, ACTIONS.n, { hidden, activation: "tanh", dueling }, 1);
  return { network, weights: knownWeights(network.parameters, seed) };
}

/** Q(observation, ·) `[A]` of a network with layers as wide as {@link HIDDEN}. */
export function values64(weights: Weights, observation: readonly number[]): number[] {
  if ("q.0.weight" in weights) return outputs64(weights, "q", observation);
  const shared = affine64(weights, "trunk.0", observation).map(Math.tanh);
  const stream = (name: string) => affine64(weights, `${name}.1`, affine64(weights, `${name}.0`, shared).map(Math.tanh));
  const [value = 0] = stream("value");
  const advantages = stream("advantage");
  return advantages.map((advantage) => value + advantage - mean64(advantages));
}
