/** PPO kept near the old policy by a penalty on the KL divergence, or by an end of its epochs. */
import { describe, expect, it } from "vitest";
import { nextKlCoefficient } from "../../src/algos/kl-penalty.js";
import { OldPolicy } from "../../src/algos/old-policy.js";
import { setUpOnPolicy } from "../../src/algos/on-policy.js";
import type { Metrics } from "../../src/core/metrics.js";
import { environments } from "../../src/envs/registry.js";
import type { ActorCritic } from "../../src/nn/actor-critic.js";
import { startBackend } from "../../src/nn/backend.js";
import { ParameterVector } from "../../src/nn/parameter-vector.js";
import { kl64 } from "../oracle/expectation.js";
import { HIDDEN, mean64, RUNTIMES, rows, type Weights } from "../oracle/losses.js";
import { randomNormals } from "../oracle/random.js";
import { runOf } from "../oracle/runs.js";

/** Terms (r − 1) − ln r of float32 ratios that are 1 but for rounding: each off by up to 2^-24. Measured: 1.2e-9. */
const SAME_POLICY_TOLERANCE = 1e-7;
/** A mean of float32 divergences near 0.1. Measured: 7e-8. */
const KL_TOLERANCE = 1e-6;
/** Indices for vectors, vectors for vectors, indices for indices. */
const ENVIRONMENTS = ["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const;

/** A few small iterations: 5 lanes, so that there is a ragged group; no schedules, so that a shorter run is the beginning of a longer. */
const SHORT = {
  algo: "ppo",
  env: "CartPole-v1",
  seed: 3,
  totalSteps: 600,
  numEnvs: 5,
  steps: 40,
  batchSize: 50,
  epochs: 3,
  learningRate: 3e-3,
  clipRange: 0.2,
} as const;

describe("a penalty's weight", () => {
  const kls = (metrics: readonly Metrics[]) => metrics.map(({ kl, klCoefficient }) => [kl, klCoefficient] as [number, number]);

  it("doubles after a KL above 1.5 δ, halves after one below δ / 1.5, and stays in between", async () => {
    const options = { objective: "penalty", targetKl: 0.01, dualStepSize: 1 } as const;
    expect([0.0151, 0.0149, 0.0067, 0.0066].map((kl) => nextKlCoefficient(3, kl, options))).toEqual([6, 3, 3, 1.5]);
    const { metrics } = await runOf({ ...SHORT, totalSteps: 2000, objective: "penalty", targetKl: 0.01, klCoefficient: 0.7 });
    const seen = kls(metrics);
    expect(seen[0]?.[1]).toBe(0.7);
    for (const [i, [kl, beta]] of seen.slice(0, -1).entries()) expect(seen[i + 1]?.[1]).toBe(nextKlCoefficient(beta, kl, options));
    expect(new Set(seen.map(([, beta]) => beta)).size).toBeGreaterThan(1);
  });

  it("climbs the dual by η (KL − δ), and never below 0", async () => {
    const options = { objective: "dual", targetKl: 0.01, dualStepSize: 50 } as const;
    expect(nextKlCoefficient(1, 0.03, options)).toBeCloseTo(2, 12);
    expect(nextKlCoefficient(0.2, 0.001, options)).toBe(0);
    const { metrics } = await runOf({ ...SHORT, totalSteps: 2000, ...options, klCoefficient: 0.7 });
    const seen = kls(metrics);
    for (const [i, [kl, beta]] of seen.slice(0, -1).entries()) expect(seen[i + 1]?.[1]).toBe(Math.max(0, beta + 50 * (kl - 0.01)));
  });

  it.each(ENVIRONMENTS)("holds the policy back on %s, the more the larger it is", async (env) => {
    const klWith = async (klCoefficient: number, objective: "penalty" | "dual") => {
      const options = { ...SHORT, env, totalSteps: 200, learningRate: 0.01, objective, klCoefficient } as const;
      return (await runOf(options)).metrics[0]?.["kl"] as number;
    };
    const [free, light, heavy] = [await klWith(0, "penalty"), await klWith(1, "penalty"), await klWith(100, "penalty")];
    expect(free).toBeGreaterThan(light);
    expect(light).toBeGreaterThan(10 * heavy);
    expect(await klWith(1, "dual")).toBe(light); // they differ in what follows
  });
});

describe("an iteration", () => {
  it.each(ENVIRONMENTS)("on %s goes through no further epoch once the KL is beyond its limit", async (env) => {
    const options = { ...SHORT, env, totalSteps: 200, learningRate: 0.01, maxKl: 1e-9 } as const;
    const oneEpoch = await runOf({ ...options, epochs: 1 });
    expect((await runOf({ ...options, epochs: 5 })).weights).toBe(oneEpoch.weights);
    expect((await runOf({ ...options, epochs: 5, maxKl: 100 })).weights).toBe((await runOf({ ...options, epochs: 5, maxKl: 0 })).weights);
    expect(oneEpoch.metrics[0]?.["kl"]).toBeGreaterThan(1e-9);
  });

  it("is the same with a limit that is never reached as without one", async () => {
    expect((await runOf({ ...SHORT, maxKl: 1e9 })).weights).toBe((await runOf(SHORT)).weights);
  });

  it.each(ENVIRONMENTS)("on %s reports a KL that its estimate from samples is near to", async (env) => {
    const { metrics } = await runOf({ ...SHORT, env, epochs: 1, batchSize: 200, learningRate: 0, maxKl: 1 });
    for (const { kl } of metrics) expect(Math.abs(kl as number)).toBeLessThan(SAME_POLICY_TOLERANCE);
    const { metrics: moved } = await runOf({ ...SHORT, env, totalSteps: 4000, steps: 400, batchSize: 2000, epochs: 2, maxKl: 1 });
    for (const { kl, approxKl } of moved) {
      // the mean of the estimates before each of two equal steps is half of that between them: a quarter of the last KL
      expect((approxKl as number) / (kl as number)).toBeGreaterThan(0.05);
      expect((approxKl as number) / (kl as number)).toBeLessThan(0.5);
    }
  });
});

const POLICIES = [
  { env: "CartPole-v1", stateDependentStd: false },
  { env: "Pendulum-v1", stateDependentStd: false },
  { env: "Pendulum-v1", stateDependentStd: true },
] as const;
const EXAMPLES = RUNTIMES.flatMap((runtime) => POLICIES.map((policy) => ({ ...runtime, ...policy })));

describe.each(EXAMPLES)(
  "the old policy on $env on $backend with $kernels kernels (σ of the state: $stateDependentStd)",
  ({ backend: name, kernels, env, stateDependentStd }) => {
    it("is remembered, and the divergence from it is the mean of KL(old ‖ new) over the rollout", async () => {
      const backend = await startBackend(name, kernels);
      const session = { spec: environments[env], backend, seed: 3, totalSteps: 1 };
      const layers = { hidden: HIDDEN, activation: "tanh", sharedTrunk: false, stateDependentStd, logStdInit: -0.5 } as const;
      const { network, rollout } = await setUpOnPolicy(session, { ...layers, numEnvs: 3, steps: 8 });
      await rollout.collect();
      const weightsOf = ({ policyParameters }: ActorCritic): Weights =>
        Object.fromEntries(policyParameters.map(({ name, column }) => [name, Float64Array.from(column.data)]));
      const { observation } = rollout.columns;
      const states = rows(observation.data, observation.shape[2] ?? 1).slice(0, rollout.size);
      const parameters = new ParameterVector(backend, network.policyParameters);
      const old = new OldPolicy(backend, network, rollout);
      const normal = randomNormals(4);
      for (let i = 0; i < 2; i++) {
        const before = weightsOf(network);
        await old.remember();
        expect(Math.abs(await old.divergence())).toBeLessThan(SAME_POLICY_TOLERANCE);
        parameters.write(parameters.read().map((x) => x + 0.2 * normal()));
        const wanted = mean64(states.map((state) => kl64(before, weightsOf(network), state, session.spec.actionSpace)));
        expect(wanted).toBeGreaterThan(0.01);
        expect(Math.abs((await old.divergence()) - wanted) / (1 + wanted)).toBeLessThan(KL_TOLERANCE);
      }
      backend.dispose();
    });
  },
);
