/** What watches a run of the command line: logs, evaluation, reasons to stop, and the guard against NaN. */
import { join } from "node:path";
import { ensure, lookUp } from "../core/errors.js";
import type { Metrics } from "../core/metrics.js";
import { ARTIFACT } from "../run/artifacts.js";
import type { Callback } from "../run/callbacks/callback.js";
import { csvLog } from "../run/logs/csv.js";
import { type Log, lineOf, logTo, namespaced } from "../run/logs/log.js";
import { tensorboardLog } from "../run/logs/tensorboard.js";
import type { BegunRun } from "./begin.js";
import type { RunFolder } from "./folder.js";
import { parseCount, parseNumber } from "./input.js";
import type { TrainFlags } from "./train-flags.js";

/** How often the weights' distributions are recorded in a run. */
const HISTOGRAMS = 20;
/** Evaluations during the run start from other states than the last one, which is to judge the best policy fairly. */
const EVALUATION = { episodes: 100, seed: 1 };

const LOGS: Readonly<Record<string, (run: BegunRun) => Log>> = {
  csv({ folder, past }) {
    const log = csvLog(join(folder.path, ARTIFACT.csv));
    for (const metrics of past) log.scalars(metrics.steps, namespaced(metrics));
    return log;
  },
  tensorboard({ folder, training }) {
    const { options, ...config } = training.config;
    return tensorboardLog(folder.path, { ...config, ...options });
  },
};

/** What flags ask for, checked. */
export interface Watching {
  readonly logs: readonly (keyof typeof LOGS)[];
  readonly evalEvery: number | undefined;
  readonly stopAt: number | undefined;
  readonly patience: number | undefined;
}

/** Refuses flags that can't be meant. */
export function watchingGiven(flags: TrainFlags): Watching {
  const logs = (flags.log ?? "").split(",").filter(Boolean);
  for (const name of logs) lookUp("log", LOGS, name);
  const [evalEvery, patience] = [parseCount("--eval-every", flags.evalEvery), parseCount("--patience", flags.patience)];
  ensure(patience === undefined || evalEvery !== undefined, () => "--patience counts evaluations; give --eval-every too");
  return { logs, evalEvery, stopAt: parseNumber("--stop-at", flags.stopAt), patience };
}

/** For what trains several runs at once. */
export function refuseWatching(what: string, { log, evalEvery, stopAt, patience }: TrainFlags): void {
  const given = Object.entries({ "--log": log, "--eval-every": evalEvery, "--stop-at": stopAt, "--patience": patience });
  const flag = given.find(([, value]) => value !== undefined)?.[0];
  ensure(flag === undefined, () => `${what} doesn't go with ${flag}, which is for one run at a time`);
}

/** The callbacks of a run, the guard first: what comes after it sees a policy that is finite. */
export async function watchersOf(run: BegunRun, { logs, evalEvery, stopAt, patience }: Watching): Promise<Callback[]> {
  const { folder, training } = run;
  const [evaluation, { nanGuard }] = await Promise.all([import("../run/callbacks/evaluation.js"), import("../run/callbacks/nan-guard.js")]);
  const { keepBest, periodicEvaluation, stopOnNoImprovement, stopOnReward } = evaluation;
  const judged = evalEvery === undefined ? { metric: "meanReturn" } : {};
  const saveBest = async (policy: { bytes(): Promise<Uint8Array> }) => folder.write(ARTIFACT.best, await policy.bytes());
  const histogramsEvery = Math.ceil(training.config.totalSteps / HISTOGRAMS);
  return [
    nanGuard(),
    ...(evalEvery === undefined ? [] : [periodicEvaluation({ every: evalEvery, ...EVALUATION }), keepBest(saveBest)]),
    ...(stopAt === undefined ? [] : [stopOnReward(stopAt, judged)]),
    ...(patience === undefined ? [] : [stopOnNoImprovement({ patience })]),
    logTo(progressLog(folder)),
    ...logs.map((name) =>
      logTo(
        openedLate(() => lookUp("log", LOGS, name)(run)),
        { histogramsEvery },
      ),
    ),
  ];
}

/** The best of the evaluations that a run reported, as its result tells it. */
export function bestOf(reports: readonly Metrics[]): { readonly bestMeanReturn?: number; readonly bestSteps?: number } {
  const evaluated = reports.map(({ steps, "eval/meanReturn": value = -Infinity }) => ({ bestMeanReturn: value, bestSteps: steps }));
  const [first] = evaluated.toSorted((a, b) => b.bestMeanReturn - a.bestMeanReturn);
  return first && Number.isFinite(first.bestMeanReturn) ? first : {};
}

/** The file that every run has. */
function progressLog(folder: RunFolder): Log {
  return { scalars: (step, values) => folder.log(lineOf(step, values)), close() {} };
}

/** A log that is opened by its first record: a run that fails before leaves nothing behind. */
function openedLate(open: () => Log): Log {
  let log: Log | undefined;
  return {
    scalars(step, values) {
      log ??= open();
      log.scalars(step, values);
    },
    histogram: (step, name, values) => log?.histogram?.(step, name, values),
    close: () => log?.close(),
  };
}
