/** `lanewise train`: trains, shows how it gets on, saves the run, and says how good the policy is. */
import { setImmediate as macrotask } from "node:timers/promises";
import { now } from "../core/clock.js";
import type { Metrics } from "../core/metrics.js";
import type { Policy } from "../policy/policy.js";
import { ARTIFACT } from "../run/artifacts.js";
import { type CurvePoint, curveSvg } from "../run/curve.js";
import { lineOf, namespaced } from "../run/logs/log.js";
import { formatCount, formatDuration, type ProgressView, progressOn } from "../run/progress.js";
import type { Training } from "../run/train.js";
import { type BegunRun, beginRun, namesOf } from "./begin.js";
import type { RunFolder } from "./folder.js";
import { EXIT } from "./report.js";
import { describeEvaluation, type EvaluationFigures, evaluationFigures, type RunResult, weightsOf } from "./result.js";
import { exitCodeOf, listenForStop, type Stop } from "./signals.js";
import type { TrainFlags } from "./train-flags.js";

const EVALUATION_EPISODES = 100;
/** Milliseconds between two saves of the policy while training goes on, so that a crash keeps what was learned. */
const SAVE_INTERVAL = 10_000;

/** Returns the exit code: 0, or 130 (SIGINT) or 143 (SIGTERM) when a signal cut the run short. */
export async function trainCommand(algo: string | undefined, env: string | undefined, flags: TrainFlags): Promise<number> {
  if (flags.seeds !== undefined) return (await import("./seeds.js")).seedsCommand(...namesOf(algo, env), flags);
  const run = await beginRun(algo, env, flags);
  const { folder } = run;
  const view = progressOn(process.stderr);
  const stop = listenForStop((signal) => view.note(`${signal}: stopping and saving; once more to quit at once`));
  process.once("exit", folder.release);
  try {
    const result = await runTraining(run, view, stop);
    process.stdout.write(flags.json ? `${JSON.stringify(result)}\n` : describeResult(result, stop));
    return stop.signal ? exitCodeOf(stop.signal) : EXIT.ok;
  } finally {
    stop.dispose();
    process.off("exit", folder.release);
    folder.release();
  }
}

async function runTraining(run: BegunRun, view: ProgressView, stop: Stop): Promise<RunResult> {
  const { training, folder } = run;
  const { algo, env, seed } = training.config;
  const { last, curve } = await learn(run, view, stop);
  const policy = await saveLearned(training, folder, curve);
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
    weightsSha256: await weightsOf(policy),
    dir: folder.path,
  };
  folder.write(ARTIFACT.result, `${JSON.stringify(result)}\n`);
  return result;
}

/**
 * Trains to the end or until a signal asks to stop. A run that fails before its first iteration leaves nothing behind but what an earlier
 * process did, one that fails later what it had learned.
 */
async function learn({ training, folder, past, prepare }: BegunRun, view: ProgressView, stop: Stop) {
  const curve: CurvePoint[] = past.map(({ steps, meanReturn }) => ({ steps, meanReturn }));
  let last: Metrics | undefined = past.at(-1);
  let savedAt = now();
  try {
    prepare();
    for await (const metrics of training) {
      last = metrics;
      folder.log(lineOf(metrics.steps, namespaced(metrics)));
      curve.push({ steps: metrics.steps, meanReturn: metrics.meanReturn });
      view.update(metrics);
      if (now() - savedAt >= SAVE_INTERVAL) {
        await savePolicy(training, folder);
        savedAt = now();
      }
      await macrotask(); // Training may never leave the microtask queue; signals are only seen between macrotasks.
      if (stop.signal) break;
    }
  } catch (error) {
    if (last === undefined) folder.discard();
    else await saveWhatCanBe(training, folder, curve).catch((second: Error) => view.note(`not everything was saved: ${second.message}`));
    throw error;
  } finally {
    view.finish();
  }
  return { last, curve };
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
  if (stop.signal) return {};
  const { evaluate } = await import("../run/evaluate.js");
  const evaluation = await Promise.race([evaluate(policy, { episodes: EVALUATION_EPISODES }), stop.requested]);
  return evaluation ? evaluationFigures(evaluation) : {};
}

function describeResult(result: RunResult, stop: Stop): string {
  const { steps, wallSeconds = 0, stepsPerSecond = 0, dir } = result;
  const verb = stop.signal ? `stopped by ${stop.signal} after` : "trained for";
  const pace = `${formatCount(steps)} steps in ${formatDuration(wallSeconds)} (${formatCount(stepsPerSecond)} steps/s)`;
  const evaluation = result.evalEpisodes === undefined ? "" : `evaluated: ${describeEvaluation(result)}\n`;
  return `${result.algo} on ${result.env}, seed ${result.seed}: ${verb} ${pace}\n${evaluation}saved in ${dir}\n`;
}
