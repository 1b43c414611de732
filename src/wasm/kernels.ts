/** The kernel modules of assembly/, instantiated on a heap, with the signatures of their exports. Addresses are plain numbers. */
import type { Resumable } from "../core/run-state.js";
import type { Heap } from "./heap.js";
import { loadModule } from "./modules.js";

/** TensorFlow.js's names of functions f32 → f32, each of which is a kernel: `unaryNeg` … */
export const UNARY = [
  "Neg",
  "Abs",
  "Square",
  "Sqrt",
  "Rsqrt",
  "Reciprocal",
  "Exp",
  "Expm1",
  "Log",
  "Log1p",
  "Tanh",
  "Sigmoid",
  "Softplus",
  "Relu",
  "Relu6",
  "Elu",
  "Sign",
  "Floor",
  "Ceil",
  "Round",
] as const;

/** Operations of two f32: `binaryAdd` … */
export const BINARY = ["Add", "Sub", "Multiply", "RealDiv", "Minimum", "Maximum", "SquaredDifference"] as const;

/** Conditions on two f32: `compareGreater` … */
export const COMPARISON = ["Greater", "GreaterEqual", "Equal", "NotEqual"] as const;

/** Functions whose gradient is one kernel: `gradientTanh` … */
export const GRADIENT = ["Tanh", "Sigmoid", "Elu", "Softplus", "Relu", "Relu6", "Abs", "Square"] as const;

type Named<Prefix extends string, Names extends readonly string[], Kernel> = { readonly [K in `${Prefix}${Names[number]}`]: Kernel };

