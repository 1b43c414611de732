/** An environment in which everything is known beforehand: it counts its steps, and each other episode terminates where the rest are cut. */
import { box, discrete } from "../../src/core/spaces.js";
import { defineAsyncEnvironment, defineEnvironment } from "../../src/envs/custom.js";

/** Steps of a lane's episodes by turns: the first terminates, the second runs into the time limit, and so on. */
export const TERMINATES_AT = 4;
export const CUT_AT = 6;

const SPACES = { observationSpace: box([0], [CUT_AT]), actionSpace: discrete(2) };

/** Observes its count, and is rewarded by it. */
class Counter {
  readonly observationSpace = SPACES.observationSpace;
  readonly actionSpace = SPACES.actionSpace;
  #episode = -1;
  #count = 0;

  reset() {
    this.#episode++;
    this.#count = 0;
    return [0];
  }

  step() {
    this.#count++;
    return {
      observation: [this.#count],
      reward: this.#count,
      terminated: this.#episode % 2 === 0 && this.#count === TERMINATES_AT,
    };
  }
}

const task = { id: "Counter-v0", timeLimit: CUT_AT };

export const counter = defineEnvironment({ ...task, create: () => new Counter() });

/** The same, answering in promises. */
export const lateCounter = defineAsyncEnvironment({
  ...task,
  ...SPACES,
  create: async () => {
    const inner = new Counter();
    return { ...SPACES, reset: async () => inner.reset(), step: async () => inner.step() };
  },
});
