/** DQN's targets and loss against a second implementation in float64, from the environment on; and runs from outside. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type DqnOptions, dqnLoss, dqnSteps, dqnTarget } from "../../src/algos/dqn.js";
import { setUpOffPolicy, type TransitionBatch, transitionTensors } from "../../src/algos/off-policy.js";
import { UsageError } from "../../src/core/errors.js";
import type { Metrics } from "../../src/core/metrics.js";
import { gridWorld } from "../../src/envs/tabular/grid-world.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { QNetwork } from "../../src/nn/q-network.js";
import { decodePolicy, weightsSha256 } from "../../src/policy/format.js";
import { resolveConfig, type TrainOptions, train } from "../../src/run/train.js";
import { column } from "../../src/wasm/heap.js";
import { CUT_AT, counter, TERMINATES_AT } from "../oracle/counter.js";
import { BATCH, expectLoss, INPUTS, knownWeights, mean64, RUNTIMES, rows, type Weights } from "../oracle/losses.js";
import { forward64 } from "../oracle/network.js";
import { optimalValues, worths } from "../oracle/planning.js";
import { ACTIONS, exampleQNetwork, values64 } from "../oracle/q-network.js";
import { drawn, randomNormals, randomNumbers } from "../oracle/random.js";

/** Targets near 1, of float32 sums over a dozen products. Measured: 3e-7. */
const TARGET_TOLERANCE = 2e-6;
/** Relative, of float32 errors to the power of 0.6. Measured: 1e-6. */
const PRIORITY_TOLERANCE = 1e-5;
/** A few updates in float32, whose roundings Adam's division by √v magnifies where a gradient is near 0. Measured: 1e-6. */
const SAME_ROUND_TOLERANCE = 1e-4;
/** Action values near 1 that Adam comes to in some thousand steps of 0.001 at the end. Measured: 0.004. */
const OPTIMUM_TOLERANCE = 0.02;

let backend: Backend;
afterEach(() => backend?.dispose());

type Batch = { readonly [K in keyof TransitionBatch]: Float32Array };

/** Discounts as n-step transitions have them: γ, γ², γ³, and 0 where the episode terminated. */
const DISCOUNTS = [0.9, 0.81, 0.729, 0];

function exampleBatch(seed: number): Batch {
  const [normal, random] = [randomNormals(seed), randomNumbers(seed)];
  return {
    observation: drawn(BATCH * INPUTS, normal),
    action: drawn(BATCH, () => Math.floor(ACTIONS.n * random())),
    reward: drawn(BATCH, normal),
    nextObservation: drawn(BATCH * INPUTS, normal),
    discount: drawn(BATCH, () => DISCOUNTS[Math.floor(4 * random())] as number),
    weight: drawn(BATCH, () => 0.1 + 0.9 * random()),
  };
}

/** The batch on the current backend. */
function tensorsOf(batch: Batch): TransitionBatch {
  return {
    observation: tf.tensor2d(batch.observation, [BATCH, INPUTS]),
    action: tf.tensor1d(Int32Array.from(batch.action), "int32"),
    reward: tf.tensor1d(batch.reward),
    nextObservation: tf.tensor2d(batch.nextObservation, [BATCH, INPUTS]),
    discount: tf.tensor1d(batch.discount),
    weight: tf.tensor1d(batch.weight),
  };
}

const indexOfLargest = (values: readonly number[]) => values.indexOf(Math.max(...values));

/** y of every row. */
function targets64(target: Weights, choosing: Weights, { reward, discount, nextObservation }: Batch): number[] {
  return rows(nextObservation, INPUTS).map((next, i) => {
    const action = indexOfLargest(values64(choosing, next));
    return (reward[i] as number) + (discount[i] as number) * (values64(target, next)[action] as number);
  });
}

const CASES = RUNTIMES.flatMap((runtime) => [false, true].map((dueling) => ({ ...runtime, dueling })));

