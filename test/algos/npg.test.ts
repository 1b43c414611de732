/** Natural policy gradient from outside: the KL of its steps is what second order says. */
import { describe, expect, it } from "vitest";
import { RUNTIMES } from "../oracle/losses.js";
import { expectSameStart, runOf } from "../oracle/runs.js";

const ENVIRONMENTS = ["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const;
const NETWORKS = [{}, { sharedTrunk: true, stateDependentStd: true }] as const;
const SHORT = {
  algo: "npg",
  seed: 3,
  totalSteps: 5000,
  numEnvs: 5,
  steps: 200,
  batchSize: 100,
  hidden: [16, 16],
  criticEpochs: 2,
} as const;

describe.each(ENVIRONMENTS)("training on %s", (env) => {
  it.each(NETWORKS)("takes steps whose KL is δ to second order, but for the damping, with %j", async (network) => {
    const klsWith = async (targetKl: number) => {
      const { metrics } = await runOf({ ...SHORT, ...network, env, cgSteps: 60, cgDamping: 0.01, targetKl });
      for (const { kl, policyLoss } of metrics) {
        expect((kl as number) / targetKl).toBeGreaterThan(0.2);
        expect((kl as number) / targetKl).toBeLessThan(1.05);
        expect(policyLoss).toBeLessThan(0);
      }
      return metrics.map(({ kl }) => kl as number);
    };
    const [[near], [far]] = [await klsWith(1e-5), await klsWith(4e-5)]; // after the first iteration they go ways of their own
    expect((far as number) / (near as number)).toBeCloseTo(4, 1);
  });

  it.each(RUNTIMES.slice(1))("takes the same first iteration on $backend with $kernels kernels", async (runtime) => {
    await expectSameStart({ ...SHORT, env, totalSteps: 1000 }, runtime);
  });
});

it("reports these metrics, in this order", async () => {
  const { metrics } = await runOf({ ...SHORT, env: "CartPole-v1" });
  const general = ["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"];
  for (const report of metrics) {
    expect(Object.keys(report)).toEqual([...general, "policyLoss", "entropy", "kl", "valueLoss", "explainedVariance"]);
  }
});
