/** Stochastic gradient descent, writing parameters in place. */
import * as tf from "@tensorflow/tfjs";
import type { Optimizer } from "../adam.js";
import type { Parameters } from "../parameters.js";
import { descent } from "./descent.js";

export interface SgdOptions {
  /** μ, how much of its last step a parameter keeps (Polyak 1964, in PyTorch's form: v ← μv + g, θ ← θ − αv); 0 by default. */
  readonly momentum?: number;
  /** The largest Euclidean norm of all gradients together; no limit by default. */
  readonly maxGradNorm?: number;
}

export function sgd(parameters: Parameters, { momentum = 0, maxGradNorm = Infinity }: SgdOptions = {}): Optimizer {
  const { kernels } = parameters.backend;
  return descent(parameters, {
    maxGradNorm,
    memories: [0],
    onKernels: (parameter, [velocity = 0], gradient, n, scale, learningRate) =>
      kernels.sgd(parameter, velocity, gradient, n, scale, learningRate, momentum),
    onTensors([velocity], gradient, learningRate) {
      const v = velocity as tf.Variable;
      v.assign(tf.add(tf.mul(v, momentum), gradient));
      return tf.mul(v, learningRate);
    },
  });
}