describe.each(CASES)("on $backend with $kernels kernels (dueling: $dueling)", ({ dueling, ...runtime }) => {
  it.each([false, true])("targets are the papers' (double: %s)", async (double) => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const [q, target] = [exampleQNetwork(backend, dueling, 1), exampleQNetwork(backend, dueling, 2)];
    const batch = exampleBatch(3);
    const got = tf.tidy(() => [...dqnTarget(q.network, target.network, tensorsOf(batch), { double }).dataSync()]);
    const wanted = targets64(target.weights, double ? q.weights : target.weights, batch);
    expect(Math.max(...got.map((y, i) => Math.abs(y - (wanted[i] as number))))).toBeLessThan(TARGET_TOLERANCE);
    const other = targets64(target.weights, double ? target.weights : q.weights, batch);
    expect(got.filter((y, i) => Math.abs(y - (other[i] as number)) > 0.01).length, "rows where both differ").toBeGreaterThan(3);
    expect(got.filter((y, i) => batch.discount[i] === 0 && y === batch.reward[i]).length, "terminated rows").toBeGreaterThan(1);
  });

  it("the loss is Huber's of the temporal-difference errors, weighted, and so is its gradient", async () => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const { network, weights } = exampleQNetwork(backend, dueling, 4);
    const batch = exampleBatch(5);
    const y = drawn(BATCH, () => 0);
    y.set(targets64(weights, weights, batch));
    const errors64 = (moved: Weights) =>
      rows(batch.observation, INPUTS).map((row, i) => (y[i] as number) - (values64(moved, row)[batch.action[i] as number] as number));
    const huber = (error: number) => (Math.abs(error) <= 1 ? error ** 2 / 2 : Math.abs(error) - 0.5);
    const sizes = errors64(weights).map(Math.abs);
    expect(Math.min(sizes.filter((size) => size < 1).length, sizes.filter((size) => size > 1).length)).toBeGreaterThan(4);
    expectLoss({
      parameters: network.parameters,
      weights,
      batchOf: () => ({ mb: tensorsOf(batch), y: tf.tensor1d(y) }),
      lossOf: ({ mb, y }) => dqnLoss(network, mb, y),
      loss64: (moved) => {
        const errors = errors64(moved);
        return {
          loss: mean64(errors.map((error, i) => (batch.weight[i] as number) * huber(error))),
          tdError: mean64(errors.map(Math.abs)),
          meanQ: mean64(errors.map((error, i) => (y[i] as number) - error)),
        };
      },
    });
  });
});

describe("from the environment to the target", () => {
  /** The n-step target of the step that stands in a slot, from what is known of the environment: its lanes all play the same. */
  function target64(slot: number, lanes: number, nStep: number, value: (count: number) => number): number {
    const gamma = 0.9;
    const time = Math.floor(slot / lanes) % (TERMINATES_AT + CUT_AT);
    const [terminates, start] = time < TERMINATES_AT ? [true, time] : [false, time - TERMINATES_AT];
    const end = terminates ? TERMINATES_AT : CUT_AT;
    let [sum, discount] = [0, 1];
    for (let count = start + 1; ; count++) {
      sum += discount * count;
      discount *= gamma;
      if (count === end) return terminates ? sum : sum + discount * value(count);
      if (count === start + nStep) return sum + discount * value(count);
    }
  }

  it.each([
    [1, 1],
    [1, 3],
    [3, 1],
    [3, 3],
  ])("%i lanes and %i steps: what was cut is bootstrapped from its last observation, what terminated never is", async (numEnvs, nStep) => {
    backend = await startBackend("wasm");
    const q = new QNetwork(backend, 1, 2, { hidden: [4], activation: "tanh", dueling: false }, 1);
    knownWeights(q.parameters, 2);
    const options = {
      ...{ numEnvs, trainFrequency: 10, gradientSteps: 1, learningStarts: 0, bufferSize: 1000, batchSize: 64, nStep, gamma: 0.9 },
      ...{ frameStack: 1, normalizeReward: false },
    };
    const acting = { actor: q.actor.located, critic: [], sampler: { kind: "epsilonGreedy", epsilon: column(backend.heap, [1]) } } as const;
    const session = { spec: counter, backend, seed: 1, totalSteps: 100 };
    const { rollout, replay } = await setUpOffPolicy(session, acting, options);
    for (let i = 0; i < 4; i++) {
      rollout.collect();
      replay.push(rollout.columns);
    }
    const value = (count: number) => Math.max(...forward64(q.actor.located, [count]));
    const newest = 40 - nStep; // windows of later steps are shorter
    const seen = new Set<number>();
    for (let draw = 0; draw < 10; draw++) {
      replay.sample();
      const y = tf.tidy(() => dqnTarget(q, q, transitionTensors(backend, replay.columns), { double: draw % 2 === 1 }).dataSync());
      for (const [i, slot] of replay.index.data.entries()) {
        if (Math.floor(slot / numEnvs) > newest) continue;
        seen.add(Math.floor(slot / numEnvs) % (TERMINATES_AT + CUT_AT));
        const wanted = target64(slot, numEnvs, nStep, value);
        expect(Math.abs((y[i] as number) - wanted) / (1 + Math.abs(wanted)), `slot ${slot}: ${y[i]}, not ${wanted}`).toBeLessThan(
          TARGET_TOLERANCE,
        );
      }
    }
    expect(seen.size).toBe(TERMINATES_AT + CUT_AT);
  });
});

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

