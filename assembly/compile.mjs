/**
 * Compiles one of the modules that stand in this folder, as four-lane SIMD or as its scalar twin.
 * The options stand in ../asconfig.json; nothing is read from or written to disk but sources.
 */
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModule } from "./compiler/core.mjs";

export { LANES } from "./compiler/core.mjs";
export { CompileError } from "./compiler/diagnostics.mjs";

export const assemblyRoot = dirname(fileURLToPath(import.meta.url));

/**
 * @param {string} entry path of the entry module, relative to `root`
 * @param {object} [options]
 * @param {"simd" | "scalar"} [options.twin] four lanes (default), or the same source without the transform
 * @param {"release" | "shared" | "small" | "debug"} [options.target] a target of asconfig.json
 * @param {Record<string, string>} [options.files] sources that need not exist on disk, by path relative to `root`
 * @param {string} [options.root] where relative paths start: this folder by default
 * @returns {Promise<{ binary: Uint8Array, text: string }>}
 */
export async function compile(entry, { twin = "simd", target = "release", files = {}, root = assemblyRoot } = {}) {
  return compileModule(entry, {
    twin,
    options: await asconfig(target),
    baseDir: root,
    read: (name, baseDir) => files[name] ?? readFile(resolve(baseDir, name), "utf8").catch(() => null),
  });
}

/** The options of a target in asconfig.json. */
export async function asconfig(/** @type {"release" | "shared" | "small" | "debug"} */ target) {
  const config = JSON.parse(await readFile(join(assemblyRoot, "../asconfig.json"), "utf8"));
  return { ...config.options, ...config.targets[target] };
}
