/** What a run's lanes last did and where they stand, taken out for those who look on. */
import type { Stage } from "../algos/algorithm.js";

/** Copies, which stay as they are; time-major: the numbers of step t in lane i stand at row t·N + i. */
export interface LaneColumns {
  /** N, environments side by side. */
  readonly numEnvs: number;
  /** The physical states of all lanes `[N,S]` as they now are, in Gymnasium's order; S = 0 where an environment of your own tells none. */
  readonly states: Float32Array<ArrayBuffer>;
  /** The last rollout, for algorithms that act in rollouts. */
  readonly rollout?: {
    /** T, steps of each lane. */
    readonly steps: number;
    /** What the network saw `[T+1,N,D]`: normalised, stacked or one-hot where it is so made; the last row is what it sees next. */
    readonly observation: Float32Array<ArrayBuffer>;
    /** `[T,N]` indices, or `[T,N,A]` vectors before they are clipped to the action space. */
    readonly action: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>;
    /** The environment's own rewards `[T,N]`. */
    readonly reward: Float32Array<ArrayBuffer>;
    /** `[T,N]`, 1 where the episode reached a terminal state. */
    readonly terminated: Float32Array<ArrayBuffer>;
    /** `[T,N]`, 1 where the time limit cut the episode. */
    readonly truncated: Float32Array<ArrayBuffer>;
  };
}

/** Takes them out. */
export function laneColumns({ env, columns }: Stage): LaneColumns {
  const standing = { numEnvs: env.numEnvs, states: env.states() };
  if (!columns) return standing;
  const { observation, action, rawReward, terminated, truncated } = columns;
  const rollout = {
    steps: rawReward.shape[0] as number,
    observation: observation.data.slice(),
    action: action.data.slice(),
    reward: rawReward.data.slice(),
    terminated: terminated.data.slice(),
    truncated: truncated.data.slice(),
  };
  return { ...standing, rollout };
}

/** The memory that they stand in, for handing it over. */
export function buffersOf({ states, rollout }: LaneColumns): ArrayBuffer[] {
  const arrays = Object.values(rollout ?? {}).filter((value) => typeof value !== "number");
  return [states, ...arrays].map(({ buffer }) => buffer);
}
