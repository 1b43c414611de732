/** Environments of functions, for workers to import. */
import { box, discrete } from "../../../dist/core/spaces.js";
import { defineAsyncEnvironment, defineEnvironment } from "../../../dist/envs/custom.js"; // alone, so that workers start soon

const spaces = { observationSpace: box([-10], [10]), actionSpace: discrete(2) };

/** A walk to and fro with random pushes. */
class Walk {
  observationSpace = spaces.observationSpace;
  actionSpace = spaces.actionSpace;

  reset(random) {
    this.random = random;
    this.position = random.uniform(-1, 1);
    return [this.position];
  }

  step(action) {
    this.position += (action === 1 ? 0.3 : -0.3) + this.random.uniform(-0.1, 0.1);
    return { observation: [this.position], reward: this.position, terminated: Math.abs(this.position) > 2 };
  }
}

const common = { timeLimit: 9, source: import.meta.url };

export const walk = defineEnvironment({ id: "Walk-v0", ...common, create: () => new Walk() });

/** The same, but the first lanes take their time, so that the first workers are done last. */
export const lateWalk = defineAsyncEnvironment({
  id: "LateWalk-v0",
  ...common,
  ...spaces,
  create(lane) {
    const inner = new Walk();
    return {
      reset: (random) => inner.reset(random),
      async step(action) {
        if (lane < 3) await new Promise((resolve) => setTimeout(resolve, 4 - lane));
        return inner.step(action);
      },
    };
  },
});

/** Goes wrong in lane 5. */
export const faulty = defineEnvironment({
  id: "Faulty-v0",
  ...common,
  create: (lane) =>
    Object.assign(new Walk(), {
      step() {
        if (lane === 5) throw new RangeError("no ground");
        return { observation: [0], reward: 0, terminated: false };
      },
    }),
});

/** Ends its thread in lane 5. */
export const deadly = defineEnvironment({
  id: "Deadly-v0",
  ...common,
  create: (lane) =>
    Object.assign(new Walk(), {
      step() {
        if (lane === 5) process.exit(7);
        return { observation: [0], reward: 0, terminated: false };
      },
    }),
});
