/**
 * Our kernels under TensorFlow.js's WASM backend, on its own heap: every algorithm gets them without naming them.
 * A shape or type that ours don't take goes to the stock kernel.
 *
 * Where ours differ: a NaN stays a NaN (stock relu6, sign, clipByValue, and minimum and maximum of a second operand lose it); reductions of
 * nothing give 0, 1 and ∓Infinity (stock: whatever stood in memory); powers that are no integers are NaN for -Infinity; a fused gradient is
 * 0 where the derivative is, also against an infinite or undefined dy; a mean multiplies by 1/n. Results are within float32's rounding else.
 */
import * as tf from "@tensorflow/tfjs";
import type { NnKernels } from "../../wasm/kernels.js";
import { algebraKernels } from "./algebra.js";
import { type Invocation, type Kernel, kernelContext } from "./context.js";
import { elementwiseKernels } from "./elementwise.js";
import { installGradients, removeGradients } from "./gradients.js";
import { indexingKernels } from "./indexing.js";
import { layoutKernels } from "./layout.js";
import { movementKernels } from "./movement.js";
import { DENSE, VIEWS } from "./operations.js";
import { refuseRecording } from "./recorder.js";
import { reductionKernels } from "./reductions.js";

export { DENSE, DENSE_GRADIENT } from "./operations.js";

const FAMILIES = [elementwiseKernels, reductionKernels, movementKernels, layoutKernels, indexingKernels, algebraKernels];

/** What TensorFlow.js had in the place of each kernel that was replaced; undefined where it had none. */
const stock = new Map<string, tf.KernelFunc | undefined>();

/** Puts our kernels and gradients in the place of the stock ones, on the running WASM backend. */
export function installKernels(backend: tf.KernelBackend, nn: NnKernels): void {
  const context = kernelContext(backend, nn);
  const ours = Object.assign({}, ...FAMILIES.map((family) => family(context))) as Record<string, Kernel>;
  for (const [name, kernel] of Object.entries(ours)) replaceKernel(name, kernel);
  for (const { kernelName } of tf.getKernelsForBackend("wasm")) {
    if (!(kernelName in ours) && !VIEWS.includes(kernelName)) replaceKernel(kernelName, () => undefined);
  }
  installGradients();
}

/** Gives TensorFlow.js its own kernels and gradients back. */
export function removeKernels(): void {
  for (const [kernelName, kernelFunc] of stock) {
    tf.unregisterKernel(kernelName, "wasm");
    if (kernelFunc) tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
  }
  stock.clear();
  removeGradients();
}

export function hasKernels(): boolean {
  return tf.getKernel(DENSE, "wasm") !== undefined;
}

function replaceKernel(kernelName: string, kernel: Kernel): void {
  const current = tf.getKernel(kernelName, "wasm") as tf.KernelConfig | undefined;
  const original = stock.has(kernelName) ? stock.get(kernelName) : current?.kernelFunc;
  stock.set(kernelName, original);
  if (current) tf.unregisterKernel(kernelName, "wasm");
  const kernelFunc: tf.KernelFunc = (params) => {
    const taken = kernel(params as unknown as Invocation);
    if (taken) return taken;
    if (!original) throw new Error(`${kernelName} does not take these inputs`);
    refuseRecording(`the kernel ${kernelName}`);
    return original(params);
  };
  tf.registerKernel({ kernelName, backendName: "wasm", kernelFunc });
}
