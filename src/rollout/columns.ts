/** What a rollout records. */
import { featuresOf } from "../core/spaces.js";
import { actionColumn, type VecEnv } from "../envs/vec-env.js";
import { type Column, column } from "../wasm/heap.js";
import type { RolloutOptions } from "./rollout.js";

/** Columns are time-major; the rows beyond T hold what follows the last step. */
export interface RolloutColumns {
  /** `[T+1,N,D]`, as the network sees them: one-hot for a discrete space, normalised if so wished. */
  readonly observation: Column<"float32">;
  /** What each step led to `[T,N,D]`, the final observation where an episode ended; if successors are kept. */
  readonly nextObservation?: Column<"float32">;
  /** `[T,N]` int32 or `[T,N,A]` float32, before clipping to the action space. */
  readonly action: Column;
  /** ln π(action | observation) `[T,N]` */
  readonly logProb: Column<"float32">;
  /** V(observation) `[T+1,N]` */
  readonly value: Column<"float32">;
  /** What the learner sees: the environment's rewards, scaled if so wished `[T,N]`. */
  readonly reward: Column<"float32">;
  /** The environment's rewards `[T,N]`; the same column unless they are scaled. */
  readonly rawReward: Column<"float32">;
  readonly terminated: Column<"float32">;
  readonly truncated: Column<"float32">;
  /** V(final observation) where an episode was truncated, else 0 `[T,N]`. */
  readonly finalValue: Column<"float32">;
  /** A_t `[T,N]`, once estimated. */
  readonly advantage: Column<"float32">;
  /** The critic's target `[T,N]`, once estimated. */
  readonly returns: Column<"float32">;
}

/** Columns for T steps of every lane, on the environment's heap. */
export function rolloutColumns(env: VecEnv, options: RolloutOptions): RolloutColumns {
  const { steps, normalizeReward = false, frameStack = 1, keepSuccessors = false } = options;
  const { heap, numEnvs, spec } = env;
  const row = () => column(heap, [steps, numEnvs]);
  const reward = row();
  const width = frameStack * featuresOf(spec.observationSpace);
  return {
    observation: column(heap, [steps + 1, numEnvs, width]),
    ...(keepSuccessors && { nextObservation: column(heap, [steps, numEnvs, width]) }),
    action: actionColumn(heap, [steps, numEnvs], spec),
    logProb: row(),
    value: column(heap, [steps + 1, numEnvs]),
    reward,
    rawReward: normalizeReward ? row() : reward,
    terminated: row(),
    truncated: row(),
    finalValue: row(),
    advantage: row(),
    returns: row(),
  };
}
