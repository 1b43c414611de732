/** Adam (Kingma & Ba 2015) with global-norm clipping, writing parameters in place. */
import * as tf from "@tensorflow/tfjs";
import { descent } from "./optimizers/descent.js";
import type { Parameters } from "./parameters.js";

export interface AdamOptions {
  /** β₁, of the running mean of gradients; 0.9 by default. */
  readonly beta1?: number;
  /** β₂, of the running mean of their squares; 0.999 by default. */
  readonly beta2?: number;
  /** Added to √v; 1e-8 by default. PPO wants 1e-5, TensorFlow's default is 1e-7. */
  readonly epsilon?: number;
  /** The largest Euclidean norm of all gradients together; longer ones are scaled down to it. No limit by default. */
  readonly maxGradNorm?: number;
}

/** An optimizer of one set of parameters. Gradients come in the parameters' order. */
export interface Optimizer {
  /** Takes one step against the gradients at these addresses; only where memory is shared. */
  step(gradients: readonly number[], learningRate: number): void;
  /** Takes one step against these gradients; only where memory isn't shared. */
  stepTensors(gradients: readonly tf.Tensor[], learningRate: number): void;
}

/** See assembly/nn/adam.ts for the equations. */
export function adam(parameters: Parameters, options: AdamOptions = {}): Optimizer {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, maxGradNorm = Infinity } = options;
  const { kernels, state } = parameters.backend;
  const bias = new BiasCorrection(beta1, beta2, state.numbers("adam", { power1: 1, power2: 1 }));
  return descent(parameters, {
    maxGradNorm,
    memories: [0, 0],
    begin: () => bias.advance(),
    onKernels(parameter, [m = 0, v = 0], gradient, n, scale, learningRate) {
      const stepSize = learningRate / bias.correction1;
      kernels.adam(parameter, m, v, gradient, n, scale, stepSize, beta1, beta2, bias.rootCorrection2, epsilon);
    },
    onTensors(memories, gradient, learningRate) {
      const [m, v] = memories as [tf.Variable, tf.Variable];
      m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)));
      v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
      const divisor = tf.add(tf.div(tf.sqrt(v), bias.rootCorrection2), epsilon);
      return tf.div(tf.mul(m, learningRate / bias.correction1), divisor);
    },
  });
}

/** What corrects the bias of the moments, 1 − β₁ᵗ and √(1 − β₂ᵗ): the powers are kept as products, no host's `Math.pow` takes part. */
class BiasCorrection {
  constructor(
    readonly beta1: number,
    readonly beta2: number,
    /** β₁ᵗ and β₂ᵗ */
    readonly powers: { power1: number; power2: number },
  ) {}

  /** Goes on to the next step t. */
  advance(): void {
    this.powers.power1 *= this.beta1;
    this.powers.power2 *= this.beta2;
  }

  get correction1(): number {
    return 1 - this.powers.power1;
  }

  get rootCorrection2(): number {
    return Math.sqrt(1 - this.powers.power2);
  }
}
