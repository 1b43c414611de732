/** Evaluation while training goes on, on environments of its own, and what follows from it. */
import { ensure } from "../../core/errors.js";
import type { Metrics } from "../../core/metrics.js";
import type { Policy } from "../../policy/policy.js";
import { type EvaluateOptions, evaluate } from "../evaluate.js";
import type { Callback } from "./callback.js";

/** How often {@link periodicEvaluation} plays, and how. */
export interface EvaluationOptions extends EvaluateOptions {
  /** Environment steps from one evaluation to the next. */
  readonly every: number;
}

/** Evaluates the policy at intervals, and adds `eval/meanReturn` and `eval/stdReturn` to that iteration's metrics. */
export function periodicEvaluation({ every, ...options }: EvaluationOptions): Callback {
  ensure(Number.isSafeInteger(every) && every > 0, () => `every is a positive number of steps, not ${every}`);
  let done = 0;
  return {
    onResume(past) {
      done = Math.floor((past.at(-1)?.steps ?? 0) / every);
    },
    async onIteration({ steps }, run) {
      if (Math.floor(steps / every) === done) return undefined;
      done = Math.floor(steps / every);
      const { meanReturn, stdReturn } = await evaluate(await run.policy(), options);
      return { metrics: { "eval/meanReturn": meanReturn, "eval/stdReturn": stdReturn } };
    },
  };
}

/** Which metric counts: a name that iterations report, now and then or always. */
export interface Judged {
  /** `eval/meanReturn` unless given; `meanReturn` is that of episodes in training. */
  readonly metric?: string;
}

/** Hands over the policy whenever the metric is higher than ever before. */
export function keepBest(save: (policy: Policy, metrics: Metrics) => unknown, { metric = "eval/meanReturn" }: Judged = {}): Callback {
  let best = -Infinity;
  const isBest = (metrics: Metrics) => {
    const value = metrics[metric] ?? Number.NaN;
    if (!(value > best)) return false;
    best = value;
    return true;
  };
  return {
    onResume: (past) => past.forEach(isBest),
    async onIteration(metrics, run) {
      if (!isBest(metrics)) return undefined;
      await save(await run.policy(), metrics);
      return undefined;
    },
  };
}

/** Ends the run once the metric reaches the threshold. */
export function stopOnReward(threshold: number, { metric = "eval/meanReturn" }: Judged = {}): Callback {
  return {
    onIteration: (metrics) => {
      const value = metrics[metric] ?? Number.NaN;
      return value >= threshold ? { stop: `${metric} reached ${threshold}: it is ${value}` } : undefined;
    },
  };
}

/** When {@link stopOnNoImprovement} loses its patience. */
export interface PatienceOptions extends Judged {
  /** How often in a row the metric may be reported without a new best. */
  readonly patience: number;
  /** By how much a new best must be higher than the last; 0 unless given. */
  readonly minDelta?: number;
}

/** Ends the run once the metric has not improved for a while. */
export function stopOnNoImprovement({ patience, minDelta = 0, metric = "eval/meanReturn" }: PatienceOptions): Callback {
  ensure(Number.isSafeInteger(patience) && patience > 0, () => `patience is a positive integer, not ${patience}`);
  let best = -Infinity;
  let waited = 0;
  const take = (value: number) => {
    waited = value > best + minDelta ? 0 : waited + 1;
    best = waited === 0 ? value : best;
  };
  return {
    onResume(past) {
      for (const { [metric]: value = Number.NaN } of past) if (!Number.isNaN(value)) take(value);
    },
    onIteration(metrics) {
      const value = metrics[metric];
      if (value === undefined || Number.isNaN(value)) return undefined;
      take(value);
      return waited < patience ? undefined : { stop: `${metric} has not risen above ${best} for ${patience} reports` };
    },
  };
}
