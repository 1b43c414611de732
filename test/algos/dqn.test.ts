/** DQN from outside: what it learns exactly, the same bits again, what it reports, and what it refuses. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it, vi } from "vitest";
import type { DqnOptions } from "../../src/algos/dqn.js";
import { UsageError } from "../../src/core/errors.js";
import type { Metrics } from "../../src/core/metrics.js";
import { weightsSha256 } from "../../src/policy/encode.js";
import { decodePolicy } from "../../src/policy/format.js";
import { type TrainOptions, train } from "../../src/run/train.js";
import { ALIVE, farthest, GAMMA, GRID, OPTIMUM } from "../oracle/grid.js";
import { RUNTIMES } from "../oracle/losses.js";

/** Six updates in float32; later ones may draw another transition, whose priority's last digit made the difference. Measured: 3e-7. */
const SAME_ROUND_TOLERANCE = 3e-6;
/** Action values near 1, which one weight each can be equal to. Measured: 0.0002. */
const OPTIMUM_TOLERANCE = 0.002;

/** A run of a few rounds: 5 lanes, so that there is a ragged group. */
const SHORT = {
  ...{ algo: "dqn", env: "CartPole-v1", seed: 3, totalSteps: 800, numEnvs: 5, trainFrequency: 8, gradientSteps: 6, learningStarts: 80 },
  ...{ batchSize: 32, bufferSize: 500, targetUpdateInterval: 100, learningRate: 3e-3, hidden: [12, 8] },
} as const satisfies TrainOptions;

const VARIANTS = {
  plain: {},
  double: { double: true },
  dueling: { dueling: true },
  prioritised: { prioritised: true },
  "n-step": { nStep: 3 },
  boltzmann: { exploration: "boltzmann" },
  all: { double: true, dueling: true, prioritised: true, nStep: 3, exploration: "boltzmann" },
} as const satisfies Readonly<Record<string, Partial<DqnOptions>>>;

async function run(options: TrainOptions) {
  const training = train(options);
  const metrics: Metrics[] = [];
  for await (const m of training) metrics.push(m);
  const { tensors, header } = await decodePolicy(await (await training.policy()).bytes());
  return { metrics, tensors, header, weights: await weightsSha256(tensors) };
}

describe("a table, as one layer", () => {
  const tabular = {
    ...{ algo: "dqn", env: GRID, seed: 1, totalSteps: 6000, numEnvs: 8, trainFrequency: 4, gradientSteps: 16, learningStarts: 400 },
    ...{
      batchSize: 64,
      bufferSize: 8000,
      targetUpdateInterval: 64,
      hidden: [],
      gamma: GAMMA,
      epsilon: 1,
      learningRate: "linear(0.05,0.001)",
    },
  } as const satisfies TrainOptions;
  /** By how much each action is worse than the best one: what dueling's advantages show too. */
  const shortfalls = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => value - Math.max(...row)));

  it.each(["plain", "double", "dueling", "prioritised"] as const)("comes to the optimal action values (%s)", async (variant) => {
    const training = train({ ...tabular, ...VARIANTS[variant] });
    for await (const _ of training);
    const policy = await training.policy();
    const learned = ALIVE.map((state) => [...policy.logits(Float32Array.of(state))]);
    expect(farthest(shortfalls(learned), shortfalls(OPTIMUM))).toBeLessThan(OPTIMUM_TOLERANCE);
    if (variant !== "dueling") expect(farthest(learned, OPTIMUM)).toBeLessThan(OPTIMUM_TOLERANCE);
  });
});

describe.each(["CartPole-v1", "FrozenLake-v1"] as const)("training on %s", (env) => {
  it.each(Object.entries(VARIANTS))("replays every operation (%s), and repeats itself under the same seed alone", async (_, variant) => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const once = await run({ ...SHORT, ...variant, env });
    const warnings = warn.mock.calls.map(String).filter((message) => message.startsWith("lanewise:"));
    warn.mockRestore();
    expect(warnings).toEqual([]);
    expect((await run({ ...SHORT, ...variant, env })).weights).toBe(once.weights);
    expect((await run({ ...SHORT, ...variant, env, seed: 4 })).weights).not.toBe(once.weights);
    if (variant !== VARIANTS.plain) expect((await run({ ...SHORT, env })).weights).not.toBe(once.weights);
  });

  it.each(RUNTIMES.slice(1))("takes the same first round on $backend with $kernels kernels, whatever the variant", async (runtime) => {
    for (const variant of Object.values(VARIANTS)) {
      const options = { ...SHORT, ...variant, env, totalSteps: 80 };
      const { seconds: _, stepsPerSecond: __, ...wanted } = (await run(options)).metrics[0] as Metrics;
      const got = (await run({ ...options, ...runtime })).metrics[0] as Metrics;
      for (const [name, value] of Object.entries(wanted)) {
        if (Number.isNaN(value)) expect(got[name], name).toBeNaN();
        else expect(Math.abs((got[name] as number) - value) / (1 + Math.abs(value)), name).toBeLessThan(SAME_ROUND_TOLERANCE);
      }
    }
  });
});

