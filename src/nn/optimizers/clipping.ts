/** Clipping by the global norm (Pascanu, Mikolov & Bengio 2013): gradients that are longer together than a limit are scaled down to it. */
import * as tf from "@tensorflow/tfjs";
import type { Parameters } from "../parameters.js";

/** Against division by zero in the factor; PyTorch's value. */
const NORM_EPSILON = 1e-6;

/** The factor for gradients at these addresses, in the parameters' order; 1 if there is no limit. */
export function clippingFactor({ backend, list }: Parameters, gradients: readonly number[], maxGradNorm: number): number {
  if (maxGradNorm === Infinity) return 1;
  const squares = list.map(({ column }, i) => backend.kernels.sumOfSquares(gradients[i] as number, column.length));
  const norm = Math.sqrt(squares.reduce((sum, square) => sum + square, 0));
  return Math.min(1, maxGradNorm / (norm + NORM_EPSILON));
}

/** All gradients in one vector, times the same factor; nothing is read back. */
export function clipped(gradient: tf.Tensor1D, maxGradNorm: number): tf.Tensor1D {
  if (maxGradNorm === Infinity) return gradient;
  const norm = tf.sqrt(tf.sum(tf.square(gradient)));
  return tf.mul(gradient, tf.minimum(1, tf.div(maxGradNorm, tf.add(norm, NORM_EPSILON))));
}
