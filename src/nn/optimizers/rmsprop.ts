/** RMSProp, writing parameters in place. */
import * as tf from "@tensorflow/tfjs";
import type { Optimizer } from "../adam.js";
import type { Parameters } from "../parameters.js";
import { descent } from "./descent.js";

export interface RmsPropOptions {
  /** ρ, of the running means; 0.99 by default, as in PyTorch. */
  readonly decay?: number;
  /** Against division by zero; 1e-8 by default. */
  readonly epsilon?: number;
  /**
   * Where ε stands: `outside` of the root, √s + ε, as in PyTorch (the default), or `inside`, √(s + ε), as in TensorFlow and in the A3C paper,
   * whose results depend on it.
   */
  readonly epsilonPlace?: "outside" | "inside";
  /** What the mean square begins with: 0 by default; TensorFlow 1, and so the first A2C, begins with 1. */
  readonly initialMeanSquare?: number;
  /** Whether the variance stands in for the mean square (Graves 2013), as in the first DQN; false by default. */
  readonly centered?: boolean;
  /** μ of v ← μv + g/√s, θ ← θ − αv; 0 by default. */
  readonly momentum?: number;
  /** The largest Euclidean norm of all gradients together; no limit by default. */
  readonly maxGradNorm?: number;
}

/** See assembly/nn/rmsprop.ts for the equations. */
export function rmsProp(parameters: Parameters, options: RmsPropOptions = {}): Optimizer {
  const { decay = 0.99, epsilon = 1e-8, epsilonPlace = "outside", initialMeanSquare = 0, centered = false } = options;
  const { momentum = 0, maxGradNorm = Infinity } = options;
  const [inside, outside] = epsilonPlace === "inside" ? [epsilon, 0] : [0, epsilon];
  const { kernels } = parameters.backend;
  return descent(parameters, {
    maxGradNorm,
    memories: [initialMeanSquare, 0, 0],
    onKernels(parameter, [square = 0, mean = 0, velocity = 0], gradient, n, scale, learningRate) {
      const addresses = [parameter, square, mean, velocity, gradient] as const;
      kernels.rmsProp(...addresses, n, scale, learningRate, decay, momentum, Number(centered), inside, outside);
    },
    onTensors([square, mean, velocity], gradient, learningRate) {
      const [s, m, v] = [square, mean, velocity] as [tf.Variable, tf.Variable, tf.Variable];
      s.assign(tf.add(tf.mul(s, decay), tf.mul(tf.square(gradient), 1 - decay)));
      m.assign(tf.add(tf.mul(m, decay), tf.mul(gradient, 1 - decay)));
      const spread = centered ? tf.sub(s, tf.square(m)) : s;
      v.assign(tf.add(tf.mul(v, momentum), tf.div(gradient, tf.add(tf.sqrt(tf.add(spread, inside)), outside))));
      return tf.mul(v, learningRate);
    },
  });
}
