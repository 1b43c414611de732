/** Policies that act while learning: around action values, or fixed. */
import type { Numbers, Resumable } from "../../core/run-state.js";
import { PURPOSE } from "../../core/seeds.js";
import { HostRandom } from "../../envs/host-random.js";
import { type ExplorationAmount, type ExplorationOptions, explorationAt } from "../exploration.js";
import { draw, epsilonGreedy, softmax } from "./distributions.js";
import type { Step } from "./sampling.js";

/** Where a policy's probabilities come from. */
interface Distribution {
  /** π(· | state) `[A]`, overwritten by the next call. */
  probabilities(state: number): Float64Array;
}

/** Draws actions, at most one ahead of what is taken. */
export class Behaviour implements Resumable {
  readonly #random: HostRandom;
  #ahead: number | undefined;

  constructor(
    readonly distribution: Distribution,
    seed: number,
  ) {
    this.#random = new HostRandom().begin(seed, PURPOSE.acting, 0, 0);
  }

  /** π(· | state) `[A]`, overwritten by the next call. */
  probabilities(state: number): Float64Array {
    return this.distribution.probabilities(state);
  }

  /** The action to take in a state: the one that {@link next} drew for it, or a new one. */
  act(state: number): number {
    const action = this.#ahead ?? this.#draw(state);
    this.#ahead = undefined;
    return action;
  }

  /** A', the action in the state to which a step led; if the episode goes on, {@link act} gives it next. */
  next({ nextState, terminated, truncated }: Step): number {
    const action = this.#draw(nextState);
    this.#ahead = terminated || truncated ? undefined : action;
    return action;
  }

  snapshot() {
    return { random: this.#random.position, ahead: this.#ahead ?? Number.NaN };
  }

  restore({ random, ahead }: { readonly random: Numbers; readonly ahead: number }): void {
    this.#random.position = random;
    this.#ahead = Number.isNaN(ahead) ? undefined : ahead;
  }

  #draw(state: number): number {
    return draw(this.probabilities(state), this.#random.uniform());
  }
}

/** ε-greedy, Boltzmann or greedy around action values. */
export class Exploration {
  readonly #probabilities: Float64Array;
  #amount: ExplorationAmount = {};

  /** @param valuesOf action values `[A]` of a state */
  constructor(
    readonly options: ExplorationOptions,
    readonly valuesOf: (state: number) => Float64Array,
    actions: number,
  ) {
    this.#probabilities = new Float64Array(actions);
    this.moveTo(0);
  }

  /** Explores as much as the schedules say when `progress` of the run is done, and returns it. */
  moveTo(progress: number): ExplorationAmount {
    this.#amount = explorationAt(this.options, progress);
    return this.#amount;
  }

  probabilities(state: number): Float64Array {
    const { epsilon = 0, temperature } = this.#amount;
    if (temperature === undefined) epsilonGreedy(this.#probabilities, this.valuesOf(state), epsilon);
    else softmax(this.#probabilities, this.valuesOf(state), temperature);
    return this.#probabilities;
  }
}
