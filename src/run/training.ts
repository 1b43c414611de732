/** A run as its user sees it. */
import type { Metrics } from "../core/metrics.js";
import type { Policy } from "../policy/policy.js";
import type { ResolvedConfig } from "./config.js";
import type { LaneColumns } from "./lane-columns.js";

/** Yields metrics after each iteration; leaving the loop stops the run cleanly. */
export interface Training extends AsyncIterableIterator<Metrics, void, undefined> {
  /** All options. With backend "auto", from the first iteration on under the name of the one that was chosen: that config is the same run again. */
  readonly config: ResolvedConfig;
  /** Where an earlier run was left that this one goes on with; undefined for a run from the start. */
  readonly resumedAt: ResumedAt | undefined;
  /** The policy as it now is: during the run, after leaving it, and after its end. */
  policy(): Promise<Policy>;
  /** The lanes as they now stand and what they last did; undefined unless the run is under way, and for algorithms without lanes. */
  columns(): LaneColumns | undefined;
  /** From now on the run leaves no checkpoints, not even when its loop is left: where it stands is not worth going on from. */
  abandon(): void;
}

/** Where a run goes on from. */
export interface ResumedAt {
  readonly iteration: number;
  /** Environment steps. */
  readonly steps: number;
  /** The policy of the earlier run; undefined before the first iteration. */
  readonly policy: Policy | undefined;
}
