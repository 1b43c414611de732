/**
 * Gradients that TensorFlow.js composes of several kernels and that are one kernel of ours. TensorFlow.js knows one gradient for all
 * backends, so each of these goes on to the original where our kernels don't run, and where a gradient is itself differentiated.
 */
import * as tf from "@tensorflow/tfjs";
import { DENSE, FUSED_GRADIENTS, gradientOf } from "./operations.js";

type Saved = readonly tf.Tensor[];
type Attributes = Readonly<Record<string, unknown>>;
/** The one-kernel form of a gradient: it takes what TensorFlow.js's own takes, and gives undefined for types that it doesn't know. */
type Fused = (dy: tf.Tensor, saved: Saved, attrs: Attributes) => Record<string, () => tf.Tensor> | undefined;

/** Runs a kernel that only we have. */
export function runOurs(kernelName: string, inputs: Record<string, tf.Tensor>, attrs: Attributes = {}): tf.Tensor {
  return tf.engine().runKernel(kernelName, inputs, attrs as Record<string, number>) as tf.Tensor;
}

/** Whether our kernels run, and nothing asks for the gradient of what is now computed. */
export function canFuse(): boolean {
  return tf.getBackend() === "wasm" && tf.getKernel(DENSE, "wasm") !== undefined && tf.engine().state.gradientDepth === 0;
}

/** For functions of one tensor: `known` is the argument or the result, whichever TensorFlow.js saves. */
const elementwise =
  (name: string): Fused =>
  (dy, [known], attrs) =>
    known?.dtype === "float32" ? { x: () => runOurs(gradientOf(name), { known, dy }, attrs) } : undefined;

const FUSED: Readonly<Record<string, Fused>> = {
  ...Object.fromEntries([...FUSED_GRADIENTS, "LeakyRelu", "ClipByValue"].map((name) => [name, elementwise(name)])),
  Softmax: (dy, [y]) => ({ logits: () => runOurs(gradientOf("Softmax"), { y: y as tf.Tensor, dy }) }),
  Tile: (dy, _, { reps }) => ({ x: () => runOurs(gradientOf("Tile"), { dy }, { reps }) }),
  UnsortedSegmentSum: (dy, [segmentIds]) => ({
    x: () => runOurs(gradientOf("UnsortedSegmentSum"), { dy, segmentIds: segmentIds as tf.Tensor }),
  }),
  GatherV2: (dy, [x, indices], attrs) => ({
    x: () => runOurs(gradientOf("GatherV2"), { dy, indices: indices as tf.Tensor }, { ...attrs, shape: (x as tf.Tensor).shape }),
    indices: () => indices as tf.Tensor,
  }),
};

const originals = new Map<string, tf.GradConfig>();

/** Puts our gradients in the place of the composed ones. */
export function installGradients(): void {
  for (const [kernelName, fused] of Object.entries(FUSED)) {
    const original = originals.get(kernelName) ?? tf.getGradient(kernelName);
    originals.set(kernelName, original);
    const gradFunc: tf.GradFunc = (dy, saved, attrs) =>
      (canFuse() ? fused(dy as tf.Tensor, saved, attrs) : undefined) ?? original.gradFunc(dy, saved, attrs);
    replaceGradient({ ...original, gradFunc });
  }
}

/** Gives TensorFlow.js its own gradients back. */
export function removeGradients(): void {
  for (const original of originals.values()) replaceGradient(original);
  originals.clear();
}

function replaceGradient(config: tf.GradConfig): void {
  tf.unregisterGradient(config.kernelName);
  tf.registerGradient(config);
}
