/**
 * Gradients of sums and means. TensorFlow.js multiplies by ones that it makes in JavaScript, which then go over to the device at every
 * step; here the number is spread out where it is. TensorFlow.js knows one gradient for all backends, so that of WASM goes to the original.
 */
import * as tf from "@tensorflow/tfjs";

const KERNELS = ["Sum", "Mean"] as const;
const installed = new Set<string>();

/** Puts ours in the place of TensorFlow.js's, once. */
export function installSpreading(): void {
  for (const kernelName of KERNELS) {
    if (installed.has(kernelName)) continue;
    installed.add(kernelName);
    const original = tf.getGradient(kernelName);
    const gradFunc: tf.GradFunc = (dy, saved, attrs) =>
      isFirst() ? { x: () => spread(dy as tf.Tensor, saved[0] as tf.Tensor, attrs, kernelName) } : original.gradFunc(dy, saved, attrs);
    tf.unregisterGradient(kernelName);
    tf.registerGradient({ ...original, gradFunc });
  }
}

/** Whether tensors live elsewhere, and nothing asks for the gradient of a gradient. */
function isFirst(): boolean {
  return tf.getBackend() !== "wasm" && tf.engine().state.gradientDepth === 0;
}

function spread(dy: tf.Tensor, { shape, size }: tf.Tensor, attrs: tf.NamedAttrMap, kernelName: (typeof KERNELS)[number]): tf.Tensor {
  const axes = tf.util.parseAxisParam(attrs["axis"] as number | number[], shape);
  const kept = shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const summed = size / kept.reduce((product, length) => product * length, 1);
  const share = kernelName === "Mean" ? tf.div(dy, summed) : dy;
  return tf.broadcastTo(tf.reshape(share, kept), shape as tf.ShapeMap[tf.Rank]);
}
