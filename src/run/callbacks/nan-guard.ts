/** Gives a run up as soon as a number in it is none any more, with what it had learned before. */
import { now } from "../../core/clock.js";
import type { Metrics } from "../../core/metrics.js";
import { PolicyFormatError } from "../../policy/format.js";
import type { Policy } from "../../policy/policy.js";
import type { Callback } from "./callback.js";

/** Metrics that have no value where there is nothing to measure yet: no episode has ended, returns don't vary, no time has passed. */
const MAY_BE_UNKNOWN: readonly string[] = ["meanReturn", "meanLength", "explainedVariance", "stepsPerSecond"];

/** How closely {@link nanGuard} looks. */
export interface GuardOptions {
  /** Milliseconds from one look at the weights to the next, which takes a copy of the policy; 1000 unless given, 0 for every iteration. */
  readonly interval?: number;
}

/** A run from the start whose first iteration left a number that is none: there is nothing to go back to. */
export class DivergenceError extends Error {
  override readonly name = "DivergenceError";
}

/**
 * Gives a run up at the first iteration that leaves a metric that isn't finite, or a weight at the last look at them, and names it.
 * The run's policy is then the last that was found finite, of the checkpoint that it went on from at the earliest, and it leaves no
 * checkpoint of where it stands; where that happens in the first iteration of a run from the start there is no policy, and a
 * {@link DivergenceError} says so.
 */
export function nanGuard({ interval = 1000 }: GuardOptions = {}): Callback {
  let good: Policy | undefined;
  let lookedAt = -Infinity;
  return {
    async onIteration(metrics, run) {
      let found = nonFinite(metrics);
      const isLast = metrics.steps >= metrics.totalSteps;
      if (found === undefined && (isLast || now() - lookedAt >= interval)) {
        const policy = await finitePolicy(run);
        if (typeof policy === "string") found = policy;
        else good = policy;
        lookedAt = now();
      }
      if (found === undefined) return undefined;
      run.abandon();
      good ??= run.resumedAt?.policy;
      const diverged = `${found} after ${metrics.steps} steps`;
      if (!good) throw new DivergenceError(`${diverged}, in the first iteration`);
      return { diverged, policy: good };
    },
  };
}

/** The first metric that isn't finite, and what it is instead. */
function nonFinite(metrics: Metrics): string | undefined {
  const found = Object.entries(metrics).find(([name, value]) => !Number.isFinite(value) && !MAY_BE_UNKNOWN.includes(name));
  return found && `${found[0]} is ${found[1]}`;
}

/** The policy, which is refused where a weight isn't finite; then which one. */
async function finitePolicy(run: { policy(): Promise<Policy> }): Promise<Policy | string> {
  try {
    return await run.policy();
  } catch (error) {
    if (error instanceof PolicyFormatError) return error.message;
    throw error;
  }
}
