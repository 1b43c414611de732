/** What training reports after each iteration. */

/** One iteration's report. Algorithms add their own scalars in camelCase: `policyLoss`, `approxKl`, … */
export interface Metrics {
  /** Iterations done, counted from 1. */
  readonly iteration: number;
  /** Environment steps done, all lanes together. */
  readonly steps: number;
  /** Environment steps that the run will take. */
  readonly totalSteps: number;
  /** Episodes that ended so far. */
  readonly episodes: number;
  /** Mean undiscounted return of the last (at most 100) episodes that ended; NaN before the first one. */
  readonly meanReturn: number;
  /** Mean length of the same episodes, in steps. */
  readonly meanLength: number;
  /** Seconds since training started. */
  readonly seconds: number;
  readonly stepsPerSecond: number;
  readonly [scalar: string]: number;
}
