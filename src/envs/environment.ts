/** What an environment written in TypeScript provides: its spaces, `reset` and `step`. The rest is done for it. */
import type { Discrete, Space } from "../core/spaces.js";
import type { HostRandom } from "./host-random.js";

/** An index for a discrete space, the numbers of a vector for a box. They are copied at once: an array may be used again. */
export type ObservationOf<S extends Space> = S extends Discrete ? number : ArrayLike<number>;

/** An index for a discrete space, a vector of its own within the bounds for a box. */
export type ActionOf<S extends Space> = S extends Discrete ? number : Float32Array;

/** What one step gives. */
export interface StepOutcome<Obs extends Space = Space> {
  readonly observation: ObservationOf<Obs>;
  readonly reward: number;
  /** Whether the task came to its end: nothing follows this state, its value is 0. */
  readonly terminated: boolean;
  /** Whether the episode was cut for another reason: more would follow. The time limit is not the environment's to count. */
  readonly truncated?: boolean | undefined;
}

/**
 * One environment in one lane. The order of calls is reset, step … step, reset, …; an episode that ended is never stepped.
 * Equal random numbers and actions must lead to equal episodes.
 */
export interface Environment<Obs extends Space = Space, Act extends Space = Space> {
  readonly observationSpace: Obs;
  readonly actionSpace: Act;
  /** Begins an episode. `random` may be kept and drawn from until the next one begins. */
  reset(random: HostRandom): ObservationOf<Obs>;
  step(action: ActionOf<Act>): StepOutcome<Obs>;
  /**
   * All that decides what comes next, beside the random numbers, always as many numbers. Together with setState, or not at all; without them
   * no run of the environment can be resumed.
   */
  state?(): ArrayLike<number>;
  /** The inverse of {@link state}. Checkpoints keep the numbers as they are, a batch's own states as float32. */
  setState?(values: Float64Array | Float32Array): void;
  /** Gives back what the environment holds, after its last episode. */
  close?(): unknown;
}

/** An environment whose answers may take their time: a game in another process, a page. */
export interface AsyncEnvironment<Obs extends Space = Space, Act extends Space = Space> {
  reset(random: HostRandom): ObservationOf<Obs> | Promise<ObservationOf<Obs>>;
  step(action: ActionOf<Act>): StepOutcome<Obs> | Promise<StepOutcome<Obs>>;
  close?(): unknown;
}

/** The name and the spaces of what is played. */
export interface Task {
  readonly id: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
}

/** An environment written in TypeScript threw, or gave what can't be. The message says where; `cause` is what was thrown. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    if (cause instanceof Error) this.stack = `${this.name}: ${message}\n${cause.stack}`; // where we caught it is of no interest
  }
}
