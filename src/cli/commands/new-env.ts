/** `lanewise new-env`: writes the source of an environment to begin with. */

import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { ensure, UsageError } from "../../core/errors.js";
import { codeOf } from "../lock.js";

interface NewEnvFlags {
  readonly out?: string;
}

export function addNewEnv(program: Command): void {
  program
    .command("new-env")
    .description("write the source of an environment of your own, to begin with")
    .argument("<name>", "what to call it: my-env")
    .option("--out <dir>", "the folder for it (default: this one)")
    .action(newEnvCommand);
}

/** Never touches a file that is there. */
async function newEnvCommand(name: string, { out = "." }: NewEnvFlags): Promise<void> {
  ensure(statSync(out, { throwIfNoEntry: false })?.isDirectory() === true, () => `there is no folder ${out}; create it first`);
  const { environmentTemplate } = await import("../../build/template.js");
  const path = join(out, `${name}.ts`);
  create(path, environmentTemplate(name));
  process.stdout.write(`${path}: an environment to begin with\nbuild it: lanewise build ${path}\n`);
}

function create(path: string, text: string): void {
  try {
    writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    const isTaken = error instanceof Error && codeOf(error) === "EEXIST";
    throw new UsageError(
      isTaken ? `${path} is there already; choose another name` : `cannot write ${path}: ${(error as Error).message.split(",")[0]}`,
      { cause: error },
    );
  }
}
