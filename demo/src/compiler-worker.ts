/** The compiler of physics, in a worker of its own: it weighs megabytes, and takes its time. */
import { expose, transfer } from "comlink";

/** One line of what the compiler found. */
export interface Mistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The module of an environment; or its mistakes, none if the compiler itself failed. */
export type Finding = { readonly binary: Uint8Array<ArrayBuffer> } | { readonly mistakes: readonly Mistake[]; readonly message: string };

export type Compile = (source: string) => Promise<Finding>;

const compile: Compile = async (source) => {
  const { BuildError, buildEnvironment } = await import("../../dist/build/index.js"); // awaits at its top: messages would go unheard
  try {
    const { binary } = await buildEnvironment(source, { file: "physics.ts" });
    return transfer({ binary }, [binary.buffer]);
  } catch (reason) {
    if (!(reason instanceof BuildError)) throw reason;
    return { mistakes: reason.diagnostics.map(({ line, column, message }) => ({ line, column, message })), message: reason.message };
  }
};

expose(compile);