/** assembly/nn */
export interface NnKernels
  extends Named<"unary", typeof UNARY, UnaryKernel>,
    Named<"binary", typeof BINARY, BinaryKernel>,
    Named<"compare", typeof COMPARISON, BinaryKernel>,
    Named<"gradient", typeof GRADIENT, GradientKernel> {
  /** y[rows,out] ← activation(x[rows,in] · w[in,out] + b[out]) */
  dense(y: number, x: number, w: number, b: number, rows: number, inputs: number, outputs: number, activation: number): void;
  affineScalar(y: number, x: number, w: number, b: number, rows: number, inputs: number, outputs: number): void;
  denseScratchBytes(inputs: number, outputs: number): number;
  denseForward(
    y: number,
    x: number,
    w: number,
    b: number,
    rows: number,
    inputs: number,
    outputs: number,
    activation: number,
    scratch: number,
  ): void;
  denseBackward(
    dx: number,
    dw: number,
    db: number,
    x: number,
    w: number,
    y: number,
    dy: number,
    rows: number,
    inputs: number,
    outputs: number,
    activation: number,
    scratch: number,
  ): void;
  matMulScratchBytes(k: number, n: number): number;
  matMul(c: number, a: number, b: number, m: number, k: number, n: number, transposeA: number, transposeB: number, scratch: number): void;
  batchMatMul(
    c: number,
    a: number,
    b: number,
    batch: number,
    m: number,
    k: number,
    n: number,
    aBatch: number,
    bBatch: number,
    transposeA: number,
    transposeB: number,
    scratch: number,
  ): void;
  leakyRelu(y: number, x: number, n: number, slope: number): void;
  step(y: number, x: number, n: number, slope: number): void;
  clip(y: number, x: number, n: number, low: number, high: number): void;
  /** `exponent` is the address of one number. */
  power(y: number, x: number, exponent: number, n: number): void;
  gradientLeakyRelu(dx: number, x: number, dy: number, n: number, slope: number): void;
  gradientClip(dx: number, x: number, dy: number, n: number, low: number, high: number): void;
  logicalAnd(y: number, a: number, b: number, n: number): void;
  logicalOr(y: number, a: number, b: number, n: number): void;
  logicalNot(y: number, x: number, n: number): void;
  select(y: number, condition: number, a: number, b: number, n: number): void;
  floatFromBool(y: number, x: number, n: number): void;
  floatFromInt(y: number, x: number, n: number): void;
  intFromFloat(y: number, x: number, n: number): void;
  fill(y: number, n: number, bits: number): void;
  fillBytes(y: number, bytes: number, value: number): void;
  copyBlocks(y: number, x: number, count: number, bytes: number, yStride: number, xStride: number): void;
  repeatBlocks(y: number, x: number, count: number, times: number, bytes: number): void;
  transpose(y: number, x: number, batch: number, rows: number, columns: number): void;
  oneHot(y: number, index: number, n: number, depth: number, onBits: number, offBits: number): void;
  gather(
    y: number,
    x: number,
    index: number,
    batch: number,
    outer: number,
    size: number,
    count: number,
    inner: number,
    nothingBits: number,
  ): void;
  scatterAdd(y: number, x: number, index: number, batch: number, outer: number, size: number, count: number, inner: number): void;
  sumAxis(y: number, x: number, outer: number, size: number, inner: number, scale: number): void;
  maxAxis: ReductionKernel;
  minAxis: ReductionKernel;
  prodAxis: ReductionKernel;
  argMaxAxis: ReductionKernel;
  argMinAxis: ReductionKernel;
  softmaxScratchBytes(size: number): number;
  softmax(y: number, x: number, rows: number, size: number, scratch: number): void;
  logSoftmax(y: number, x: number, rows: number, size: number, scratch: number): void;
  softmaxGradient(dx: number, y: number, dy: number, rows: number, size: number, scratch: number): void;
  logSoftmaxGradient(dx: number, y: number, dy: number, rows: number, size: number, scratch: number): void;
  forward(layers: number, count: number, rows: number, observation: number): void;
  scratchBytes(size: number): number;
  samplerBytes(): number;
  adam(
    parameter: number,
    m: number,
    v: number,
    gradient: number,
    n: number,
    scale: number,
    stepSize: number,
    beta1: number,
    beta2: number,
    rootCorrection2: number,
    epsilon: number,
  ): void;
  sumOfSquares(x: number, n: number): number;
  sgd(parameter: number, velocity: number, gradient: number, n: number, scale: number, learningRate: number, momentum: number): void;
  rmsProp(
    parameter: number,
    meanSquare: number,
    mean: number,
    velocity: number,
    gradient: number,
    n: number,
    scale: number,
    learningRate: number,
    decay: number,
    momentum: number,
    centered: number,
    insideEpsilon: number,
    outsideEpsilon: number,
  ): void;
  polyak(target: number, source: number, n: number, tau: number): void;
  statisticsBytes(n: number): number;
  resetStatistics(self: number, n: number): void;
  exportStatistics(mean: number, scale: number, self: number, n: number): void;
  importStatistics(self: number, mean: number, scale: number, count: number, n: number): void;
  gatherRows(target: number, source: number, index: number, n: number, rowBytes: number): void;
  fillNormal(target: number, n: number, seed: number, purpose: number, stream: number): void;
  fillUniform(target: number, n: number, seed: number, purpose: number, stream: number): void;
  shuffle(index: number, n: number, seed: number, purpose: number, epoch: number): void;
}

/** y[n] ← f(x[n]) */
export type UnaryKernel = (y: number, x: number, n: number) => void;

/** y[rows,columns] ← op(a, b); see assembly/nn/binary.ts for `repeats`. */
export type BinaryKernel = (y: number, a: number, b: number, rows: number, columns: number, repeats: number) => void;

/** dx[n] ← dy[n] · f'(known[n]), where x or y = f(x) is known; see assembly/nn/gradients.ts. */
export type GradientKernel = (dx: number, known: number, dy: number, n: number) => void;

/** y[outer,inner] ← x[outer,size,inner] */
export type ReductionKernel = (y: number, x: number, outer: number, size: number, inner: number) => void;

