/** Many runs side by side, each in a worker thread of its own. */
import type { Metrics } from "../core/metrics.js";
import type { Policy } from "../policy/policy.js";
import { DivergenceError } from "./callbacks/nan-guard.js";
import type { ResolvedConfig, TrainOptions } from "./config.js";
import type { CurvePoint } from "./curve.js";
import type { Evaluation } from "./evaluate.js";
import { createTrainer, type Trainer } from "./trainer.js";

/** What a run of a fleet is told. */
export type FleetRun = TrainOptions;

/** A run that was trained and evaluated. */
export interface FinishedRun {
  readonly config: ResolvedConfig;
  /** Mean return of the latest 100 episodes in training, at each report. */
  readonly curve: readonly CurvePoint[];
  /** Environment steps taken. */
  readonly steps: number;
  /** Wall time of the training, without evaluation. */
  readonly seconds: number;
  readonly evaluation: Evaluation;
  /** Why it was given up, where its numbers were none any more; then what was evaluated is the last policy that was whole. */
  readonly diverged?: string;
}

/** How many runs at once, and who hears of them. */
export interface FleetOptions {
  /** Worker threads, at most as many as runs. */
  readonly threads: number;
  /** Episodes to evaluate each policy over. */
  readonly episodes: number;
  /** Environment steps after which a run is ended early; its schedules still go by all of its steps. */
  readonly stopAfter?: number;
  /** Called with each report of each run; `index` is the run's place in the list. */
  readonly onMetrics?: (index: number, metrics: Metrics) => void;
  /** Called with each policy that was trained, after its evaluation. */
  readonly onPolicy?: (index: number, policy: Policy) => void | Promise<void>;
  /** Aborting ends all workers, as an error in any of them does; the promise rejects with the reason. */
  readonly signal?: AbortSignal;
}

/**
 * Trains and evaluates every run; results stand in the order of the list, whichever finishes first. A run whose numbers are none any more is
 * given up, and is evaluated with its last policy that was whole; where that happens in its first iteration a DivergenceError ends all of them.
 */
export async function trainAll(runs: readonly FleetRun[], options: FleetOptions): Promise<FinishedRun[]> {
  const results: FinishedRun[] = [];
  const waiting = runs.map((run, index) => ({ run, index }));
  const end = new AbortController();
  const abort = () => end.abort(options.signal?.reason);
  options.signal?.addEventListener("abort", abort, { once: true });
  if (options.signal?.aborted) abort();
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      results[next.index] = await trainOne(next.run, next.index, { ...options, signal: end.signal });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(options.threads, runs.length) }, work));
  } catch (error) {
    end.abort(error);
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", abort);
  }
  return results;
}

/** One run in a fresh worker: nothing of the run before it is left over. */
async function trainOne(
  run: FleetRun,
  index: number,
  { episodes, onMetrics, onPolicy, signal, stopAfter = Infinity }: FleetOptions & { readonly signal: AbortSignal },
): Promise<FinishedRun> {
  signal.throwIfAborted();
  const trainer: Trainer = await createTrainer();
  const terminate = () => trainer.terminate();
  signal.addEventListener("abort", terminate, { once: true });
  try {
    const config = await trainer.start(run, { stopAfter, isGuarded: true });
    const curve: CurvePoint[] = [];
    let last: Metrics | undefined;
    for (let metrics = await trainer.next(); metrics; metrics = await trainer.next()) {
      last = metrics;
      curve.push({ steps: metrics.steps, meanReturn: metrics.meanReturn });
      onMetrics?.(index, metrics);
    }
    const evaluation = await trainer.evaluate({ episodes });
    await onPolicy?.(index, await trainer.policy());
    const diverged = await trainer.diverged();
    return { config, curve, steps: last?.steps ?? 0, seconds: last?.seconds ?? 0, evaluation, ...(diverged !== undefined && { diverged }) };
  } catch (error) {
    signal.throwIfAborted(); // the reason, rather than that its worker was terminated
    if (!(error instanceof Error) || error.name !== "DivergenceError") throw error;
    throw new DivergenceError(`${run.algo}, seed ${run.seed ?? 0}: ${error.message}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", terminate);
    terminate();
  }
}
