/** The zoo: every algorithm on every environment that it has a preset for, on several seeds, evaluated alike. */
import type { Algorithm } from "../../algos/algorithm.js";
import { type AlgorithmId, algorithms } from "../../algos/registry.js";
import { ensure } from "../../core/errors.js";
import type { Metrics } from "../../core/metrics.js";
import { type EnvironmentId, environments } from "../../envs/registry.js";
import { resolveConfig } from "../config.js";
import type { FleetRun } from "../fleet.js";
import { bootstrapInterval, type Interval, interquartileMean } from "../statistics.js";
import type { TrialQueue } from "../trials/queue.js";
import type { Trial, TrialStore } from "../trials/store.js";
import { type Reference, RL_ZOO } from "./reference.js";

/** An algorithm with a preset for an environment. */
export interface Pair {
  readonly algo: AlgorithmId;
  readonly env: EnvironmentId;
}

export interface ZooOptions {
  readonly pairs: readonly Pair[];
  /** Runs of each pair, with the seeds 0, 1, … */
  readonly seeds: number;
  /** Episodes to evaluate each policy over. */
  readonly episodes: number;
  /** Environment steps of each run, instead of the preset's. */
  readonly totalSteps?: number;
  readonly queue: TrialQueue;
  /** Where runs that are done already are found, and others are put. */
  readonly store: TrialStore;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ZooProgress) => void;
}

export interface ZooProgress {
  /** Runs that are done, those found in the store included. */
  readonly finished: number;
  readonly runs: number;
  /** Part (0 to 1) of the environment steps that had to be taken. */
  readonly done: number;
  /** The run that was heard of last, and its latest metrics. */
  readonly run: Pair & { readonly seed: number };
  readonly metrics: Metrics | undefined;
}

/** What a pair came to over its seeds. */
export interface ZooRow extends Pair {
  /** Environment steps of each run. */
  readonly steps: number;
  /** Mean return of each seed's evaluation. */
  readonly returns: readonly number[];
  /** How many of them were given up because their numbers were none any more; what counts then is the last policy that was whole. */
  readonly diverged?: number;
  readonly interquartileMean: number;
  /** Its 95 % bootstrap interval over seeds. */
  readonly interval: Interval;
  /** Episodes of each evaluation. */
  readonly episodes: number;
  /** Mean wall time of a training. */
  readonly seconds: number;
  readonly reference?: Reference;
}

/** All pairs that there are presets for, or those of them that are among the named. Throws a UsageError where nothing is left. */
export function pairsOf(algos: readonly string[] = Object.keys(algorithms), envs: readonly string[] = Object.keys(environments)): Pair[] {
  const pairs = Object.values(algorithms as Readonly<Record<string, Algorithm>>).flatMap(({ id, presets }) =>
    Object.keys(presets).map((env) => ({ algo: id as AlgorithmId, env: env as EnvironmentId })),
  );
  const chosen = pairs.filter(({ algo, env }) => algos.includes(algo) && envs.includes(env));
  ensure(chosen.length > 0, () => `there is no preset of ${algos.join(", ")} for ${envs.join(", ")}`);
  return chosen;
}

/** Trains whatever is not in the store yet, and sums all of it up. */
export async function runZoo({ pairs, seeds, episodes, totalSteps, queue, store, signal, onProgress }: ZooOptions): Promise<ZooRow[]> {
  const runs = pairs.flatMap((pair) => Array.from({ length: seeds }, (_, seed) => ({ ...pair, seed, ...(totalSteps && { totalSteps }) })));
  const missing = runs.filter((run) => store.find(nameOf(run), resolveConfig(run as FleetRun), episodes) === undefined);
  const taken = new Map(missing.map((run) => [run, 0]));
  const allSteps = missing.reduce((sum, run) => sum + stepsOf(run), 0);
  let finished = runs.length - missing.length;
  const report = (run: Pair & { seed: number }, metrics: Metrics | undefined) => {
    const steps = [...taken.values()].reduce((sum, value) => sum + value, 0);
    onProgress?.({ finished, runs: runs.length, done: allSteps > 0 ? steps / allSteps : 1, run, metrics });
  };
  const end = new AbortController();
  const ended = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  const trainOne = async (run: (typeof runs)[number]) => {
    const onMetrics = (metrics: Metrics) => {
      taken.set(run, Math.min(metrics.steps, metrics.totalSteps));
      report(run, metrics);
    };
    store.save(nameOf(run), await queue.run(run as FleetRun, { episodes, signal: ended, onMetrics }));
    taken.set(run, stepsOf(run));
    finished++;
    report(run, undefined);
  };
  try {
    await Promise.all(missing.map(trainOne));
  } catch (error) {
    end.abort(error);
    throw error;
  }
  return pairs.map((pair) => {
    const trials = runs.filter(({ algo, env }) => algo === pair.algo && env === pair.env);
    return rowOf(
      pair,
      trials.map((run) => store.find(nameOf(run), resolveConfig(run as FleetRun), episodes) as Trial),
    );
  });
}

const nameOf = ({ algo, env, seed }: Pair & { seed: number }) => `${algo}_${env}_${seed}`;
const stepsOf = (run: Pair & { seed: number }) => resolveConfig(run as FleetRun).totalSteps;

function rowOf({ algo, env }: Pair, trials: readonly Trial[]): ZooRow {
  const returns = trials.map(({ evaluation }) => evaluation.meanReturn);
  const reference = RL_ZOO[env]?.[algo];
  const given = trials.filter(({ diverged }) => diverged !== undefined).length;
  return {
    algo,
    env,
    steps: Math.max(...trials.map(({ steps }) => steps)),
    returns,
    ...(given > 0 && { diverged: given }),
    interquartileMean: interquartileMean(returns),
    interval: bootstrapInterval(returns, interquartileMean),
    episodes: trials[0]?.evaluation.episodes ?? 0,
    seconds: trials.reduce((sum, { seconds }) => sum + seconds, 0) / trials.length,
    ...(reference && { reference }),
  };
}
