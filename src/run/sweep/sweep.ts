/**
 * Searches for options: a grid, random points, or random points of which only the better ones get more steps.
 * Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning" (arXiv:1810.05934), algorithm 2, ASHA.
 *
 * Departure from the paper: a promoted trial is trained again from its beginning, with the same bits, instead of being held in memory.
 */
import { type AlgorithmId, algorithms } from "../../algos/registry.js";
import { ensure, lookUp, UsageError } from "../../core/errors.js";
import type { Metrics } from "../../core/metrics.js";
import { type EnvironmentId, environments } from "../../envs/registry.js";
import { DivergenceError } from "../callbacks/nan-guard.js";
import { fieldsOf, resolveConfig, runFields } from "../config.js";
import type { FleetRun } from "../fleet.js";
import { presetFor } from "../presets.js";
import type { TrialQueue } from "../trials/queue.js";
import type { TrialStore } from "../trials/store.js";
import { checkSpace, gridPoints, type Point, randomPoint, type Space } from "./space.js";

export const METHODS = ["random", "grid", "asha"] as const;

/** What is searched, and how. */
export interface SweepConfig {
  readonly algo: AlgorithmId;
  readonly env: EnvironmentId;
  readonly method: (typeof METHODS)[number];
  readonly space: Space;
  /** Options that every trial has. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Points that are drawn; a grid has as many as it has. */
  readonly trials?: number;
  /** Environment steps of a whole trial; the preset's unless given. */
  readonly totalSteps?: number;
  /** Of the points, and of every trial; 0 unless given. */
  readonly seed?: number;
  /** Episodes to evaluate each policy over; 20 unless given. */
  readonly episodes?: number;
  /** asha: environment steps after which trials are compared first; a ninth of all unless given. */
  readonly minSteps?: number;
  /** asha: η; of so many trials one goes on, to so many times the steps; 3 unless given. */
  readonly eta?: number;
}

export interface SweepRow {
  readonly trial: number;
  readonly point: Point;
  /** Environment steps of its last evaluation. */
  readonly steps: number;
  /** Mean return of that; NaN if the point was refused. */
  readonly meanReturn: number;
  /** Why its options can't be. */
  readonly refused?: string;
  /** Which of its numbers was none any more; it goes no further, and its return is that of the last policy that was whole, or NaN. */
  readonly diverged?: string;
}

export interface SweepOptions {
  readonly queue: TrialQueue;
  readonly store: TrialStore;
  readonly signal?: AbortSignal;
  /** Called with each evaluation. */
  readonly onRow?: (row: SweepRow) => void;
  readonly onMetrics?: (trial: number, metrics: Metrics) => void;
}

const DEFAULTS = { trials: 16, seed: 0, episodes: 20, eta: 3 };
const COUNTS = ["trials", "totalSteps", "episodes", "minSteps", "eta"] as const;

/** The config with nothing left open. Throws a UsageError where something can't be right. */
export function checkSweep(config: SweepConfig): Required<SweepConfig> {
  const known = ["algo", "env", "method", "space", "options", "seed", ...COUNTS];
  for (const key of Object.keys(config)) ensure(known.includes(key), () => `a sweep has no "${key}"; it has: ${known.join(", ")}`);
  ensure(METHODS.includes(config.method), () => `method is one of ${METHODS.join(", ")}, not ${JSON.stringify(config.method)}`);
  for (const key of COUNTS) {
    const value = config[key];
    ensure(
      value === undefined || (Number.isSafeInteger(value) && value > 0),
      () => `${key} is a positive integer, not ${JSON.stringify(value)}`,
    );
  }
  ensure(typeof config.space === "object" && config.space !== null, () => "space is an object: a list or range for each option");
  checkSpace(config.space);
  const { algo, env, seed = DEFAULTS.seed, options = {}, eta = DEFAULTS.eta } = config;
  lookUp("algorithm", algorithms, algo);
  lookUp("environment", environments, env);
  const fields = fieldsOf(algo);
  for (const name of Object.keys({ ...options, ...config.space })) {
    ensure(Object.hasOwn(fields, name), () => `${algo} has no option "${name}"; it has: ${Object.keys(fields).join(", ")}`);
  }
  const totalSteps = config.totalSteps ?? presetFor(algo, env).totalSteps ?? runFields.totalSteps.default;
  ensure(eta > 1, () => `eta is an integer above 1, not ${eta}`);
  const minSteps = config.minSteps ?? Math.max(1, Math.floor(totalSteps / eta ** 2));
  return { ...DEFAULTS, ...config, options, seed, eta, totalSteps, minSteps };
}

/** Searches; rows stand with the best of the longest first. Trials that the store holds aren't trained again. */
export async function sweep(given: SweepConfig, options: SweepOptions): Promise<SweepRow[]> {
  const config = checkSweep(given);
  const points =
    config.method === "grid"
      ? gridPoints(config.space)
      : Array.from({ length: config.trials }, (_, index) => randomPoint(config.space, config.seed, index));
  const rungs = config.method === "asha" ? rungsOf(config) : [config.totalSteps];
  const results = await climb(points, rungs, config, options);
  return points
    .map((point, trial) => results[trial] ?? { trial, point, steps: 0, meanReturn: Number.NaN })
    .sort((a, b) => b.steps - a.steps || rank(b) - rank(a) || a.trial - b.trial);
}

