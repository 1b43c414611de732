/** Ends a run as soon as a number in it is none any more, with what it had learned before. */
import type { Metrics } from "../../core/metrics.js";
import { PolicyFormatError } from "../../policy/format.js";
import type { Policy } from "../../policy/policy.js";
import type { Callback } from "./callback.js";

/** Metrics that have no value where there is nothing to measure yet: no episode has ended, returns don't vary, no time has passed. */
const MAY_BE_UNKNOWN: readonly string[] = ["meanReturn", "meanLength", "explainedVariance", "stepsPerSecond"];

/**
 * Stops at the first iteration that leaves a metric or a weight that isn't finite, and names it. The run's policy is then that of
 * the iteration before; a run that fails in its first has none, and the guard throws.
 */
export function nanGuard(): Callback {
  let good: Policy | undefined;
  return {
    async onIteration(metrics, run) {
      const found = nonFinite(metrics);
      const policy = found === undefined ? await finitePolicy(run) : found;
      if (typeof policy !== "string") {
        good = policy;
        return undefined;
      }
      const stop = `${policy} after ${metrics.steps} steps`;
      if (!good) throw new Error(`${stop}, in the first iteration`);
      return { stop, policy: good };
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
