/** Several algorithms on one environment, several seeds each, side by side over worker threads. */
import { type AlgorithmId, algorithms } from "../algos/registry.js";
import { ensure } from "../core/errors.js";
import type { Metrics } from "../core/metrics.js";
import { type EnvironmentId, environmentOf } from "../envs/registry.js";
import { type Band, bandOf, meanOf, standardErrorOf } from "./bands.js";
import { resolveConfig, type TrainOptions } from "./config.js";
import type { CurvePoint } from "./curve.js";
import { type FinishedRun, trainAll } from "./fleet.js";

/** What is compared, and how. */
export interface CompareOptions {
  readonly env: EnvironmentId;
  readonly algos: readonly AlgorithmId[];
  /** Runs of each algorithm, with the seeds 0, 1, …; 3 unless given. */
  readonly seeds?: number;
  /** Environment steps of each run; each algorithm's preset unless given. */
  readonly totalSteps?: number;
  /** Options of single algorithms, beyond their presets. */
  readonly options?: { readonly [A in AlgorithmId]?: Readonly<Record<string, unknown>> };
  /** The mean return that counts as reached; the environment's own unless given. */
  readonly threshold?: number;
  /** Episodes to evaluate each policy over; 100 unless given. */
  readonly episodes?: number;
  /** Worker threads; 1 unless given. */
  readonly threads?: number;
  /** Called with each report; `done` is the part (0 to 1) of all environment steps taken so far. */
  readonly onProgress?: (run: {
    readonly algo: AlgorithmId;
    readonly seed: number;
    readonly metrics: Metrics;
    readonly done: number;
  }) => void;
  readonly signal?: AbortSignal;
}

/** One algorithm's figures over its seeds. */
export interface ComparisonRow {
  readonly algo: AlgorithmId;
  readonly runs: readonly FinishedRun[];
  /** Mean over seeds of the mean evaluation return. */
  readonly meanReturn: number;
  /** Its standard error; NaN for one seed. */
  readonly standardError: number;
  /** Mean environment steps to the threshold, over the seeds that reached it in training; NaN if none did. */
  readonly stepsToThreshold: number;
  /** How many seeds reached it. */
  readonly reached: number;
  /** Mean wall time of a training, in seconds. */
  readonly seconds: number;
  /** Mean return in training against environment steps, with its 95 % confidence interval over seeds. */
  readonly band: Band;
}

/** What {@link compare} found. */
export interface Comparison {
  readonly env: EnvironmentId;
  readonly seeds: number;
  /** NaN if the environment has none and none was given. */
  readonly threshold: number;
  readonly rows: readonly ComparisonRow[];
}

/** Trains every algorithm with every seed and sums up. Throws a UsageError at once if a run can't be right. */
export async function compare({ env, algos, seeds = 3, threads = 1, episodes = 100, ...given }: CompareOptions): Promise<Comparison> {
  ensure(algos.length > 0, () => `name algorithms to compare; there are: ${Object.keys(algorithms).join(", ")}`);
  for (const [name, value] of Object.entries({ seeds, threads, episodes })) {
    ensure(Number.isSafeInteger(value) && value > 0, () => `${name} is a positive integer, not ${value}`);
  }
  const { threshold = environmentOf(env).rewardThreshold ?? Number.NaN, totalSteps, options = {}, onProgress, signal } = given;
  const runs = algos.flatMap((algo) => Array.from({ length: seeds }, (_, seed) => runOf(env, algo, seed, totalSteps, options[algo])));
  const allSteps = runs.map((run) => resolveConfig(run).totalSteps).reduce((sum, steps) => sum + steps, 0);
  const taken = runs.map(() => 0);
  const onMetrics = (index: number, metrics: Metrics) => {
    taken[index] = Math.min(metrics.steps, metrics.totalSteps);
    const { algo, seed = 0 } = runs[index] as TrainOptions;
    onProgress?.({ algo, seed, metrics, done: taken.reduce((sum, steps) => sum + steps, 0) / allSteps });
  };
  const finished = await trainAll(runs, { threads, episodes, onMetrics, ...(signal && { signal }) });
  const rows = algos.map((algo, i) => rowOf(algo, finished.slice(i * seeds, (i + 1) * seeds), threshold));
  return { env, seeds, threshold, rows };
}

function runOf(env: EnvironmentId, algo: AlgorithmId, seed: number, totalSteps: number | undefined, options = {}): TrainOptions {
  return { ...options, algo, env, seed, ...(totalSteps !== undefined && { totalSteps }) } as TrainOptions;
}

function rowOf(algo: AlgorithmId, runs: readonly FinishedRun[], threshold: number): ComparisonRow {
  const returns = runs.map(({ evaluation }) => evaluation.meanReturn);
  const arrivals = runs.map(({ curve }) => stepsTo(curve, threshold)).filter((steps) => steps !== undefined);
  return {
    algo,
    runs,
    meanReturn: meanOf(returns),
    standardError: standardErrorOf(returns),
    stepsToThreshold: meanOf(arrivals),
    reached: arrivals.length,
    seconds: meanOf(runs.map(({ seconds }) => seconds)),
    band: bandOf(runs.map(({ curve }) => curve)),
  };
}

function stepsTo(curve: readonly CurvePoint[], threshold: number): number | undefined {
  return curve.find(({ meanReturn }) => meanReturn >= threshold)?.steps;
}
