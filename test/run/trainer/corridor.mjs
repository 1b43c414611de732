/** An environment made of functions whose module says where it is, so that workers can make it too. */
import { box, defineEnvironment, discrete } from "../../../dist/index.js";

export const corridor = defineEnvironment({
  id: "Corridor-v0",
  timeLimit: 50,
  source: import.meta.url,
  create() {
    let position = 0;
    return {
      observationSpace: box([0], [10]),
      actionSpace: discrete(2),
      reset() {
        position = 0;
        return [position];
      },
      step(action) {
        position = Math.max(0, position + (action === 1 ? 1 : -1));
        return { observation: [position], reward: -0.1, terminated: position === 10 };
      },
    };
  },
});
