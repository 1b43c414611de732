#!/usr/bin/env node
/** The command line: `lanewise train ppo CartPole-v1`. Each command is a file in cli/commands/. */
import { Command } from "commander";
import { addBuild } from "./cli/commands/build.js";
import { addCompare } from "./cli/commands/compare.js";
import { addEval } from "./cli/commands/eval.js";
import { addExport } from "./cli/commands/export.js";
import { addImport } from "./cli/commands/import.js";
import { addAlgos, addEnvs } from "./cli/commands/list.js";
import { addNewEnv } from "./cli/commands/new-env.js";
import { addReport } from "./cli/commands/report.js";
import { addSweep } from "./cli/commands/sweep.js";
import { addTrain } from "./cli/commands/train.js";
import { addZoo } from "./cli/commands/zoo.js";
import { reportError, usageLine } from "./cli/report.js";
import { UsageError } from "./core/errors.js";
import { VERSION } from "./core/version.js";

const EXAMPLES = `
Examples:
  lanewise train ppo CartPole-v1
  lanewise train ppo CartPole-v1 --steps 200000 --seed 7 --set learningRate=1e-3 --out runs/mine
  lanewise train sac Pendulum-v1 --checkpoint-every 10000 --out runs/long, and after a crash: lanewise train --resume runs/long
  lanewise eval runs/mine --episodes 1000
  lanewise export runs/mine --format onnx
  lanewise import model.onnx --env CartPole-v1
  lanewise compare CartPole-v1 --algos ppo,trpo,a2c --seeds 3
  lanewise report runs/ppo_CartPole-v1_*
  lanewise new-env my-env && lanewise build my-env.ts && lanewise train ppo ./my-env.wasm

Exit codes: 0 done, 1 a failure (a full disk, numbers that are none any more, a defect), 2 bad input (nothing was written),
130 or 143 stopped by Ctrl-C or SIGTERM.`;

/** In the order of --help. */
const COMMANDS = [
  addTrain,
  addEval,
  addCompare,
  addEnvs,
  addAlgos,
  addZoo,
  addSweep,
  addReport,
  addExport,
  addImport,
  addNewEnv,
  addBuild,
] as const;

function createProgram(): Command {
  const program = new Command("lanewise")
    .description("Reinforcement learning at native speed")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageLine(text.replace(/^error: /, ""))) })
    .addHelpText("after", EXAMPLES)
    .helpCommand(false);
  for (const add of COMMANDS) add(program);
  // Last, because commands inherit from the program what it has when they are added.
  return program.allowExcessArguments().action(refuseCommand);
}

/** What runs when no command was named, or one that there isn't. */
function refuseCommand(_flags: unknown, program: Command): void {
  const [name] = program.args;
  const known = `known are: ${program.commands.map((command) => command.name()).join(", ")} (lanewise --help says more)`;
  throw new UsageError(name === undefined ? `no command; ${known}` : `unknown command "${name}"; ${known}`);
}

/** A reader that went away (`| head`) is no reason to lose a run. */
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  await createProgram().parseAsync();
} catch (error) {
  process.exitCode = reportError(error);
}
// Some backends keep the process alive; by then everything has been printed.
process.stdout.write("", () => process.exit());
