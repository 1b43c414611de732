/** Loads a compiled environment: what `lanewise build` wrote, or `buildEnvironment` returned. */
import { ensure, UsageError } from "../core/errors.js";
import { descriptionOf } from "./description.js";
import type { CompiledSpec } from "./spec.js";

/** A path (in a page relative to it), a URL, the bytes of a module, or the module. */
export type EnvironmentSource = string | URL | Uint8Array | ArrayBuffer | WebAssembly.Module;

/** What assembly/envs/driver.ts exports, as far as it is called here. */
const EXPORTS = ["stateSize", "batchBytes", "createBatch", "resetBatch", "stepBatch", "getState", "setState"];

/** The spec of a compiled environment, for `makeVec`, `train`, `evaluate` and `registerEnv`. Reads the source anew each time. */
export async function loadEnv(source: EnvironmentSource): Promise<CompiledSpec> {
  const where = typeof source === "string" || source instanceof URL ? String(source) : "this module";
  const module = source instanceof WebAssembly.Module ? source : await compile(await read(source, where), where);
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

async function read(source: string | URL | Uint8Array | ArrayBuffer, where: string): Promise<BufferSource> {
  if (source instanceof ArrayBuffer) return source;
  if (source instanceof Uint8Array) return new Uint8Array(source);
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(where)?.[1]?.toLowerCase();
  const isFile = scheme === "file" || (scheme === undefined && hasFiles());
  try {
    return isFile ? await readFromDisk(scheme === "file" ? new URL(source) : source) : await download(source);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`can't read the environment ${where}: ${(error as Error).message.split(",")[0]}`, { cause: error });
  }
}

/** Whether the host offers node:fs, as Node, Deno and Bun do. */
function hasFiles(): boolean {
  return typeof process !== "undefined" && typeof process.versions?.node === "string" && typeof document === "undefined";
}

async function readFromDisk(path: string | URL): Promise<Uint8Array<ArrayBuffer>> {
  // The name is not a literal, so that bundlers for the web don't look for it.
  const name = "node:fs/promises";
  const { readFile }: typeof import("node:fs/promises") = await import(/* @vite-ignore */ name);
  return new Uint8Array(await readFile(path));
}

async function download(url: string | URL): Promise<ArrayBuffer> {
  const response = await fetch(url);
  ensure(response.ok, () => `there is no environment at ${url}: the server answers ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}
