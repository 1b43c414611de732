/** Adam (Kingma & Ba 2015) with global-norm clipping, writing parameters in place. */
import * as tf from "@tensorflow/tfjs";
import { column } from "../wasm/heap.js";
import type { Backend } from "./backend.js";
import type { Parameter, Parameters } from "./parameters.js";

export interface AdamOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  /** Added to √v; PPO wants 1e-5, TensorFlow's default is 1e-7. */
  readonly epsilon?: number;
  /** The largest Euclidean norm of all gradients together; longer ones are scaled down to it. */
  readonly maxGradNorm?: number;
}

/** Against division by zero in the clipping factor; PyTorch's value. */
const NORM_EPSILON = 1e-6;

/** An optimizer of one set of parameters. Gradients come in the parameters' order. */
export interface Optimizer {
  /** Takes one step against the gradients at these addresses; only where memory is shared. */
  step(gradients: readonly number[], learningRate: number): void;
  /** Takes one step against these gradients; only where memory isn't shared. */
  stepTensors(gradients: readonly tf.Tensor[], learningRate: number): void;
}

export function adam(parameters: Parameters, options: AdamOptions = {}): Optimizer {
  const { backend } = parameters;
  return backend.sharesMemory ? new KernelAdam(parameters, backend, options) : new TensorAdam(parameters, options);
}

/** The powers of β that correct the moments' bias, kept as products: no host's `Math.pow` takes part. */
class BiasCorrection {
  #power1 = 1;
  #power2 = 1;

  constructor(
    readonly beta1: number,
    readonly beta2: number,
  ) {}

  advance(): { correction1: number; rootCorrection2: number } {
    this.#power1 *= this.beta1;
    this.#power2 *= this.beta2;
    return { correction1: 1 - this.#power1, rootCorrection2: Math.sqrt(1 - this.#power2) };
  }
}

/** On shared memory: one kernel call for each parameter, on the gradient where TensorFlow.js left it. */
class KernelAdam implements Optimizer {
  readonly #moments: { readonly m: number; readonly v: number }[];
  readonly #correction: BiasCorrection;

  constructor(
    readonly parameters: Parameters,
    readonly backend: Backend,
    readonly options: AdamOptions,
  ) {
    const { beta1 = 0.9, beta2 = 0.999 } = options;
    this.#correction = new BiasCorrection(beta1, beta2);
    const zeros = ({ column: { heap, shape } }: Parameter) => column(heap, shape).address;
    this.#moments = parameters.list.map((parameter) => ({ m: zeros(parameter), v: zeros(parameter) }));
  }

  stepTensors(gradients: readonly tf.Tensor[], learningRate: number): void {
    this.step(
      gradients.map((gradient) => this.backend.address(gradient)),
      learningRate,
    );
  }

  step(gradients: readonly number[], learningRate: number): void {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = this.options;
    const { correction1, rootCorrection2 } = this.#correction.advance();
    const scale = this.#clipping(gradients);
    this.parameters.list.forEach(({ column: { address, length }, tensor }, i) => {
      const { m, v } = this.#moments[i] as { m: number; v: number };
      const stepSize = learningRate / correction1;
      this.backend.kernels.adam(address, m, v, gradients[i] as number, length, scale, stepSize, beta1, beta2, rootCorrection2, epsilon);
      this.backend.markWritten(tensor);
    });
  }

  #clipping(gradients: readonly number[]): number {
    const { maxGradNorm = Infinity } = this.options;
    if (maxGradNorm === Infinity) return 1;
    const squares = this.parameters.list.map(({ column }, i) => this.backend.kernels.sumOfSquares(gradients[i] as number, column.length));
    const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
    return Math.min(1, maxGradNorm / (norm + NORM_EPSILON));
  }
}

/** Where memory isn't shared: the same step in tensor operations, nothing read back. */
class TensorAdam implements Optimizer {
  readonly #moments: { readonly m: tf.Variable; readonly v: tf.Variable }[];
  readonly #correction: BiasCorrection;

  constructor(
    readonly parameters: Parameters,
    readonly options: AdamOptions,
  ) {
    const { beta1 = 0.9, beta2 = 0.999 } = options;
    this.#correction = new BiasCorrection(beta1, beta2);
    const zeros = (tensor: tf.Tensor) => parameters.adopt(tf.tidy(() => tf.variable(tf.zerosLike(tensor))));
    this.#moments = parameters.tensors.map((tensor) => ({ m: zeros(tensor), v: zeros(tensor) }));
  }

  step(): never {
    throw new Error("gradients have no addresses where memory isn't shared; use stepTensors");
  }

  stepTensors(gradients: readonly tf.Tensor[], learningRate: number): void {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = this.options;
    const { correction1, rootCorrection2 } = this.#correction.advance();
    tf.tidy(() => {
      const scale = this.#clipping(gradients);
      this.parameters.tensors.forEach((parameter, i) => {
        const { m, v } = this.#moments[i] as { m: tf.Variable; v: tf.Variable };
        const g = tf.mul(gradients[i] as tf.Tensor, scale);
        m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
        v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
        const divisor = tf.add(tf.div(tf.sqrt(v), rootCorrection2), epsilon);
        (parameter as tf.Variable).assign(tf.sub(parameter, tf.div(tf.mul(m, learningRate / correction1), divisor)));
      });
    });
  }

  #clipping(gradients: readonly tf.Tensor[]): tf.Scalar {
    const { maxGradNorm = Infinity } = this.options;
    if (maxGradNorm === Infinity) return tf.scalar(1);
    const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
    return tf.minimum(1, tf.div(maxGradNorm, tf.add(norm, NORM_EPSILON)));
  }
}
