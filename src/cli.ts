#!/usr/bin/env node
/** The command line: `lanewise train ppo CartPole-v1`. What the commands do stands in cli/. */
import { Command, Option } from "commander";
import { buildCommand } from "./cli/build.js";
import { compareCommand } from "./cli/compare.js";
import { evalCommand } from "./cli/eval.js";
import { exportCommand } from "./cli/export.js";
import { importCommand } from "./cli/import.js";
import { listAlgorithms, listEnvironments } from "./cli/list.js";
import { newEnvCommand } from "./cli/new-env.js";
import { reportError, usageLine } from "./cli/report.js";
import { reportCommand } from "./cli/run-report.js";
import { sweepCommand } from "./cli/sweep.js";
import { trainCommand } from "./cli/train.js";
import { zooCommand } from "./cli/zoo.js";
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

const AFTER_TRAIN = `
Ctrl-C stops after the iteration at hand and saves the policy, the progress and the curve; a second one quits at once.
A run with checkpoints can be killed at any moment: lanewise train --resume <dir> goes on, and ends with the same weights.
What watches a run is asked for anew with --resume: --log, --eval-every, --stop-at, --patience.`;

function createProgram(): Command {
  const program = new Command("lanewise")
    .description("Reinforcement learning at native speed")
    .version(VERSION)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(usageLine(text.replace(/^error: /, ""))) })
    .addHelpText("after", EXAMPLES)
    .helpCommand(false);
  addTrain(program);
  addEval(program);
  addCompare(program);
  program.command("envs").description("list the environments").option("--json", "print JSON").action(listEnvironments);
  program
    .command("algos")
    .description("list the algorithms, or the options of one")
    .argument("[algo]", "the algorithm whose options are wanted")
    .option("--json", "print JSON")
    .action(listAlgorithms);
  addZoo(program);
  addSweep(program);
  addReport(program);
  addExport(program);
  addImport(program);
  addNewEnv(program);
  addBuild(program);
  // Last, because commands inherit from the program what it has when they are added.
  return program.allowExcessArguments().action(refuseCommand);
}

function addTrain(program: Command): void {
  program
    .command("train")
    .description("train a policy, save the run and evaluate it over 100 episodes")
    .argument("[algo]", "the algorithm: see lanewise algos")
    .argument("[env]", "the environment: see lanewise envs; or a module that lanewise build made, ./my-env.wasm")
    .option("--steps <n>", "environment steps to train for")
    .option("--seed <s>", "what all random numbers follow from")
    .option("--seeds <n>", "train so many seeds side by side over the cores, from --seed on, and report their mean and spread")
    .option("--workers <k>", "threads that share the environments of a policy gradient (default: 1)")
    .addOption(new Option("--backend <name>", "what networks are trained on").choices(["wasm", "webgpu", "cpu", "auto"]))
    .option("--out <dir>", "the folder for the run (default: runs/<algo>_<env>_<seed>, numbered if taken)")
    .option("--from <dir>", "the folder of an earlier run, whose policy this one begins with")
    .option("--checkpoint-every <n>", "environment steps from one checkpoint to the next; 0 for none (default: 0)")
    .option("--keep-checkpoints <k>", "how many of the latest to keep, beside the best (default: 3)")
    .option("--save-replay <mib>", "MiB up to which checkpoints hold the replay buffer (default: 256)")
    .option("--resume <dir>", "go on with the run in this folder, from its newest checkpoint; the run keeps its options")
    .option("--log <list>", "logs besides progress.jsonl, separated by commas: csv, tensorboard")
    .option("--eval-every <n>", "environment steps from one evaluation to the next; keeps the best policy as best.safetensors")
    .option("--stop-at <return>", "stop at this mean return: of an evaluation with --eval-every, else of training")
    .option("--patience <n>", "stop after so many evaluations without a new best")
    .option("--set <key=value>", "an option of the algorithm; may be repeated", (one: string, all: string[] = []) => [...all, one])
    .option("--json", "print the result as one JSON object")
    .addHelpText("after", AFTER_TRAIN)
    .action(async (algo, env, flags) => {
      process.exitCode = await trainCommand(algo, env, flags);
    });
}

function addEval(program: Command): void {
  program
    .command("eval")
    .description("evaluate the policy of a run, without exploration")
    .argument("<dir>", "the folder of the run")
    .option("--episodes <n>", "episodes to play (default: 100)")
    .option("--seed <s>", "what the episodes start from")
    .option("--json", "print the result as one JSON object")
    .action(evalCommand);
}