const rank = ({ meanReturn, diverged }: SweepRow) => (Number.isNaN(meanReturn) || diverged !== undefined ? -Infinity : meanReturn);

/** minSteps, η minSteps, η² minSteps, …, totalSteps */
function rungsOf({ minSteps, totalSteps, eta }: Required<SweepConfig>): number[] {
  const rungs: number[] = [];
  for (let steps = minSteps; steps < totalSteps; steps *= eta) rungs.push(steps);
  return [...rungs, totalSteps];
}

/** Workers ask for the next job until there is none and none can come; returns each trial's last row. */
async function climb(
  points: readonly Point[],
  rungs: readonly number[],
  config: Required<SweepConfig>,
  options: SweepOptions,
): Promise<SweepRow[]> {
  const ladder = new Ladder(points.length, rungs.length, config.eta);
  const last: SweepRow[] = [];
  const end = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, end.signal]) : end.signal;
  const running = new Set<Promise<void>>();
  const begin = ({ trial, rung }: Job) => {
    const work = evaluateTrial(trial, points[trial] as Point, rungs[rung] as number, config, { ...options, signal }).then((row) => {
      ladder.report({ trial, rung }, rank(row));
      last[trial] = row;
      options.onRow?.(row);
    });
    running.add(work);
    work.finally(() => running.delete(work)).catch(() => {});
  };
  try {
    const nextJob = () => ladder.next() ?? (running.size === 0 ? ladder.finalist() : undefined);
    for (let job = nextJob(); job || running.size > 0; job = nextJob()) {
      if (job) begin(job);
      if (!job || running.size >= options.queue.width) await Promise.race(running);
    }
  } catch (error) {
    end.abort(error);
    throw error;
  }
  return last;
}

interface Job {
  readonly trial: number;
  readonly rung: number;
}

/** Which trial goes to which rung next (ASHA's get_job). */
class Ladder {
  /** Results of each rung: ranks by trial. */
  readonly #results: readonly Map<number, number>[];
  readonly #promoted: readonly Set<number>[];
  #begun = 0;

  constructor(
    readonly trials: number,
    readonly rungs: number,
    readonly eta: number,
  ) {
    this.#results = Array.from({ length: rungs }, () => new Map());
    this.#promoted = Array.from({ length: rungs }, () => new Set());
  }

  report({ trial, rung }: Job, rank: number): void {
    this.#results[rung]?.set(trial, rank);
  }

  next(): Job | undefined {
    for (let rung = this.rungs - 2; rung >= 0; rung--) {
      const trial = this.#promotable(rung);
      if (trial === undefined) continue;
      this.#promoted[rung]?.add(trial);
      return { trial, rung: rung + 1 };
    }
    return this.#begun < this.trials ? { trial: this.#begun++, rung: 0 } : undefined;
  }

  /** Where trials are too few for anyone to come to the last rung: the best of the highest one that was reached goes there. */
  finalist(): Job | undefined {
    const rung = this.#results.findLastIndex((results) => [...results.values()].some((value) => value > -Infinity));
    const [trial] = this.#ranked(rung)[0] ?? [];
    return trial === undefined || rung === this.rungs - 1 ? undefined : { trial, rung: this.rungs - 1 };
  }

  /** The best of the top 1/η of a rung that hasn't gone on yet. */
  #promotable(rung: number): number | undefined {
    const results = this.#ranked(rung);
    const top = results.slice(0, Math.floor(results.length / this.eta));
    return top.find(([trial, value]) => value > -Infinity && !this.#promoted[rung]?.has(trial))?.[0];
  }

  #ranked(rung: number): [trial: number, rank: number][] {
    return [...(this.#results[rung] ?? [])].sort(([a, x], [b, y]) => y - x || a - b);
  }
}

/** Trains a point for so many steps, unless that was done before or can't be. */
async function evaluateTrial(
  trial: number,
  point: Point,
  steps: number,
  { algo, env, seed, totalSteps, episodes, options }: Required<SweepConfig>,
  { queue, store, signal, onMetrics }: SweepOptions,
): Promise<SweepRow> {
  const run = { ...options, ...point, algo, env, seed, totalSteps } as FleetRun;
  try {
    const name = `trial-${String(trial).padStart(4, "0")}_${steps}`;
    let done = store.find(name, resolveConfig(run), episodes);
    if (!done) {
      const listen = onMetrics && { onMetrics: (metrics: Metrics) => onMetrics(trial, metrics) };
      const finished = await queue.run(run, { episodes, stopAfter: steps, ...listen, ...(signal && { signal }) });
      store.save(name, finished);
      done = finished;
    }
    const { steps: taken, evaluation, diverged } = done;
    return { trial, point, steps: taken, meanReturn: evaluation.meanReturn, ...(diverged !== undefined && { diverged }) };
  } catch (error) {
    const nothing = { trial, point, steps: 0, meanReturn: Number.NaN };
    if (error instanceof UsageError) return { ...nothing, refused: error.message };
    if (error instanceof DivergenceError) return { ...nothing, diverged: error.message };
    throw error;
  }
}
