/** Runs that wait for their turn. Behind the interface stands a pool of worker threads; it could be a queue of jobs on other machines. */
import type { Metrics } from "../../core/metrics.js";
import { type FinishedRun, type FleetRun, trainAll } from "../fleet.js";

export interface TrialOptions {
  /** Episodes to evaluate the policy over. */
  readonly episodes: number;
  /** Environment steps after which the run is ended early. */
  readonly stopAfter?: number;
  readonly onMetrics?: (metrics: Metrics) => void;
  /** Aborting ends the run; its promise rejects with the reason. */
  readonly signal?: AbortSignal;
}

export interface TrialQueue {
  /** How many runs it works on at once. */
  readonly width: number;
  /** Trains and evaluates as soon as there is room; what was asked for first begins first. */
  run(run: FleetRun, options: TrialOptions): Promise<FinishedRun>;
}

/** A queue that works on `threads` runs at once, each in a worker thread of its own. */
export function threadQueue(threads: number): TrialQueue {
  const waiting: (() => void)[] = [];
  let busy = 0;
  const enter = async () => {
    if (busy >= threads) await new Promise<void>((begin) => waiting.push(begin));
    else busy++;
  };
  const leave = () => {
    const next = waiting.shift();
    if (next) next();
    else busy--;
  };
  return {
    width: threads,
    async run(run, { episodes, stopAfter, onMetrics, signal }) {
      await enter();
      try {
        signal?.throwIfAborted();
        const listen = onMetrics && { onMetrics: (_: number, metrics: Metrics) => onMetrics(metrics) };
        const [finished] = await trainAll([run], {
          threads: 1,
          episodes,
          ...(stopAfter && { stopAfter }),
          ...listen,
          ...(signal && { signal }),
        });
        return finished as FinishedRun;
      } finally {
        leave();
      }
    },
  };
}
