/**
 * Builds environments of your own from AssemblyScript, with the compiler that is an npm package: in Node and, from source
 * text, in web pages. What is written in such a file is told in the one that `lanewise new-env` writes.
 *
 *     const { spec } = await buildEnvironment(source);
 *     for await (const metrics of train({ algo: "ppo", env: spec })) …
 *
 * A page without a bundler finds the compiler by an import map with the entries `assemblyscript`, `assemblyscript/asc`,
 * `binaryen` and `long`, such as assemblyscript/dist/web.js writes; workers have no import maps. A bundler for the web leaves out
 * what the compiler imports in Node only: `fs`, `module`, `path`, `url` and `node:*`. It weighs megabytes: load this file when it
 * is needed.
 */
import { CompileError, compileEnvironment, type Diagnostic, type ReadSource } from "../../assembly/compiler/environment.mjs";
import { UsageError } from "../core/errors.js";
import { withDescription } from "../envs/description.js";
import { loadEnv } from "../envs/load.js";
import { registerEnv } from "../envs/registry.js";
import type { CompiledSpec } from "../envs/spec.js";

export { environmentTemplate } from "./template.js";
export type { Diagnostic, ReadSource };

/** How {@link buildEnvironment} compiles. */
export interface BuildOptions {
  /** What the source is called in messages; "environment.ts" unless given. */
  readonly file?: string;
  /** The text of another file that the source imports, by its path from the source; it may import none unless given. */
  readonly read?: ReadSource;
  /** "simd" steps four lanes at once; "scalar" is the same physics one lane at a time, with the same bits, to check by. */
  readonly twin?: "simd" | "scalar";
}

/** A compiled environment. */
export interface BuiltEnvironment {
  /** The module, to be saved as a .wasm file. */
  readonly binary: Uint8Array<ArrayBuffer>;
  /** What it is, for `train`, `makeVec` and `registerEnv`. */
  readonly spec: CompiledSpec;
}

/** The source has mistakes. The message has a line for each: `my-env.ts:12:15: Cannot find name 'foo'. (TS2304)` */
export class BuildError extends UsageError {
  constructor(
    message: string,
    /** Each mistake with its place; none if the compiler itself failed. */
    readonly diagnostics: readonly Diagnostic[],
  ) {
    super(message);
  }
}

/** Compiles the source of an environment. Throws a {@link BuildError} if it has mistakes. */
export async function buildEnvironment(source: string, options: BuildOptions = {}): Promise<BuiltEnvironment> {
  const { binary: code, description } = await compileEnvironment(source, options).catch((error: unknown) => {
    throw error instanceof CompileError ? new BuildError(error.message, error.diagnostics) : error;
  });
  const binary = withDescription(code, description);
  return { binary, spec: await loadEnv(binary) };
}

/** Compiles the source of an environment and makes it known by its id, which must be new. */
export async function registerSource(source: string, options: BuildOptions = {}): Promise<CompiledSpec> {
  const { spec } = await buildEnvironment(source, options);
  return registerEnv(spec);
}
