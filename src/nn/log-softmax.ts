/** ln softmax as one kernel, and its gradient as another, where ours run. */
import * as tf from "@tensorflow/tfjs";
import { canFuse, runOurs } from "./kernels/gradients.js";
import { LOG_SOFTMAX, LOG_SOFTMAX_GRADIENT } from "./kernels/operations.js";
import { hasKernels } from "./kernels/register.js";

/** x − ln Σ e^x over the last axis. */
export function logSoftmax<T extends tf.Tensor>(logits: T): T {
  if (tf.getBackend() !== "wasm" || !hasKernels()) return tf.logSoftmax(logits);
  const operation = tf.customGrad((x, save) => {
    const value = runOurs(LOG_SOFTMAX, { logits: x as tf.Tensor });
    (save as tf.GradSaveFunc)([value]);
    return { value, gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) => gradient(dy, y as tf.Tensor) };
  });
  return operation(logits) as T;
}

/** dy − e^y · Σ dy; composed where it is differentiated itself. */
function gradient(dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  if (canFuse()) return runOurs(LOG_SOFTMAX_GRADIENT, { y, dy });
  return tf.sub(dy, tf.mul(tf.sum(dy, -1, true), tf.exp(y)));
}
