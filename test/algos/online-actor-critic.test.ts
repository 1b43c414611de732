/** Online actor-critic's runs. */
import { describe, expect, it } from "vitest";
import { RUNTIMES } from "../oracle/losses.js";
import { expectSameStart, runOf, warningsOf } from "../oracle/runs.js";

/** Whatever a preset could say of one algorithm and not of the other is said here. */
const SHORT = {
  algo: "online-actor-critic",
  seed: 3,
  totalSteps: 200,
  numEnvs: 5,
  hidden: [8],
  gamma: 0.9,
  learningRate: 1e-3,
  valueCoefficient: 0.5,
  normalizeObservation: false,
  normalizeReward: false,
} as const;

describe.each(["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const)("training on %s", (env) => {
  it("is A2C with rollouts of one step, whatever λ, bit by bit", async () => {
    const { weights } = await runOf({ ...SHORT, env });
    for (const lambda of [0, 0.7, 1]) {
      expect((await runOf({ ...SHORT, env, algo: "a2c", steps: 1, lambda })).weights).toBe(weights);
    }
    expect((await runOf({ ...SHORT, env, algo: "a2c", steps: 2 })).weights).not.toBe(weights);
  });

  it("learns after each single step", async () => {
    const [before, after] = [await runOf({ ...SHORT, env, totalSteps: 5 }), await runOf({ ...SHORT, env, totalSteps: 10 })];
    expect(after.weights).not.toBe(before.weights);
    expect(before.weights).not.toBe((await runOf({ ...SHORT, env, totalSteps: 5, learningRate: 0 })).weights);
  });

  it("replays its updates with every network and kind of σ", async () => {
    const variants = [{ sharedTrunk: true }, { stateDependentStd: true, entropyCoefficient: 0.01 }] as const;
    const warnings = await warningsOf(async () => {
      for (const variant of variants) await runOf({ ...SHORT, env, ...variant });
    });
    expect(warnings).toEqual([]);
  });

  it.each(RUNTIMES.slice(1))("begins in the same way on $backend with $kernels kernels", async (runtime) => {
    await expectSameStart({ ...SHORT, env, totalSteps: 20 }, runtime);
  });
});
