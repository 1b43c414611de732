/** `lanewise build`: compiles an environment of your own, with `@lanes`, to a module that `lanewise train` takes. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { ensure, UsageError, writeFailure } from "../../core/errors.js";
import { describeSpace } from "../../core/spaces.js";
import { writeAtomically } from "../../run/artifacts.js";
import { EXIT, usageLine } from "../report.js";

interface BuildFlags {
  readonly out?: string;
}

/** Mistakes that are shown; there are more where one follows from another. */
const SHOWN = 20;

export function addBuild(program: Command): void {
  program
    .command("build")
    .description("compile an environment of your own, with SIMD")
    .argument("<file>", "its source, in AssemblyScript: my-env.ts")
    .option("--out <file>", "the module to write (default: my-env.wasm beside the source)")
    .action(async (file, flags) => {
      process.exitCode = await buildCommand(file, flags);
    });
}

/** Returns the exit code. Writes nothing but a module that is whole. */
async function buildCommand(file: string, flags: BuildFlags): Promise<number> {
  const source = readSource(file);
  const out = outputFor(file, flags.out);
  const { BuildError, buildEnvironment } = await import("../../build/index.js");
  try {
    const { binary, spec } = await buildEnvironment(source, { file, read: readBeside(file) });
    write(out, binary);
    const { id, observationSpace, actionSpace, timeLimit } = spec;
    const task = `observes ${describeSpace(observationSpace)}, acts in ${describeSpace(actionSpace)}, ends after ${timeLimit || "any number of"} steps`;
    process.stdout.write(`${out}: ${id}, ${(binary.length / 1024).toFixed(1)} KiB\n${task}\ntrain it: lanewise train ppo ${out}\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof BuildError) || error.diagnostics.length === 0) throw error;
    process.stderr.write(describeMistakes(error.message.split("\n")));
    return EXIT.usage;
  }
}

/** One line for each mistake, as other commands write one for theirs. */
function describeMistakes(lines: readonly string[]): string {
  const more = lines.length > SHOWN ? [`… and ${lines.length - SHOWN} more`] : [];
  return [...lines.slice(0, SHOWN), ...more].map(usageLine).join("");
}

function readSource(file: string): string {
  const isSource = file.endsWith(".ts") && !file.endsWith(".d.ts");
  ensure(isSource, () => `${file} is no AssemblyScript file; give NAME.ts (lanewise new-env NAME writes one to begin with)`);
  ensure(existsSync(file), () => `there is no file ${file}; lanewise new-env NAME writes one to begin with`);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`can't read ${file}: ${(error as Error).message.split(",")[0]}`, { cause: error });
  }
}

/** The files that it imports. */
function readBeside(file: string): (path: string) => Promise<string | null> {
  return (path) => readFile(join(dirname(file), path), "utf8").catch(() => null);
}

/** Checked before the compiler is set to work. */
function outputFor(file: string, out = file.replace(/\.ts$/, ".wasm")): string {
  ensure(out.endsWith(".wasm"), () => `--out is the name of a module, NAME.wasm, not "${out}"`);
  const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  ensure(isFolder(dirname(resolve(out))), () => `there is no folder ${dirname(out)} for ${out}; create it first`);
  ensure(!isFolder(out), () => `${out} is a folder; name a file with --out`);
  return out;
}

function write(out: string, binary: Uint8Array): void {
  try {
    writeAtomically(out, binary);
  } catch (error) {
    throw new UsageError(writeFailure(out, error).message, { cause: error });
  }
}
