/** Runs of the algorithms over continuous actions, from outside: options in every combination that changes what is computed, and backends. */
import { describe, expect, it, vi } from "vitest";
import type { Metrics } from "../../src/core/metrics.js";
import { type TrainOptions, train } from "../../src/run/train.js";

/** A few gradient steps in float32 by other kernels, whose roundings Adam's division by √v magnifies. Measured: 1.9e-7. */
const SAME_UPDATE_TOLERANCE = 1e-5;

const SMALL = { env: "Pendulum-v1", seed: 5, totalSteps: 60, numEnvs: 3, trainFrequency: 4, gradientSteps: 3, learningStarts: 24 } as const;
const NETWORK = { hidden: [8, 6], batchSize: 16, bufferSize: 500 } as const;

const COMMON = [
  {},
  { activation: "tanh" },
  { frameStack: 2, nStep: 3 },
  { normalizeReward: true, gradientSteps: 0 },
  { learningRate: "linear(0.01)", hidden: [] },
] as const;

const ALGORITHMS = [
  { algo: "ddpg", kind: "deterministic", own: [{ explorationNoise: "ornstein-uhlenbeck" }] },
  { algo: "td3", kind: "deterministic", own: [{ policyDelay: 3 }, { targetNoiseStd: 0, explorationNoise: "ornstein-uhlenbeck" }] },
  { algo: "sac", kind: "squashedGaussian", own: [{ learnTemperature: false }, { noiseCorrelation: 0.9 }] },
  { algo: "sac-v", kind: "squashedGaussian", own: [{ temperature: 0 }, { noiseCorrelation: 0.9 }] },
] as const;

async function run(options: object) {
  const training = train({ ...SMALL, ...NETWORK, ...options } as unknown as TrainOptions);
  const metrics: Metrics[] = [];
  for await (const m of training) metrics.push(m);
  return { metrics, policy: await training.policy() };
}

describe.each(ALGORITHMS)("$algo", ({ algo, kind, own }) => {
  it.each([...COMMON, ...own].map((given) => [JSON.stringify(given), given] as const))(
    "with %s replays all of its updates, and ends with finite numbers",
    async (_, given) => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      const { metrics } = await run({ algo, ...given });
      const warnings = warn.mock.calls.map(String).filter((message) => message.startsWith("lanewise:"));
      warn.mockRestore();
      expect(warnings).toEqual([]);
      const learned = Object.entries(metrics.at(-1) as Metrics).filter(([name]) => /Loss$|entropy|meanQ/.test(name));
      expect(learned.length).toBeGreaterThanOrEqual(3);
      expect(learned.filter(([, value]) => !Number.isFinite(value))).toEqual([]);
    },
  );

  it("exports a policy whose actions are within the bounds of the action space", async () => {
    const { policy } = await run({ algo });
    expect(policy.header.distribution).toEqual({ kind });
    const observations = Float32Array.from({ length: 3 * 50 }, (_, i) => 3 * Math.sin(i));
    for (const deterministic of [true, false]) {
      const actions = [...policy.actBatch(observations, { deterministic })];
      expect(actions.every((torque) => Math.abs(torque) <= 2)).toBe(true);
      expect(new Set(actions).size).toBeGreaterThan(25);
    }
    if (algo === "sac-v") expect([...policy.values(observations)].every(Number.isFinite)).toBe(true);
    else expect(policy.header.critic).toBeUndefined();
  });

  it("takes the same first gradient steps where memory isn't shared", async () => {
    const [shared, copied] = [await run({ algo }), await run({ algo, backend: "cpu" })];
    const [wanted, got] = [shared.metrics.at(-1) as Metrics, copied.metrics.at(-1) as Metrics];
    expect(Object.keys(got)).toEqual(Object.keys(wanted));
    for (const [name, value] of Object.entries(wanted)) {
      if (["seconds", "stepsPerSecond"].includes(name) || Number.isNaN(value)) continue;
      expect(Math.abs((got[name] as number) - value) / (1 + Math.abs(value)), name).toBeLessThan(SAME_UPDATE_TOLERANCE);
    }
  });
});