describe("temporal-difference errors", () => {
  it.each(RUNTIMES)("become priorities on $backend with $kernels kernels, as they were before the step", async (runtime) => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const options = resolveConfig({ ...SHORT, prioritised: true, nStep: 2 }).options as unknown as DqnOptions;
    const newNetwork = () => new QNetwork(backend, 1, 2, { hidden: [4], activation: "tanh", dueling: false }, 1);
    const [q, target] = [newNetwork(), newNetwork()];
    knownWeights(q.parameters, 3);
    knownWeights(target.parameters, 4);
    const sampler = { kind: "epsilonGreedy", epsilon: column(backend.heap, [1]) } as const;
    const session = { spec: counter, backend, seed: 1, totalSteps: 100 };
    const acting = { actor: q.actor.located, critic: [], sampler };
    const { rollout, replay } = await setUpOffPolicy(session, acting, { ...options, prioritised: { alpha: 0.6 } });
    const steps = dqnSteps({ q, target, replay, exploration: { sampler, moveTo: () => ({}) } }, options, session);
    rollout.collect();
    replay.push(rollout.columns);
    steps.explore?.(0);
    const all = new Map<number, number>();
    for (let step = 0; step < 3; step++) {
      replay.sample(1);
      const { observation, action, reward, nextObservation, discount } = replay.columns;
      for (const [i, slot] of replay.index.data.entries()) {
        const next = Math.max(...forward64(target.actor.located, [nextObservation.data[i] as number]));
        const value = forward64(q.actor.located, [observation.data[i] as number])[action.data[i] as number] as number;
        all.set(slot, (reward.data[i] as number) + (discount.data[i] as number) * next - value);
      }
      await steps.learn(0);
      await steps.pull();
      const priority = replay.state()["priority"]?.data ?? [];
      for (const [slot, error] of all) {
        const wanted = (Math.abs(error) + 1e-6) ** 0.6;
        expect(Math.abs((priority[slot] as number) - wanted) / wanted, `slot ${slot}`).toBeLessThan(PRIORITY_TOLERANCE);
      }
    }
    expect(new Set([...all.values()].map((error) => error.toFixed(2))).size).toBeGreaterThan(10);
    expect((await steps.metrics())["tdError"]).toBeGreaterThan(0.1);
  });
});

/** Where each step is certain, starts are anywhere, and one hole and the goal end an episode. */
const GRID = gridWorld({ width: 3, height: 3, slipperiness: 0, wallDensity: 0, holes: 1, randomStart: true });
const GAMMA = 0.9;

describe("a table, as a layer without bias to speak of", () => {
  const tabular = {
    ...{ algo: "dqn", env: GRID, seed: 1, totalSteps: 6000, numEnvs: 8, trainFrequency: 4, gradientSteps: 4, learningStarts: 400 },
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
  /** Q*(s, ·) but for what the best action is worth: what dueling's advantages show too. */
  const optimum = worths(GRID.table, optimalValues(GRID.table, GAMMA), GAMMA);
  const losses = (values: readonly number[]) => values.map((value) => value - Math.max(...values));

  it.each(["plain", "double", "dueling", "prioritised"] as const)("comes to the optimal action values (%s)", async (variant) => {
    const training = train({ ...tabular, ...VARIANTS[variant] });
    for await (const _ of training);
    const policy = await training.policy();
    const errors = optimum.flatMap((values, state) => {
      if (GRID.table.outcomes(state, 0).every(({ terminated, nextState }) => terminated && nextState === state)) return []; // where an episode is over
      const learned = losses([...policy.logits(Float32Array.of(state))]);
      return losses(values).map((loss, action) => Math.abs(loss - (learned[action] as number)));
    });
    expect(Math.max(...errors)).toBeLessThan(OPTIMUM_TOLERANCE);
    expect(errors.length).toBeGreaterThan(20);
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
      const options = { ...SHORT, ...variant, env, totalSteps: 120 };
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