function addCompare(program: Command): void {
  program
    .command("compare")
    .description("train several algorithms on several seeds side by side, and sum up in a table and a picture")
    .argument("<env>", "the environment: see lanewise envs")
    .requiredOption("--algos <list>", "the algorithms, separated by commas: ppo,a2c")
    .option("--seeds <n>", "runs of each algorithm (default: 3)")
    .option("--steps <n>", "environment steps of each run (default: each algorithm's preset)")
    .option("--threads <k>", "runs side by side (default: one for each core)")
    .option("--episodes <n>", "episodes to evaluate each policy over (default: 100)")
    .option("--threshold <r>", "the mean return that counts as reached (default: the environment's)")
    .option("--out <dir>", "the folder for table and picture (default: runs/compare_<env>, numbered if taken)")
    .option("--set <[algo.]key=value>", "an option of all algorithms, or of one; may be repeated", (one: string, all: string[] = []) => [
      ...all,
      one,
    ])
    .option("--json", "print the table as one JSON object")
    .action(async (env, flags) => {
      process.exitCode = await compareCommand(env, flags);
    });
}

function addZoo(program: Command): void {
  program
    .command("zoo")
    .description("all presets, with their evidence")
    .command("run")
    .description("train every preset on several seeds, and write BENCHMARK.md and BENCHMARK.json; goes on where it was stopped")
    .option("--algos <list>", "only these algorithms, separated by commas")
    .option("--envs <list>", "only these environments, separated by commas")
    .option("--seeds <n>", "runs of each pair (default: 5)")
    .option("--steps <n>", "environment steps of each run (default: the preset's)")
    .option("--episodes <n>", "episodes to evaluate each policy over (default: 100)")
    .option("--threads <k>", "runs side by side (default: one for each core)")
    .option("--trials <dir>", "the folder of runs that are done (default: runs/zoo)")
    .option("--out <dir>", "the folder for page and data (default: this one)")
    .action(async (flags) => {
      process.exitCode = await zooCommand(flags);
    });
}

function addSweep(program: Command): void {
  program
    .command("sweep")
    .description("search for good options: a grid, random points, or ASHA; goes on where it was stopped")
    .argument("<file>", "what to search, in JSON: algo, env, method, space, …")
    .option("--threads <k>", "trials side by side (default: one for each core)")
    .option("--out <dir>", "the folder for table, picture and trials (default: runs/sweep_<algo>_<env>)")
    .option("--json", "print the table as one JSON object")
    .action(async (file, flags) => {
      process.exitCode = await sweepCommand(file, flags);
    });
}

function addReport(program: Command): void {
  program
    .command("report")
    .description("write one HTML page of runs: curves, figures, configuration, hardware, and the policies playing")
    .argument("<dir...>", "the folders of the runs; those that differ in their seeds alone become one curve with a band")
    .option("--out <file>", "the page (default: report.html)")
    .action(reportCommand);
}

function addExport(program: Command): void {
  program
    .command("export")
    .description("write the policy of a run in another form, and check that it acts alike")
    .argument("<dir>", "the folder of the run")
    .requiredOption("--format <name>", "policy, c, onnx, tfjs, js or wasm")
    .option("--out <path>", "the file to write, or for tfjs and wasm the folder (default: named after <dir>, in this folder)")
    .action(exportCommand);
}

function addImport(program: Command): void {
  program
    .command("import")
    .description("make a policy of a network that was trained elsewhere, to evaluate, export or learn on")
    .argument("<file>", "an ONNX model, or a state_dict of PyTorch's as safetensors")
    .requiredOption("--env <env>", "what it acts in: see lanewise envs; or a module that lanewise build made, ./my-env.wasm")
    .option("--algo <algo>", "the algorithm that it is to be a policy of (default: ppo)")
    .option("--activation <name>", "what follows the hidden layers of safetensors, which don't say it: tanh, relu or sigmoid")
    .option("--out <dir>", "the folder for it (default: runs/<algo>_<env>_<file>, numbered if taken)")
    .action(importCommand);
}

function addNewEnv(program: Command): void {
  program
    .command("new-env")
    .description("write the source of an environment of your own, to begin with")
    .argument("<name>", "what to call it: my-env")
    .option("--out <dir>", "the folder for it (default: this one)")
    .action(newEnvCommand);
}

function addBuild(program: Command): void {
  program
    .command("build")
    .description("compile an environment of your own, with SIMD")
    .argument("<file>", "its source, in AssemblyScript: my-env.ts")
    .option("--out <file>", "the module to write (default: my-env.wasm beside the source)")
    .action(async (file, flags) => {
      process.exitCode = await buildCommand(file, flags);
    });
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
