/** One run on several seeds, side by side over worker threads: what a figure of an algorithm should be the mean of. */
import { ensure } from "../core/errors.js";
import { type Band, bandOf, meanOf, standardErrorOf } from "./bands.js";
import type { TrainOptions } from "./config.js";
import { type FinishedRun, type FleetOptions, trainAll } from "./fleet.js";

/** How {@link trainSeeds} goes about it. */
export interface SeedsOptions extends Partial<FleetOptions> {
  /** How many: the run's own seed and those that follow; 3 unless given. */
  readonly seeds?: number;
}

/** What came of several seeds. */
export interface SeedsResult {
  /** In the order of their seeds. */
  readonly runs: readonly FinishedRun[];
  /** Mean over seeds of the mean evaluation return. */
  readonly meanReturn: number;
  /** Its deviation from seed to seed, unbiased; NaN for one. */
  readonly stdReturn: number;
  readonly minReturn: number;
  readonly maxReturn: number;
  /** Mean return in training against environment steps, with its 95 % confidence interval over seeds. */
  readonly band: Band;
}

/**
 * Trains and evaluates every seed, at most `threads` (1 unless given) at a time; each comes to what it comes to alone. A seed whose numbers are
 * none any more is given up, and counts with its last policy that was whole; where that happens in its first iteration a DivergenceError is
 * thrown. Throws a UsageError if a run can't be right.
 */
export async function trainSeeds(
  options: TrainOptions,
  { seeds = 3, threads = 1, episodes = 100, ...rest }: SeedsOptions = {},
): Promise<SeedsResult> {
  for (const [name, value] of Object.entries({ seeds, threads, episodes })) {
    ensure(Number.isSafeInteger(value) && value > 0, () => `${name} is a positive integer, not ${value}`);
  }
  const { seed: first = 0, initialPolicy, checkpoint } = options;
  ensure(checkpoint === undefined, () => "checkpoints of several seeds would overwrite each other: train each seed by itself");
  const list = Array.from({ length: seeds }, (_, i) => ({
    ...options,
    seed: first + i,
    ...(initialPolicy instanceof Uint8Array && { initialPolicy: initialPolicy.slice() }), // each run is handed its own
    ...(initialPolicy instanceof ArrayBuffer && { initialPolicy: initialPolicy.slice(0) }),
  }));
  const runs = await trainAll(list, { threads, episodes, ...rest });
  const returns = runs.map(({ evaluation }) => evaluation.meanReturn);
  return {
    runs,
    meanReturn: meanOf(returns),
    stdReturn: standardErrorOf(returns) * Math.sqrt(seeds),
    minReturn: Math.min(...returns),
    maxReturn: Math.max(...returns),
    band: bandOf(runs.map(({ curve }) => curve)),
  };
}
