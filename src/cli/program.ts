/** The program of the command line, of all its commands. Each of them is a file in commands/. */
import { Command } from "commander";
import { UsageError } from "../core/errors.js";
import { VERSION } from "../core/version.js";
import { addBuild } from "./commands/build.js";
import { addCompare } from "./commands/compare.js";
import { addEval } from "./commands/eval.js";
import { addExport } from "./commands/export.js";
import { addImport } from "./commands/import.js";
import { addAlgos, addEnvs } from "./commands/list.js";
import { addNewEnv } from "./commands/new-env.js";
import { addReport } from "./commands/report.js";
import { addSweep } from "./commands/sweep.js";
import { addTrain } from "./commands/train.js";
import { addZoo } from "./commands/zoo.js";
import { usageLine } from "./report.js";

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

/** It throws what went wrong, for {@link reportError} to say. */
export function createProgram(): Command {
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
