/** Natural policy gradient from outside: the KL of its steps is what second order says. */
import { describe, expect, it } from "vitest";
import type { Metrics } from "../../src/core/metrics.js";
import { RUNTIMES } from "../oracle/losses.js";
import { run } from "../oracle/training.js";

/** One step of conjugate gradients and a few of the critic in float32, relative to 1 + the number. Measured: 3e-5. */
const SAME_UPDATE_TOLERANCE = 1e-3;

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
      const { metrics } = await run({ ...SHORT, ...network, env, cgSteps: 60, cgDamping: 0.01, targetKl });
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
    const options = { ...SHORT, env, totalSteps: 1000 };
    const { seconds: _, stepsPerSecond: __, ...wanted } = (await run(options)).metrics[0] as Metrics;
    const got = (await run({ ...options, ...runtime })).metrics[0] as Metrics;
    for (const [name, value] of Object.entries(wanted)) {
      if (Number.isNaN(value)) expect(got[name], name).toBeNaN();
      else expect(Math.abs((got[name] as number) - value) / (1 + Math.abs(value)), name).toBeLessThan(SAME_UPDATE_TOLERANCE);
    }
  });
});

it("reports these metrics, in this order", async () => {
  const { metrics } = await run({ ...SHORT, env: "CartPole-v1" });
  const general = ["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"];
  for (const report of metrics) {
    expect(Object.keys(report)).toEqual([...general, "policyLoss", "entropy", "kl", "valueLoss", "explainedVariance"]);
  }
});
