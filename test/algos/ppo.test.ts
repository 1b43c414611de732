/** PPO from outside: whole runs. */
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import type { Metrics } from "../../src/core/metrics.js";
import type { EnvironmentId } from "../../src/envs/registry.js";
import { type BackendName, startBackend } from "../../src/nn/backend.js";
import { weightsSha256 } from "../../src/policy/encode.js";
import { decodePolicy } from "../../src/policy/format.js";
import { type Training, train } from "../../src/run/train.js";
import { RUNTIMES } from "../oracle/losses.js";
import { type Run, runOf } from "../oracle/runs.js";

/** Terms (r − 1) − ln r of float32 ratios that are 1 but for rounding: each off by up to 2^-24. Measured: 1.2e-9. */
const SAME_POLICY_TOLERANCE = 1e-7;
/** A dozen updates in float32, whose roundings Adam's division by √v magnifies where a gradient is near 0. Measured: 1.4e-6. */
const SAME_UPDATE_TOLERANCE = 1e-4;

/** Blocks that TensorFlow.js's C library has given out, counted beneath everything that stands in front of it. */
const held = new Set<number>();

beforeAll(async () => {
  (await startBackend("wasm", "stock")).dispose();
  const { wasm } = tf.backend() as unknown as { wasm: { _malloc(bytes: number): number; _free(address: number): void } };
  wasm._free(wasm._malloc(1)); // their first calls put other functions in their place
  const [malloc, free] = [wasm._malloc.bind(wasm), wasm._free.bind(wasm)];
  wasm._malloc = (bytes) => {
    const address = malloc(bytes);
    held.add(address);
    return address;
  };
  wasm._free = (address) => {
    held.delete(address);
    free(address);
  };
});

/** Indices for vectors, vectors for vectors, indices for indices. */
const ENVIRONMENTS = ["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const satisfies readonly EnvironmentId[];

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

/** A hash of the weights as they now are. */
async function weightsOf(training: Training): Promise<string> {
  return weightsSha256((await decodePolicy(await (await training.policy()).bytes())).tensors);
}

describe.each(ENVIRONMENTS)("training on %s", (env) => {
  it("starts each iteration's first update with the policy that acted", async () => {
    const { metrics } = await runOf({ ...SHORT, env, epochs: 1, batchSize: 200 });
    expect(metrics).toHaveLength(3);
    for (const { approxKl, clipFraction } of metrics) {
      expect(Math.abs(approxKl as number)).toBeLessThan(SAME_POLICY_TOLERANCE);
      expect(clipFraction).toBe(0);
    }
  });

  it("replays its updates, for none of its operations stands in the way of a recording", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const variants = [
      {},
      { objective: "dual", stateDependentStd: true },
      { objective: "penalty", maxKl: 0.01 },
      { valueClipRange: 0.2 },
      { activation: "relu", sharedTrunk: true },
      { normalizeAdvantage: false },
    ] as const;
    for (const variant of variants) await runOf({ ...SHORT, env, totalSteps: 200, entropyCoefficient: 0.01, ...variant });
    const warnings = warn.mock.calls.map(String).filter((message) => message.startsWith("lanewise:"));
    warn.mockRestore();
    expect(warnings).toEqual([]);
  });

  it("moves the policy in later updates", async () => {
    const { metrics } = await runOf({ ...SHORT, env, learningRate: 0.01 });
    for (const { approxKl } of metrics) expect(approxKl).toBeGreaterThan(100 * SAME_POLICY_TOLERANCE);
  });

  it("leaves the weights as they are at a learning rate of 0", async () => {
    const still = { ...SHORT, env, learningRate: 0 };
    const { metrics, weights } = await runOf(still);
    expect((await runOf({ ...still, totalSteps: 1 })).weights).toBe(weights);
    expect((await runOf({ ...still, learningRate: 1e-3 })).weights).not.toBe(weights);
    for (const { approxKl, entropy } of metrics) {
      expect(Math.abs(approxKl as number)).toBeLessThan(SAME_POLICY_TOLERANCE);
      expect(entropy).toBeCloseTo(metrics[0]?.["entropy"] as number, 2); // hardly depends on what was observed
    }
  });

  it("ends with the same weights and metrics under the same seed, and with others under another", async () => {
    const timeless = ({ metrics, weights }: Run) => ({
      weights,
      metrics: metrics.map(({ seconds: _, stepsPerSecond: __, ...rest }) => rest),
    });
    const once = timeless(await runOf({ ...SHORT, env }));
    expect(timeless(await runOf({ ...SHORT, env }))).toEqual(once);
    expect((await runOf({ ...SHORT, env, seed: 4 })).weights).not.toBe(once.weights);
  });

  it.each(RUNTIMES.slice(1))("takes the same first iteration on $backend with $kernels kernels", async (runtime) => {
    const options = { ...SHORT, env, totalSteps: 200 };
    const { seconds: _, stepsPerSecond: __, ...wanted } = (await runOf(options)).metrics[0] as Metrics;
    const got = (await runOf({ ...options, ...runtime })).metrics[0] as Metrics;
    for (const [name, value] of Object.entries(wanted)) {
      if (Number.isNaN(value)) expect(got[name], name).toBeNaN();
      else expect(Math.abs((got[name] as number) - value) / (1 + Math.abs(value)), name).toBeLessThan(SAME_UPDATE_TOLERANCE);
    }
  });
});

