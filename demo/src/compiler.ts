/** Compiles physics in a worker, so that the page stays free. */
import { type Remote, wrap } from "comlink";
import { Lifeline } from "../../dist/core/lifeline.js";
import { loadEnv } from "../../dist/envs/load.js";
import type { Compile, Finding, Mistake } from "./compiler-worker.js";
import type { EnvironmentSpec } from "./lanewise.js";

export type { Mistake };

/** What the compiler made of a source, or what it found. */
export type Compiled =
  | { readonly spec: EnvironmentSpec; readonly bytes: number }
  | { readonly mistakes: readonly Mistake[]; readonly message: string };

interface Compiler {
  readonly compile: Remote<Compile>;
  readonly lifeline: Lifeline;
}

let running: Compiler | undefined;

/** Compiles a source. The first time the worker is started, and the compiler fetched. */
export async function compile(source: string): Promise<Compiled> {
  running ??= start();
  const found = await running.lifeline.hold(running.compile(source) as Promise<Finding>);
  return "binary" in found ? { spec: await loadEnv(found.binary), bytes: found.binary.length } : found;
}

function start(): Compiler {
  const worker = new Worker(new URL("./compiler-worker.ts", import.meta.url), { type: "module" });
  const lifeline = new Lifeline();
  worker.addEventListener("error", ({ message }) => {
    lifeline.cut(new Error(`the compiler died: ${message || "it could not be loaded"}`));
    running = undefined; // the next source gets another
  });
  return { compile: wrap<Compile>(worker), lifeline };
}
