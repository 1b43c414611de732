/** `lanewise train`: trains, shows how it gets on, saves the run, and says how good the policy is. */

import { setImmediate as macrotask } from "node:timers/promises";
import { type Command, Option } from "commander";
import { now } from "../../core/clock.js";
import type { Metrics } from "../../core/metrics.js";
import type { Policy } from "../../policy/policy.js";
import { ARTIFACT } from "../../run/artifacts.js";
import { watch } from "../../run/callbacks/callback.js";
import { type CurvePoint, curveSvg } from "../../run/curve.js";
import { formatCount, formatDuration, formatReturn, type ProgressView, progressOn } from "../../run/progress.js";
import type { Training } from "../../run/train.js";
import { type BegunRun, beginRun, namesOf } from "../begin.js";
import type { RunFolder } from "../folder.js";
import { EXIT } from "../report.js";
import { describeEvaluation, type EvaluationFigures, evaluationFigures, type RunResult, weightsOf } from "../result.js";
import { exitCodeOf, listenForStop, type Stop } from "../signals.js";
import type { TrainFlags } from "../train-flags.js";
import { bestOf, type Watching, watchersOf, watchingGiven } from "../watching.js";

const EVALUATION_EPISODES = 100;
/** Milliseconds between two saves of the policy while training goes on, so that a crash keeps what was learned. */
const SAVE_INTERVAL = 10_000;

const AFTER_TRAIN = `
Ctrl-C stops after the iteration at hand and saves the policy, the progress and the curve; a second one quits at once.
A run with checkpoints can be killed at any moment: lanewise train --resume <dir> goes on, and ends with the same weights.
What watches a run is asked for anew with --resume: --log, --eval-every, --stop-at, --patience.`;

export function addTrain(program: Command): void {
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

/** Returns the exit code: 0, 1 where the numbers of the run were none any more, or 130 (SIGINT) or 143 (SIGTERM) when a signal cut the run short. */
export async function trainCommand(algo: string | undefined, env: string | undefined, flags: TrainFlags): Promise<number> {
  if (flags.seeds !== undefined) return (await import("../seeds.js")).seedsCommand(...namesOf(algo, env), flags);
  const watching = watchingGiven(flags);
  const run = await beginRun(algo, env, flags);
  const { folder } = run;
  const view = progressOn(process.stderr);
  const stop = listenForStop((signal) => view.note(`${signal}: stopping and saving; once more to quit at once`));
  process.once("exit", folder.release);
  try {
    const { result, hasDiverged } = await runTraining(run, watching, view, stop);
    process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : describeResult(result, stop));
    if (hasDiverged) process.stderr.write(`lanewise: ${result.stopped}; the policy is the last that was whole\n`);
    if (hasDiverged) return EXIT.failed;
    return stop.signal ? exitCodeOf(stop.signal) : EXIT.ok;
  } finally {
    stop.dispose();
    process.off("exit", folder.release);
    folder.release();
  }
}

async function runTraining(run: BegunRun, watching: Watching, view: ProgressView, stop: Stop) {
  const { folder, past } = run;
  const training = watch(run.training, await watchersOf(run, watching), past);
  const { algo, env, seed } = training.config;
  const reports = await learn(training, run, view, stop);
  const last = reports.at(-1);
  const policy = await saveLearned(training, folder, reports);
  const evaluation = await evaluateUnlessStopped(policy, stop);
  const [steps, wallSeconds] = [last?.steps ?? 0, last?.seconds ?? 0];
  const result: RunResult = {
    algo,
    env,
    seed,
    steps,
    wallSeconds,
    ...(wallSeconds > 0 ? { stepsPerSecond: steps / wallSeconds } : {}),
    ...evaluation,
    ...bestOf(reports),
    ...(training.end && "reason" in training.end && { stopped: training.end.reason }),
    weightsSha256: await weightsOf(policy),
    dir: folder.path,
  };
  folder.write(ARTIFACT.result, `${JSON.stringify(result)}\n`);
  return { result, hasDiverged: training.end?.kind === "diverged" };
}

/**
 * Trains to the end or until a signal asks to stop. A run that fails before its first iteration leaves nothing behind but what an earlier
 * process did, one that fails later what it had learned.
 */
async function learn(training: Training, { folder, past, prepare }: BegunRun, view: ProgressView, stop: Stop): Promise<Metrics[]> {
  const reports = [...past];
  let savedAt = now();
  try {
    prepare();
    for await (const metrics of training) {
      reports.push(metrics);
      view.update(metrics);
      if (now() - savedAt >= SAVE_INTERVAL) {
        await savePolicy(training, folder);
        savedAt = now();
      }
      await macrotask(); // Training may never leave the microtask queue; signals are only seen between macrotasks.
      if (stop.signal) break;
    }
  } catch (error) {
    if (reports.length === 0) folder.discard();
    else await saveWhatCanBe(training, folder, reports).catch((second: Error) => view.note(`not everything was saved: ${second.message}`));
    throw error;
  } finally {
    view.finish();
  }
  return reports;
}

/** After a failure, such as that of a full disk. */
async function saveWhatCanBe(training: Training, folder: RunFolder, curve: readonly CurvePoint[]): Promise<void> {
  folder.endLog();
  await saveLearned(training, folder, curve);
}

/** The policy and the curve that led to it. */
async function saveLearned(training: Training, folder: RunFolder, curve: readonly CurvePoint[]): Promise<Policy> {
  const { algo, env, seed } = training.config;
  const policy = await savePolicy(training, folder);
  folder.write(ARTIFACT.curve, await curveSvg(`${algo} on ${env}, seed ${seed}`, curve));
  return policy;
}

async function savePolicy(training: Training, folder: RunFolder): Promise<Policy> {
  const policy = await training.policy();
  folder.write(ARTIFACT.policy, await policy.bytes());
  return policy;
}

/** Who stops a run wants to wait no longer. */
async function evaluateUnlessStopped(policy: Policy, stop: Stop): Promise<EvaluationFigures> {
  for (const _ of [1, 2]) await macrotask(); // so that a signal which came while the run was saved is seen: the first may follow too soon
  if (stop.signal) return {};
  const { evaluate } = await import("../../run/evaluate.js");
  const evaluation = await Promise.race([evaluate(policy, { episodes: EVALUATION_EPISODES }), stop.requested]);
  return evaluation ? evaluationFigures(evaluation) : {};
}

function describeResult(result: RunResult, stop: Stop): string {
  const { steps, wallSeconds = 0, stepsPerSecond = 0, dir } = result;
  const verb = stop.signal ? `stopped by ${stop.signal} after` : result.stopped === undefined ? "trained for" : "stopped after";
  const best =
    result.bestMeanReturn === undefined
      ? ""
      : `best: mean return ${formatReturn(result.bestMeanReturn)} after ${formatCount(result.bestSteps ?? 0)} steps, kept as ${ARTIFACT.best}\n`;
  const pace = `${formatCount(steps)} steps in ${formatDuration(wallSeconds)} (${formatCount(stepsPerSecond)} steps/s)${result.stopped === undefined ? "" : `: ${result.stopped}`}`;
  const evaluation = result.evalEpisodes === undefined ? "" : `evaluated: ${describeEvaluation(result)}\n`;
  return `${result.algo} on ${result.env}, seed ${result.seed}: ${verb} ${pace}\n${evaluation}${best}saved in ${dir}\n`;
}
