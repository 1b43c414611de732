/** Watching a run from outside: hooks that see every iteration, add metrics, and may end it. */
import type { Metrics } from "../../core/metrics.js";
import type { Policy } from "../../policy/policy.js";
import type { Training } from "../training.js";

/** The run, as a callback sees it. */
export type Watched = Pick<Training, "config" | "resumedAt" | "policy" | "abandon">;

/** What a callback has to say after an iteration. */
export interface Verdict {
  /** Added to the iteration's metrics, for callbacks after this one and for the loop. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Why the run ends after this iteration. */
  readonly stop?: string;
  /** Why it is given up after this iteration: which of its numbers is none any more. */
  readonly diverged?: string;
  /** What {@link Training.policy} gives from now on, instead of the policy as it now is. */
  readonly policy?: Policy;
}

/** Why a run is over: its steps are done, its loop was left, a callback stopped it or gave it up, or something failed. */
export type End =
  | { readonly kind: "done" | "left" }
  | { readonly kind: "stopped" | "diverged"; readonly reason: string }
  | { readonly kind: "failed"; readonly error: unknown };

/** Hooks, each of them optional. They are called one after the other, in the order of the list. */
export interface Callback {
  /** Before the first iteration. */
  onStart?(run: Watched): unknown;
  /** Before that, where the run goes on: what it reported earlier, iteration by iteration. */
  onResume?(past: readonly Metrics[]): void;
  /** After each iteration. */
  onIteration?(metrics: Metrics, run: Watched): Verdict | undefined | Promise<Verdict | undefined>;
  /** After the last, whatever ended the run. */
  onEnd?(end: End, run: Watched): unknown;
}

/** A run with callbacks. */
export interface WatchedTraining extends Training {
  /** Why the run is over; undefined while it goes on. */
  readonly end: End | undefined;
}

/**
 * The same run, watched. A callback that throws ends it, as an error in the algorithm would.
 * @param past what a run that is resumed reported before, with what callbacks added
 */
export function watch(training: Training, callbacks: readonly Callback[], past: readonly Metrics[] = []): WatchedTraining {
  let end: End | undefined;
  let kept: Policy | undefined;
  const run: Watched = {
    get config() {
      return training.config;
    },
    get resumedAt() {
      return training.resumedAt;
    },
    policy: async () => kept ?? training.policy(),
    abandon: () => training.abandon(),
  };

  async function* iterate(): AsyncGenerator<Metrics, void, undefined> {
    let how: End = { kind: "left" };
    try {
      if (past.length > 0) for (const callback of callbacks) callback.onResume?.(past);
      for (const callback of callbacks) await callback.onStart?.(run);
      for await (const metrics of training) {
        const { seen, over } = await tell(metrics);
        if (over) how = over;
        yield seen;
        if (over) return;
      }
      how = { kind: "done" };
    } catch (error) {
      how = { kind: "failed", error };
      throw error;
    } finally {
      await training.return?.();
      end = how;
      await finish(how);
    }
  }

  /** All callbacks, even where one of them fails. What failed first is thrown: the run itself, or one of them. */
  async function finish(how: End): Promise<void> {
    const failures: unknown[] = how.kind === "failed" ? [how.error] : [];
    for (const callback of callbacks) {
      try {
        await callback.onEnd?.(how, run);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** All callbacks, even where one of them stops the run: each sees every iteration. */
  async function tell(metrics: Metrics): Promise<{ seen: Metrics; over: End | undefined }> {
    let seen = metrics;
    let over: End | undefined;
    for (const callback of callbacks) {
      const outcome = await callback.onIteration?.(seen, run);
      if (outcome?.metrics) seen = { ...seen, ...outcome.metrics };
      kept = outcome?.policy ?? kept;
      if (outcome?.diverged !== undefined) over ??= { kind: "diverged", reason: outcome.diverged };
      if (outcome?.stop !== undefined) over ??= { kind: "stopped", reason: outcome.stop };
    }
    return { seen, over };
  }

  const iterations = iterate();
  return {
    get config() {
      return training.config;
    },
    get resumedAt() {
      return training.resumedAt;
    },
    get end() {
      return end;
    },
    policy: run.policy,
    abandon: run.abandon,
    columns: () => training.columns(),
    next: () => iterations.next(),
    return: () => iterations.return(),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
