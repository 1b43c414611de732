/** Loads a compiled environment: what `lanewise build` wrote, or `buildEnvironment` returned. */
import { ensure, UsageError } from "../core/errors.js";
import { readSource, type Source } from "../core/source.js";
import { descriptionOf } from "./description.js";
import type { CompiledSpec } from "./spec.js";

/** A path (in a page relative to it), a URL, the bytes of a module, or the module. */
export type EnvironmentSource = Source | WebAssembly.Module;

/** What assembly/envs/driver.ts exports, as far as it is called here. */
const EXPORTS = ["stateSize", "batchBytes", "createBatch", "resetBatch", "stepBatch", "getState", "setState"];

/** The spec of a compiled environment, for `makeVec`, `train`, `evaluate` and `registerEnv`. Reads the source anew each time. */
export async function loadEnv(source: EnvironmentSource): Promise<CompiledSpec> {
  const where = typeof source === "string" || source instanceof URL ? String(source) : "this module";
  const module = source instanceof WebAssembly.Module ? source : await compile(await readSource(source, "environment"), where);
  const description = descriptionOf(module, where);
  ensureKernels(module, where);
  return { ...description, module };
}

function ensureKernels(module: WebAssembly.Module, where: string): void {
  const exported = new Set(WebAssembly.Module.exports(module).map(({ name, kind }) => kind === "function" && name));
  const missing = EXPORTS.filter((name) => !exported.has(name));
  ensure(missing.length === 0, () => `${where} lacks ${missing.join(", ")}: build it again with this version of lanewise`);
  const foreign = WebAssembly.Module.imports(module).find(({ module: from, name }) => from !== "env" || name !== "memory");
  ensure(
    foreign === undefined,
    () => `${where} imports ${foreign?.module}.${foreign?.name}; an environment imports its memory and no more`,
  );
}

async function compile(bytes: BufferSource, where: string): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw new UsageError(`${where} is no WebAssembly module: ${(error as Error).message}`, { cause: error });
  }
}
