/** What TensorFlow.js's kernels are called, and the names of those that only we have. */
import { GRADIENT } from "../../wasm/kernels.js";

/** Comparisons that are another one's mirror image: a < b is b > a. */
export const MIRRORED = { Less: "Greater", LessEqual: "GreaterEqual" } as const;

/** Stock kernels that move no numbers: they give a tensor's memory another shape. */
export const VIEWS: readonly string[] = ["Reshape", "ExpandDims"];

/** A dense layer and its gradient. */
export const DENSE = "LanewiseDense";
export const DENSE_GRADIENT = "LanewiseDenseGradient";

/** ln softmax, which TensorFlow.js composes of five kernels, and its gradient. */
export const LOG_SOFTMAX = "LanewiseLogSoftmax";
export const LOG_SOFTMAX_GRADIENT = "LanewiseLogSoftmaxGradient";

/** The kernel that is the gradient of another one. */
export function gradientOf(kernelName: string): string {
  return `Lanewise${kernelName}Gradient`;
}

/** Kernels whose gradients TensorFlow.js composes, and we don't. Elu's is a kernel there too. */
export const FUSED_GRADIENTS = GRADIENT.filter((name) => name !== "Elu");
