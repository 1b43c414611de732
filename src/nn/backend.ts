/** TensorFlow.js on one of its backends, and the heap that kernels and columns share with it where they can. */
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { UsageError } from "../core/errors.js";
import { isNode } from "../core/host.js";
import { MODULES } from "../wasm/kernels.js";
import { locate } from "../wasm/modules.js";
import { withoutProcessListeners } from "../wasm/tfjs.js";
import { copyingBackend } from "./backends/copying.js";
import { BACKENDS, type Backend, type BackendName, type KernelChoice } from "./backends/interface.js";
import { sharedBackend } from "./backends/shared.js";
import { registerWebGpu } from "./backends/webgpu.js";

export { BACKENDS, type Backend, type BackendName, KERNELS, type KernelChoice, STOCK_KERNELS } from "./backends/interface.js";
export { MOST_THREADS } from "./threads/lockstep.js";

/**
 * Starts a backend. Each call has a heap of its own, given back by `dispose`. Throws a UsageError where it can't run.
 * @param threads how many replay what was recorded, where they can share memory and our kernels run; results don't depend on it
 */
export function startBackend(name: BackendName, kernels: KernelChoice = "lanewise", threads = 1): Promise<Backend> {
  const started = starting.then(() => start(name, kernels, threads));
  starting = started.catch(() => undefined);
  return started;
}

/** One start after the other: TensorFlow.js gives up a backend that is still starting when another is asked for. */
let starting: Promise<unknown> = Promise.resolve();

async function start(name: BackendName, kernels: KernelChoice, threads: number): Promise<Backend> {
  // TensorFlow.js itself has one thread: its threaded build doesn't start in Node, and sums must not depend on the number of cores.
  if (name === "wasm") tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  if (name === "wasm" && !isNode()) setWasmPaths(tfjsModules());
  if (name === "webgpu") await registerWebGpu();
  if (!(await withoutProcessListeners(() => tf.setBackend(name)))) {
    throw new UsageError(`backend ${name} does not start here; use one of ${BACKENDS.filter((other) => other !== name).join(", ")}`);
  }
  await tf.ready();
  if (name === "cpu") withoutBanner(() => tf.scalar(0).dispose());
  return name === "wasm" ? sharedBackend(kernels, threads) : copyingBackend(name);
}

/** TensorFlow.js's own module stands among ours; we have no use for its builds without SIMD or with threads. */
function tfjsModules(): Record<TfjsModule, string> {
  const { href } = locate(MODULES.tfjs);
  return { "tfjs-backend-wasm.wasm": href, "tfjs-backend-wasm-simd.wasm": href, "tfjs-backend-wasm-threaded-simd.wasm": href };
}

type TfjsModule = keyof Exclude<Parameters<typeof setWasmPaths>[0], string>;

/** TensorFlow.js's plain backend advertises another package at its first use in Node, unless in production mode. */
function withoutBanner(firstUse: () => void): void {
  const isProduction = tf.env().getBool("PROD");
  tf.env().set("PROD", true);
  firstUse();
  tf.env().set("PROD", isProduction);
}