describe("a run", () => {
  it.each([
    [{}, ["clipRange"]],
    [{ maxKl: 1 }, ["clipRange", "kl"]],
    [{ objective: "penalty" }, ["klCoefficient", "kl"]],
    [{ objective: "dual" }, ["klCoefficient", "kl"]],
  ] as const)("reports these metrics, in this order, with %j", async (options, last) => {
    const { metrics } = await runOf({ ...SHORT, ...options });
    const general = ["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"];
    const losses = ["loss", "policyLoss", "valueLoss", "entropy", "approxKl", "clipFraction"];
    for (const report of metrics) {
      expect(Object.keys(report)).toEqual([...general, ...losses, "explainedVariance", "learningRate", ...last]);
    }
    expect(metrics.map(({ iteration, steps, totalSteps }) => [iteration, steps, totalSteps])).toEqual([
      [1, 200, 600],
      [2, 400, 600],
      [3, 600, 600],
    ]);
  });

  it("ends with the iteration that reaches the wanted steps", async () => {
    expect((await runOf({ ...SHORT, totalSteps: 401 })).metrics.map(({ steps }) => steps)).toEqual([200, 400, 600]);
    expect((await runOf({ ...SHORT, totalSteps: 1 })).metrics.map(({ steps }) => steps)).toEqual([200]);
  });

  it("moves schedules along by the share of steps that are done", async () => {
    const { metrics } = await runOf({ ...SHORT, totalSteps: 800, learningRate: "linear(0.004)", clipRange: "linear(0.3,0.1)" });
    expect(metrics.map(({ learningRate }) => learningRate)).toEqual([0.004, 0.003, 0.002, 0.001]);
    expect(metrics.map(({ clipRange }) => clipRange)).toEqual([0, 0.25, 0.5, 0.75].map((progress) => 0.3 + (0.1 - 0.3) * progress));
  });

  it.each(["wasm", "cpu"] satisfies BackendName[])(
    "on %s holds no more tensors from one iteration to the next, and none after its end",
    async (backend) => {
      const before = tf.memory().numTensors;
      const counts: number[] = [];
      for await (const _ of train({ ...SHORT, backend, totalSteps: 1000, hidden: [8] })) counts.push(tf.memory().numTensors);
      expect(counts).toHaveLength(5);
      expect(new Set(counts.slice(1)).size).toBe(1);
      expect(counts[0]).toBeGreaterThan(before);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it("left by break still has the policy that it had, and is over", async () => {
    const training = train(SHORT);
    for await (const { iteration } of training) if (iteration === 2) break;
    await runOf({ ...SHORT, seed: 77 }); // which writes all over the memory that was given back
    const policy = await training.policy();
    expect(policy.header.training.steps).toBe(400);
    expect([0, 1]).toContain(policy.act([0, 0, 0, 0]));
    expect((await training.next()).done).toBe(true);
    expect(await weightsOf(training)).toBe((await runOf({ ...SHORT, totalSteps: 400 })).weights);
  });

  it.each([
    ["at its end", 3],
    ["after a break", 2],
  ])("gives back all of TensorFlow.js's memory %s, however many went before", async (_, last) => {
    const once = async () => {
      for await (const { iteration } of train(SHORT)) if (iteration === last) break;
      return { blocks: held.size, tensors: tf.memory().numTensors, bytes: tf.memory().numBytes };
    };
    const after = await once();
    for (let i = 0; i < 10; i++) expect(await once()).toEqual(after);
  });

  it("is not disturbed by another one that goes on in turns with it", async () => {
    const other = { ...SHORT, seed: 9, hidden: [16] };
    const alone = [(await runOf(SHORT)).weights, (await runOf(other)).weights];
    const pair = [train(SHORT), train(other)];
    for (let i = 0; i < 4; i++) for (const training of pair) await training.next();
    expect(await Promise.all(pair.map(weightsOf))).toEqual(alone);
    const both = [train(SHORT), train(other)];
    for (let i = 0; i < 4; i++) await Promise.all(both.map((training) => training.next()));
    expect(await Promise.all(both.map(weightsOf))).toEqual(alone);
  });

  it("gives its policy between two iterations, and that one stays as it is", async () => {
    const training = train(SHORT);
    const hashes: string[] = [];
    const policies = [];
    for await (const _ of training) {
      policies.push(await training.policy());
      hashes.push(await weightsOf(training));
    }
    expect(new Set(hashes).size).toBe(3);
    expect(policies.map(({ header }) => header.training.steps)).toEqual([200, 400, 600]);
    expect(await weightsOf(training)).toBe(hashes.at(-1));
  });

  it("has no policy before its first step, and says so", async () => {
    await expect(train(SHORT).policy()).rejects.toThrow(new UsageError("there is no policy yet: take a first step of the training loop"));
  });
});
