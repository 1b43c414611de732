/** What a page of lanewise needs from its server, beside its own files. */
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../../", import.meta.url);
const MODULES = [
  "nn.wasm",
  "nn.shared.wasm",
  "replay.wasm",
  "returns.wasm",
  "rollout.wasm",
  "policy.wasm",
  "cartpole.wasm",
  "pendulum.wasm",
  "tfjs-backend-wasm-simd.wasm",
];

/** What is imported only in Node. */
const NODE_ONLY = ["node:*", "os", "path", "fs", "worker_threads", "perf_hooks"];

/** Kernels, an environment and TensorFlow.js's backend, where scripts at the top look for them. */
export const SITE_FILES: Readonly<Record<string, URL>> = Object.fromEntries(
  MODULES.map((file) => [`/build/${file}`, new URL(`build/${file}`, root)]),
);

/** What lets a page share memory with its workers. */
export const ISOLATION = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };

/** A script with all that it imports, as one text. */
export async function bundled(path: string): Promise<string> {
  const entryPoints = [fileURLToPath(new URL(path, root))];
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: "esm", platform: "browser", external: NODE_ONLY });
  return String(outputFiles[0]?.text);
}
