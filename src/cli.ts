#!/usr/bin/env node
/** The command line: `lanewise train ppo CartPole-v1`. What it knows stands in cli/program.ts. */
import { createProgram } from "./cli/program.js";
import { reportError } from "./cli/report.js";

/** A reader that went away (`| head`) is no reason to lose a run. */
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
// Some backends keep the process alive; by then everything has been printed.
process.stdout.write("", () => process.exit());