/** assembly/returns */
export interface ReturnsKernels {
  gae(
    advantage: number,
    returns: number,
    reward: number,
    terminated: number,
    truncated: number,
    value: number,
    finalValue: number,
    steps: number,
    lanes: number,
    gamma: number,
    lambda: number,
  ): void;
  discountedReturns(
    returns: number,
    reward: number,
    terminated: number,
    truncated: number,
    finalValue: number,
    lastValue: number,
    steps: number,
    lanes: number,
    gamma: number,
  ): void;
  episodeReturns(outcome: number, returns: number, terminated: number, truncated: number, steps: number, lanes: number): void;
  episodeWeights(
    weight: number,
    terminated: number,
    truncated: number,
    steps: number,
    lanes: number,
    discount: number,
    onlyWhole: number,
  ): void;
  importanceWeights(
    weight: number,
    logRatio: number,
    terminated: number,
    truncated: number,
    steps: number,
    lanes: number,
    form: number,
    maxWeight: number,
  ): void;
  weightAdvantages(weighted: number, weight: number, advantage: number, steps: number, lanes: number): void;
  perDecisionAdvantages(
    weighted: number,
    weight: number,
    reward: number,
    terminated: number,
    truncated: number,
    value: number,
    finalValue: number,
    steps: number,
    lanes: number,
    gamma: number,
    lambda: number,
  ): void;
}

/** assembly/replay */
export interface ReplayKernels {
  ringBytes(): number;
  minibatchBytes(): number;
  gather(minibatch: number, ring: number, newest: number, nStep: number, gamma: number): void;
  drawUniform(index: number, n: number, range: number, seed: number, purpose: number, stream: number): void;
  drawProportional(
    index: number,
    weight: number,
    tree: number,
    priority: number,
    leaves: number,
    n: number,
    beta: number,
    seed: number,
    purpose: number,
    stream: number,
  ): void;
  /** Returns the largest priority so far. */
  updatePriorities(
    tree: number,
    priority: number,
    scratch: number,
    index: number,
    error: number,
    leaves: number,
    n: number,
    alpha: number,
    epsilon: number,
    largest: number,
  ): number;
  sumTreeBytes(leaves: number): number;
  updateSums(tree: number, priority: number, leaves: number, first: number, count: number): void;
}

/** assembly/rollout.ts */
export interface RolloutKernels {
  planBytes(): number;
  collect(plan: number, steps: number, isFirst: number): void;
  revalue(plan: number, steps: number): void;
  scaleAll(plan: number, steps: number): void;
}

/** assembly/envs/driver.ts bound to one environment. */
export interface EnvironmentKernels {
  stateSize(): number;
  batchBytes(numEnvs: number): number;
  createBatch(self: number, numEnvs: number, timeLimit: number, firstLane: number): void;
  resetBatch(self: number, seed: number, purpose: number, observation: number): void;
  stepBatch: StepFunction;
  getState(self: number, lane: number, state: number): void;
  setState(self: number, lane: number, state: number): void;
  /** How a batch is saved whose state lies elsewhere than in its own bytes. */
  readonly resumable?: (self: number) => Resumable;
}

/** Steps a batch once and returns how many lanes ended an episode; see assembly/envs/driver.ts. */
export type StepFunction = (
  self: number,
  action: number,
  observation: number,
  reward: number,
  terminated: number,
  truncated: number,
  finalObservation: number,
) => number;

export const MODULES = {
  nn: new URL("../../build/nn.wasm", import.meta.url),
  /** The same for memory that threads share. */
  nnShared: new URL("../../build/nn.shared.wasm", import.meta.url),
  replay: new URL("../../build/replay.wasm", import.meta.url),
  returns: new URL("../../build/returns.wasm", import.meta.url),
  rollout: new URL("../../build/rollout.wasm", import.meta.url),
  tfjs: new URL("../../build/tfjs-backend-wasm-simd.wasm", import.meta.url),
  /** assembly/envs/tabular.ts */
  tabular: new URL("../../build/tabular.wasm", import.meta.url),
};

/** Instantiates a module on the heap's memory, with further imports if it has any. */
export async function instantiate<Exports>(
  heap: Heap,
  source: URL | WebAssembly.Module,
  imports: WebAssembly.Imports = {},
): Promise<Exports> {
  const module = source instanceof URL ? await loadModule(source) : source;
  const instance = await WebAssembly.instantiate(module, { ...imports, env: { memory: heap.memory } });
  return instance.exports as Exports;
}
