/** One number of each row. */
import * as tf from "@tensorflow/tfjs";
import { hasKernels } from "./kernels/register.js";

/**
 * x[i, column[i]] `[B]` of x `[B,n]`, column int32 `[B]`. Our kernels gather; elsewhere, and where a gradient is differentiated again,
 * one-hot sums stand in for it, since TensorFlow.js takes such a gradient row by row. (The one-hot rows are int32: stock kernels on the WASM
 * backend get float32 ones wrong.)
 */
export function pick(x: tf.Tensor2D, column: tf.Tensor): tf.Tensor1D {
  const gathers = tf.getBackend() === "wasm" && hasKernels() && tf.engine().state.gradientDepth <= 1;
  if (gathers) return tf.reshape(tf.gather(x, tf.expandDims(column, 1), 1, 1), [-1]);
  return tf.sum(tf.mul(tf.oneHot(column as tf.Tensor1D, x.shape[1]), x), -1);
}
