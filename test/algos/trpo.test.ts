/** TRPO from outside: whole runs stay within the trust region, on every backend. */
import { describe, expect, it } from "vitest";
import { RUNTIMES } from "../oracle/losses.js";
import { expectSameStart, runOf } from "../oracle/runs.js";

const ENVIRONMENTS = ["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const;
const NETWORKS = [{}, { sharedTrunk: true, stateDependentStd: true, activation: "relu" }] as const;

/** Iterations of 1,000 steps, each of which is reported; 5 lanes, so that there is a ragged group. */
const SHORT = {
  algo: "trpo",
  seed: 3,
  totalSteps: 12_000,
  numEnvs: 5,
  steps: 200,
  batchSize: 100,
  hidden: [16, 16],
  criticEpochs: 2,
} as const;

describe.each(ENVIRONMENTS)("training on %s", (env) => {
  it.each(NETWORKS)("never moves the policy further than δ, and uses what it may, with %j", async (network) => {
    for (const targetKl of [0.001, 0.02]) {
      const { metrics } = await runOf({ ...SHORT, ...network, env, targetKl, cgDamping: 0.01 });
      expect(metrics).toHaveLength(12);
      for (const { kl, policyLoss, stepFraction } of metrics) {
        expect(kl).toBeLessThanOrEqual(targetKl);
        if (stepFraction === 0) continue;
        expect(kl).toBeGreaterThan(targetKl / 20);
        expect(policyLoss).toBeLessThan(0);
      }
      expect(metrics.filter(({ stepFraction }) => (stepFraction as number) > 0).length).toBeGreaterThan(6);
    }
  });

  it.each(RUNTIMES.slice(1))("takes the same first iteration on $backend with $kernels kernels", async (runtime) => {
    await expectSameStart({ ...SHORT, env, totalSteps: 1000 }, runtime);
  });
});

describe("a run", () => {
  it("reports these metrics, in this order, as means over the iterations between two reports", async () => {
    const { metrics } = await runOf({ ...SHORT, env: "CartPole-v1", totalSteps: 2000, steps: 100 });
    const general = ["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"];
    for (const report of metrics) {
      expect(Object.keys(report)).toEqual([...general, "policyLoss", "entropy", "kl", "stepFraction", "valueLoss", "explainedVariance"]);
    }
    expect(metrics.map(({ steps }) => steps)).toEqual([1000, 2000]);
  });
});
