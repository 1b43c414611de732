/** Continuous actor-critics in float64, and sessions and minibatches of random numbers to learn from. */
import * as tf from "@tensorflow/tfjs";
import type { Session } from "../../src/algos/algorithm.js";
import type { TransitionBatch } from "../../src/algos/off-policy.js";
import { box } from "../../src/core/spaces.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import type { Backend } from "../../src/nn/backend.js";
import { LOG_STD_RANGE } from "../../src/nn/distributions.js";
import type { Parameters } from "../../src/nn/parameters.js";
import type { ReplayColumns } from "../../src/rollout/transitions.js";
import { column } from "../../src/wasm/heap.js";
import { BATCH, clip64, HIDDEN, INPUTS, outputs64, rows, type Weights } from "./losses.js";
import { drawn, randomNormals } from "./random.js";

export const ACTIONS = 2;

/** What every network of the tests is like. */
export const NETWORK = { hidden: HIDDEN, activation: "tanh" } as const;

/** An environment by its spaces alone. */
const spec = { id: "None-v0", observationSpace: box(Array(INPUTS).fill(-1), Array(INPUTS).fill(1)), actionSpace: box([-1, -1], [1, 1]) };

export function exampleSession(backend: Backend): Session {
  return { spec: spec as unknown as EnvironmentSpec, backend, seed: 3, totalSteps: 100 };
}

/** A minibatch `[BATCH,…]` and noise `[BATCH,A]`, row by row. */
export interface Batch64 {
  readonly observation: readonly number[][];
  readonly action: readonly number[][];
  readonly reward: readonly number[];
  readonly nextObservation: readonly number[][];
  readonly discount: readonly number[];
  readonly noise: readonly number[][];
}

/** Every third transition ends its episode. */
export function exampleBatch(seed = 11): Batch64 {
  const normal = randomNormals(seed);
  const vectors = (width: number, scale = 1) =>
    rows(
      drawn(BATCH * width, () => scale * normal()),
      width,
    );
  return {
    observation: vectors(INPUTS),
    action: vectors(ACTIONS, 0.5),
    reward: Array.from(drawn(BATCH, normal)),
    nextObservation: vectors(INPUTS),
    discount: Array.from({ length: BATCH }, (_, i) => (i % 3 === 0 ? 0 : Math.fround(0.97))),
    noise: vectors(ACTIONS),
  };
}

/** The minibatch and its noise on the current backend. */
export function batchTensors(batch: Batch64): TransitionBatch & { readonly noise: tf.Tensor2D } {
  const matrix = (values: readonly number[][]) => tf.tensor2d(values.map((row) => [...row]));
  return {
    observation: matrix(batch.observation),
    action: matrix(batch.action),
    reward: tf.tensor1d([...batch.reward]),
    nextObservation: matrix(batch.nextObservation),
    discount: tf.tensor1d([...batch.discount]),
    weight: tf.ones([BATCH]),
    noise: matrix(batch.noise),
  };
}

/** The minibatch as a replay buffer would show it. */
export function batchColumns({ heap }: Backend, batch: Batch64): ReplayColumns {
  const placed = (shape: number[], values: readonly number[]) => {
    const made = column(heap, shape);
    made.data.set(values);
    return made;
  };
  return {
    observation: placed([BATCH, INPUTS], batch.observation.flat()),
    action: placed([BATCH, ACTIONS], batch.action.flat()),
    reward: placed([BATCH], batch.reward),
    nextObservation: placed([BATCH, INPUTS], batch.nextObservation.flat()),
    discount: placed([BATCH], batch.discount),
    weight: placed([BATCH], Array(BATCH).fill(1)),
  };
}

/** ln(1 − tanh² u), which for large |u| is ln 4 − 2|u|. */
export function logSlope64(u: number): number {
  const size = Math.abs(u);
  return 2 * (Math.LN2 - size - Math.log1p(Math.exp(-2 * size)));
}

/** tanh of the normals that means, log-deviations and noise stand for, and the log-density of the action. */
export function squashed64(mean: readonly number[], logStd: readonly number[], noise: readonly number[]) {
  const u = mean.map((m, k) => m + Math.exp(logStd[k] as number) * (noise[k] as number));
  const logProb = u.reduce(
    (sum, x, k) => sum - 0.5 * (noise[k] as number) ** 2 - (logStd[k] as number) - 0.5 * Math.log(2 * Math.PI) - logSlope64(x),
    0,
  );
  return { action: u.map(Math.tanh), logProb };
}

/** An action of the stochastic actor called `actor`. */
export function sample64(weights: Weights, observation: readonly number[], noise: readonly number[]) {
  const head = outputs64(weights, "actor", observation);
  const logStd = head.slice(ACTIONS).map((l) => clip64(l, LOG_STD_RANGE.min, LOG_STD_RANGE.max));
  return squashed64(head.slice(0, ACTIONS), logStd, noise);
}

/** The action of the deterministic actor called `actor`. */
export function action64(weights: Weights, observation: readonly number[]): number[] {
  return outputs64(weights, "actor", observation).map(Math.tanh);
}

/** Q_i(observation, action), i from 1. */
export function q64(weights: Weights, i: number, observation: readonly number[], action: readonly number[]): number {
  return outputs64(weights, `critic${i}`, [...observation, ...action])[0] as number;
}

/** The smaller of twins. */
export function least64(weights: Weights, observation: readonly number[], action: readonly number[]): number {
  return Math.min(q64(weights, 1, observation, action), q64(weights, 2, observation, action));
}

const numbersOf = ({ list }: Parameters) => list.flatMap(({ column }) => [...column.data]);

/** What sets of parameters are before and after something happens, and which of them it moves. */
export function observed<K extends string>(sets: Readonly<Record<K, Parameters>>, act: () => void) {
  const names = Object.keys(sets) as K[];
  const now = () => Object.fromEntries(names.map((name) => [name, numbersOf(sets[name])])) as Record<K, number[]>;
  const before = now();
  act();
  const after = now();
  return { before, after, moved: names.filter((name) => String(before[name]) !== String(after[name])) };
}

/** How far parameters are, at most, from having gone τ of the way from where they were to where others are. */
export function followingError(from: readonly number[], others: readonly number[], to: readonly number[], tau: number): number {
  return Math.max(...from.map((old, k) => Math.abs((1 - tau) * old + tau * (others[k] as number) - (to[k] as number))));
}