describe("a run", () => {
  it("reports its losses, how much it explores, and the size of its buffer", async () => {
    const general = ["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"];
    const scalars = (exploring: readonly string[]) => [...general, "loss", "tdError", "meanQ", ...exploring, "learningRate", "bufferSize"];
    const last = async (more: Partial<DqnOptions>) => (await run({ ...SHORT, ...more })).metrics.at(-1) as Metrics;
    expect(Object.keys(await last({}))).toEqual(scalars(["epsilon"]));
    expect(Object.keys(await last({ exploration: "boltzmann" }))).toEqual(scalars(["temperature"]));
    expect(Object.keys(await last({ exploration: "greedy" }))).toEqual(scalars([]));
    expect((await last({})).bufferSize).toBe(500);
  });

  it("follows its schedules, round by round", async () => {
    const schedules = { epsilon: "linear(0.8,0.2)", learningRate: "linear(0.004)" } as const;
    const { metrics } = await run({ ...SHORT, ...schedules, totalSteps: 4000, bufferSize: 4000 });
    expect(metrics.map(({ steps, bufferSize }) => [steps, bufferSize])).toEqual([1000, 2000, 3000, 4000].map((n) => [n, n]));
    for (const { steps, epsilon, learningRate } of metrics) {
      const progress = (steps - 40) / 4000; // when the last round began
      expect(epsilon).toBeCloseTo(0.8 - 0.6 * progress, 6);
      expect(learningRate).toBeCloseTo(0.004 * (1 - progress), 6);
    }
  });

  it("copies the network into its target when an interval is over: rounds are of 40 steps", async () => {
    const weights = async (targetUpdateInterval: number) => (await run({ ...SHORT, targetUpdateInterval })).weights;
    const eachRound = await weights(40);
    expect(await weights(1)).toBe(eachRound);
    expect(await weights(39)).toBe(eachRound);
    const never = await weights(801);
    expect(await weights(1_000_000)).toBe(never);
    expect(new Set([eachRound, await weights(80), await weights(120), never]).size).toBe(4);
  });

  it("moves the target a part of the way where τ is less than 1", async () => {
    const weights = async (tau: number) => (await run({ ...SHORT, targetUpdateInterval: 40, tau })).weights;
    const { weights: never } = await run({ ...SHORT, targetUpdateInterval: 801, tau: 1 });
    expect(await weights(1e-30)).toBe(never);
    expect(new Set([await weights(1), never, await weights(0.5), await weights(0.1)]).size).toBe(4);
  });

  it("of a dueling network leaves a policy of the advantages alone, which is greedy", async () => {
    const { header, tensors } = await run({ ...SHORT, dueling: true });
    expect(header.actor.map(({ weight }) => weight)).toEqual(["trunk.0.weight", "advantage.0.weight", "advantage.1.weight"]);
    expect(header.distribution).toEqual({ kind: "greedy" });
    expect([...tensors.keys()].filter((name) => name.startsWith("value"))).toEqual([]);
  });

  it("sees as many frames as it is told", async () => {
    const { header, tensors } = await run({ ...SHORT, frameStack: 3 });
    expect(header.frameStack).toBe(3);
    expect(tensors.get("q.0.weight")?.shape).toEqual([12, 12]);
  });

  it.each(["wasm", "cpu"] as const)("on %s holds no tensors after its end, nor more from one report to the next", async (name) => {
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    const options = { ...SHORT, ...VARIANTS.all, hidden: [4, 4], backend: name, totalSteps: 4000, gradientSteps: 1 } as const;
    for await (const _ of train(options)) counts.push(tf.memory().numTensors);
    expect(new Set(counts.slice(1)).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ env: "Pendulum-v1" }, "dqn needs a discrete action space; the actions of Pendulum-v1 are continuous"],
    [{ bufferSize: 39 }, "bufferSize 39 is less than the 40 transitions of a round (8 steps × 5 environments)"],
    [{ epsilon: "linear(1.5,0)" }, "epsilon is a probability, at most 1, not linear(1.5,0)"],
    [{ importanceExponent: "linear(0.4,1.1)" }, "importanceExponent is at most 1, not linear(0.4,1.1)"],
    [{ priorityExponent: 1.5 }, "option priorityExponent of dqn is a number from 0 to 1, not 1.5 (default 0.6)"],
  ] as const)("with %j is refused", (wrong, message) => {
    expect(() => train({ ...SHORT, ...wrong } as TrainOptions)).toThrow(new UsageError(message));
  });
});
