/**
 * Losses on actor-critic networks against second implementations in float64, and their gradients against finite differences.
 *
 * A test draws an example (`exampleNetwork`, `exampleSteps`), writes its loss once more on plain numbers with `policy64` and
 * `value64`, and hands both to `expectLoss`, for each of `NETWORKS` on each of `RUNTIMES`. test/algos/ppo.test.ts is a model.
 */
import * as tf from "@tensorflow/tfjs";
import { expect } from "vitest";
import { box, discrete, featuresOf, type Space, sizeOf } from "../../src/core/spaces.js";
import { ActorCritic } from "../../src/nn/actor-critic.js";
import type { Backend } from "../../src/nn/backend.js";
import { LOG_STD_RANGE } from "../../src/nn/distributions.js";
import type { Parameters } from "../../src/nn/parameters.js";
import type { LossReport } from "../../src/nn/update.js";
import { logDensity64, logSoftmax64 } from "./network.js";
import { drawn, randomNormals } from "./random.js";

/** Losses near 1, of float32 sums over a dozen rows through three layers. Measured: 1e-6. */
const LOSS_TOLERANCE = 1e-5;
/** Error of a gradient relative to its largest component: float32 there, differences of step 1e-5 in float64 here. Measured: 4.6e-6. */
const GRADIENT_TOLERANCE = 2e-5;
const STEP = 1e-5;

export const INPUTS = 3;
export const HIDDEN = [5, 4];
export const BATCH = 24;

/** Everything that may compute a loss: our kernels, and TensorFlow.js's two implementations of its own. */
export const RUNTIMES = [
  { backend: "wasm", kernels: "lanewise" },
  { backend: "wasm", kernels: "stock" },
  { backend: "cpu", kernels: "stock" },
] as const;

export interface NetworkKind {
  readonly actions: string;
  readonly space: Space;
  readonly sharedTrunk: boolean;
  readonly stateDependentStd: boolean;
}

const HEADS = [
  { actions: "indices", space: discrete(3), stateDependentStd: false },
  { actions: "vectors", space: box([-1, -1], [1, 1]), stateDependentStd: false },
  { actions: "vectors with σ of the state", space: box([-1, -1], [1, 1]), stateDependentStd: true },
] as const;

/** Every kind of actor-critic. */
export const NETWORKS: readonly NetworkKind[] = HEADS.flatMap((head) => [false, true].map((sharedTrunk) => ({ ...head, sharedTrunk })));

/** Parameters by name, row-major. */
export type Weights = Readonly<Record<string, Float64Array>>;

/** An actor-critic with tanh layers and weights that are well away from 0 and known. */
export function exampleNetwork(backend: Backend, kind: NetworkKind, seed = 7): { network: ActorCritic; weights: Weights } {
  const observationSpace = box(Array(INPUTS).fill(-1), Array(INPUTS).fill(1));
  const options = { ...kind, hidden: HIDDEN, activation: "tanh", logStdInit: 0 } as const;
  const network = new ActorCritic(backend, featuresOf(observationSpace), kind.space, options, 1);
  return { network, weights: knownWeights(network.parameters, seed) };
}

/** Gives any parameters normals of deviation 0.6, and returns them. */
export function knownWeights(parameters: Parameters, seed: number): Weights {
  const normal = randomNormals(seed);
  const weights: Record<string, Float64Array> = {};
  for (const { name, column, tensor } of parameters.list) {
    const values = drawn(column.length, () => 0.6 * normal());
    weights[name] = Float64Array.from(values);
    column.data.set(values);
    if (parameters.backend.sharesMemory) parameters.backend.markWritten(tensor);
    else tf.tidy(() => (tensor as tf.Variable).assign(tf.tensor(values, tensor.shape)));
  }
  return weights;
}

/** Flat numbers as rows. */
export function rows(data: ArrayLike<number>, width: number): number[][] {
  return Array.from({ length: data.length / width }, (_, i) => Array.from({ length: width }, (_, k) => data[i * width + k] as number));
}

export const mean64 = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
export const clip64 = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);

export function standardise64(values: readonly number[]): number[] {
  const centre = mean64(values);
  const deviation = Math.sqrt(values.reduce((sum, x) => sum + (x - centre) ** 2, 0) / (values.length - 1));
  return values.map((x) => (x - centre) / (deviation + 1e-8));
}

export function affine64(weights: Weights, name: string, input: readonly number[]): number[] {
  const [w, b] = [weights[`${name}.weight`] as Float64Array, weights[`${name}.bias`] as Float64Array];
  return Array.from(b, (offset, j) => input.reduce((sum, x, i) => sum + x * (w[i * b.length + j] as number), offset));
}

/** What the chain of tanh layers called `name.0`, `name.1` … puts out; its hidden layers may be `trunk`'s. */
export function outputs64(weights: Weights, name: string, observation: readonly number[]): number[] {
  const trunk = "trunk.0.weight" in weights ? "trunk" : name;
  const hidden = HIDDEN.reduce<readonly number[]>((x, _, i) => affine64(weights, `${trunk}.${i}`, x).map(Math.tanh), observation);
  return affine64(weights, `${name}.${HIDDEN.length}`, hidden);
}

/** V(observation) */
export function value64(weights: Weights, observation: readonly number[]): number {
  return outputs64(weights, "critic", observation)[0] as number;
}

/** π(· | observation): ln π of every action, or means and log-deviations. */
export function distribution64(weights: Weights, observation: readonly number[], { kind }: Space) {
  const head = outputs64(weights, "actor", observation);
  if (kind === "discrete") return { kind: "categorical", logProbs: logSoftmax64(head) } as const;
  const { logStd } = weights;
  if (logStd) return { kind: "gaussian", mean: head, logStd: Array.from(logStd) } as const;
  const half = head.length / 2;
  const bounded = head.slice(half).map((l) => clip64(l, LOG_STD_RANGE.min, LOG_STD_RANGE.max));
  return { kind: "gaussian", mean: head.slice(0, half), logStd: bounded } as const;
}

