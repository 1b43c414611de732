/** Training on our kernels and on stock ones: the same first iteration but for rounding, and both learn. */
import { describe, expect, it } from "vitest";
import type { Metrics } from "../../../src/core/metrics.js";
import type { KernelChoice } from "../../../src/nn/backend.js";
import { train } from "../../../src/run/train.js";

/** Two dozen float32 updates, whose roundings Adam's division by √v magnifies where a gradient is near 0. Measured: 3.9e-7. */
const FIRST_ITERATION_TOLERANCE = 1e-5;

/** Random play lasts 22 steps on average. */
const LEARNED = 100;

const OPTIONS = {
  algo: "ppo",
  env: "CartPole-v1",
  totalSteps: 20_000,
  numEnvs: 8,
  steps: 128,
  batchSize: 256,
  epochs: 6,
  learningRate: 2e-3,
} as const;

async function metricsOf(kernels: KernelChoice, seed: number): Promise<Metrics[]> {
  const all: Metrics[] = [];
  for await (const metrics of train({ ...OPTIONS, kernels, seed })) all.push(metrics);
  return all;
}

describe("PPO on CartPole-v1", () => {
  it("begins alike on both kernels, and learns on both", { timeout: 120_000 }, async () => {
    const seed = 1;
    const [ours, stock] = [await metricsOf("lanewise", seed), await metricsOf("stock", seed)];
    const { seconds: _, stepsPerSecond: __, ...first } = ours[0] as Metrics;
    for (const [name, value] of Object.entries(first)) {
      const other = (stock[0] as Metrics)[name] as number;
      if (Number.isNaN(value)) expect(other, name).toBeNaN();
      else expect(Math.abs(other - value) / (1 + Math.abs(value)), name).toBeLessThan(FIRST_ITERATION_TOLERANCE);
    }
    for (const metrics of [ours, stock]) expect(Math.max(...metrics.map(({ meanReturn }) => meanReturn))).toBeGreaterThan(LEARNED);
  });
});