/** ln π(action | observation) and the entropy of π(· | observation), in nats. */
export function policy64(weights: Weights, observation: readonly number[], action: readonly number[], space: Space) {
  const distribution = distribution64(weights, observation, space);
  if (distribution.kind === "categorical") {
    const { logProbs } = distribution;
    return { logProb: logProbs[action[0] as number] as number, entropy: -logProbs.reduce((sum, l) => sum + l * Math.exp(l), 0) };
  }
  const { mean, logStd } = distribution;
  const noise = action.map((a, i) => (a - (mean[i] as number)) / Math.exp(logStd[i] as number));
  return { logProb: logDensity64(noise, logStd), entropy: logStd.reduce((sum, l) => sum + l + 0.5 * Math.log(2 * Math.PI * Math.E), 0) };
}

/** Observations `[BATCH,INPUTS]` and actions that fit the space, `[BATCH]` or `[BATCH,A]`, from `normal`. */
export function exampleSteps(space: Space, normal: () => number): { observation: Float32Array; action: Float32Array } {
  const observation = drawn(BATCH * INPUTS, normal);
  const oneAction = () => (space.kind === "discrete" ? Math.abs(Math.floor(3 * normal())) % space.n : 0.8 * normal());
  return { observation, action: drawn(BATCH * sizeOf(space), oneAction) };
}

/** A batch on the current backend: `observation` `[B,D]`, `action` as the space has it, everything else `[B]`. */
export function batchTensors<K extends string>(batch: Readonly<Record<K, Float32Array>>, space: Space): Record<K, tf.Tensor> {
  const tensorOf = (name: string, data: Float32Array): tf.Tensor => {
    if (name === "action" && space.kind === "discrete") return tf.tensor1d(Int32Array.from(data), "int32");
    if (name === "action") return tf.tensor2d(data, [data.length / sizeOf(space), sizeOf(space)]);
    return name === "observation" ? tf.tensor2d(data, [data.length / INPUTS, INPUTS]) : tf.tensor1d(data);
  };
  const entries = Object.entries<Float32Array>(batch).map(([name, data]) => [name, tensorOf(name, data)] as const);
  return Object.fromEntries(entries) as Record<K, tf.Tensor>;
}

export interface LossExample<T> {
  readonly parameters: Parameters;
  readonly weights: Weights;
  /** Makes the tensors that the loss is of, on the current backend; they are disposed of. */
  readonly batchOf: () => T;
  /** The loss under test. */
  readonly lossOf: (batch: T) => LossReport;
  /** The same in float64, under the diagnostics' names and in their order; `loss` among them. */
  readonly loss64: (weights: Weights) => Readonly<Record<string, number>> & { readonly loss: number };
}

/** Expects the loss, its diagnostics and its gradient in every parameter to be those of the second implementation, and to be no trifle. */
export function expectLoss<T>({ parameters, weights, batchOf, lossOf, loss64 }: LossExample<T>): void {
  const { loss, scalars, gradients } = lossAndGradients(parameters, batchOf, lossOf);
  const wanted = loss64(weights);
  expect(Object.keys(scalars)).toEqual(Object.keys(wanted));
  expect(scalars["loss"]).toBe(loss);
  for (const [name, value] of Object.entries(wanted)) {
    const error = Math.abs((scalars[name] as number) - value) / (1 + Math.abs(value));
    expect(error, `${name}: ${scalars[name]}, not ${value}`).toBeLessThan(LOSS_TOLERANCE);
  }
  const differences = finiteDifferences(weights, (moved) => loss64(moved).loss);
  expect(Object.keys(gradients)).toEqual(Object.keys(differences));
  const largest = Math.max(...Object.values(differences).flat().map(Math.abs));
  expect(largest).toBeGreaterThan(0.01);
  for (const [name, difference] of Object.entries(differences)) {
    const errors = difference.map((d, i) => Math.abs(d - (gradients[name]?.[i] as number)) / largest);
    expect(Math.max(...errors), `gradient of ${name}`).toBeLessThan(GRADIENT_TOLERANCE);
  }
}

/** The loss with its diagnostics, and the gradient of each parameter by name; the loss must depend on all of them. */
export function lossAndGradients<T>({ list, tensors }: Parameters, batchOf: () => T, lossOf: (batch: T) => LossReport) {
  return tf.tidy(() => {
    const batch = batchOf();
    const { loss, diagnostics } = lossOf(batch);
    const scalars = Object.fromEntries(Object.entries(diagnostics).map(([name, scalar]) => [name, scalar.dataSync()[0] as number]));
    const { grads } = tf.valueAndGrads(() => lossOf(batch).loss)(tensors);
    const gradients = list.map(({ name }, i) => [name, Array.from((grads[i] as tf.Tensor).dataSync())] as const);
    return { loss: loss.dataSync()[0] as number, scalars, gradients: Object.fromEntries(gradients) };
  });
}

/** Central differences of a function of the weights, in every one of them. */
export function finiteDifferences(weights: Weights, of: (weights: Weights) => number): Record<string, number[]> {
  const moved = (name: string, i: number, by: number) => {
    const copy = Float64Array.from(weights[name] as Float64Array);
    copy[i] = (copy[i] as number) + by;
    return of({ ...weights, [name]: copy });
  };
  const along = (name: string, i: number) => (moved(name, i, STEP) - moved(name, i, -STEP)) / (2 * STEP);
  return Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, Array.from(values, (_, i) => along(name, i))]));
}
