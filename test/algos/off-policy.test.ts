/** The loop that off-policy algorithms share: when it acts, learns and reports, and what it hands on. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  checkDiscrete,
  checkOffPolicy,
  interleave,
  type OffPolicyOptions,
  type OffPolicySetup,
  type OffPolicySteps,
  offPolicyFields,
  setUpOffPolicy,
  transitionTensors,
} from "../../src/algos/off-policy.js";
import { UsageError } from "../../src/core/errors.js";
import { resolveOptions } from "../../src/core/options.js";
import { featuresOf } from "../../src/core/spaces.js";
import { environments } from "../../src/envs/registry.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { column } from "../../src/wasm/heap.js";
import { CUT_AT, counter, lateCounter, TERMINATES_AT } from "../oracle/counter.js";
import { randomLayers } from "../oracle/network.js";

let backend: Backend;
beforeEach(async () => {
  backend = await startBackend("wasm");
});
afterEach(() => backend.dispose());

type Given = Partial<OffPolicyOptions>;

const optionsOf = (given: Given) => resolveOptions("a test", offPolicyFields, { batchSize: 8, bufferSize: 5000 }, given);

/** Greedy where actions are indices. */
function setUp(spec: EnvironmentSpec, given: Given, prioritised?: { readonly alpha: number }): Promise<OffPolicySetup> {
  const options = optionsOf(given);
  const inputs = options.frameStack * featuresOf(spec.observationSpace);
  const isDiscrete = spec.actionSpace.kind === "discrete";
  const actor = randomLayers(backend.heap, [inputs, (isDiscrete ? 1 : 2) * featuresOf(spec.actionSpace)], "tanh", 1);
  const greedy = { kind: "epsilonGreedy", epsilon: column(backend.heap, [1]) } as const;
  const acting = { actor, critic: [], sampler: isDiscrete ? greedy : ({ kind: "squashedGaussian" } as const) };
  return setUpOffPolicy({ spec, backend, seed: 1, totalSteps: 0 }, acting, { ...options, prioritised });
}

/** The reports of a loop whose algorithm does no more than is asked of it here. */
async function play(setup: OffPolicySetup, given: Given, totalSteps: number, steps: Partial<OffPolicySteps>) {
  const all = { learn: () => {}, pull: async () => {}, metrics: async () => ({}), ...steps };
  const reports = [];
  for await (const report of interleave(setup, optionsOf(given), { spec: counter, backend, seed: 1, totalSteps }, all)) {
    reports.push({ steps: report.steps, scalars: report.scalars, episodes: report.episodes.episodes });
  }
  return reports;
}

describe("a run of four rounds of ten steps, the first 25 steps to warm up", () => {
  const given = { numEnvs: 2, trainFrequency: 5, gradientSteps: 3, learningStarts: 25 };

  it("explores, collects, prepares, learns and pulls in this order, and knows how far it is", async () => {
    const setup = await setUp(counter, given);
    const calls: string[] = [];
    const reports = await play(setup, given, 40, {
      explore: (progress) => void calls.push(`explore at ${progress}`),
      prepare: (steps) => void calls.push(`prepare after ${steps}`),
      learn: (progress) => void calls.push(`learn at ${progress} from ${setup.replay.size}`),
      pull: async () => void calls.push("pull"),
      metrics: async () => ({ calls: calls.length }),
    });
    expect(calls).toEqual([
      ...["explore at 0", "explore at 0.25"],
      ...["explore at 0.5", "prepare after 30", ...Array<string>(3).fill("learn at 0.5 from 30"), "pull"],
      ...["explore at 0.75", "prepare after 40", ...Array<string>(3).fill("learn at 0.75 from 40"), "pull"],
    ]);
    expect(reports).toEqual([{ steps: 40, scalars: { calls: calls.length, bufferSize: 40 }, episodes: 2 * 4 }]);
  });

  it("acts uniformly while it warms up, and then as its actor says", async () => {
    const setup = await setUp(counter, given);
    const seen: number[][] = [];
    const look = () => void seen.push([...setup.rollout.columns.logProb.data]);
    await play(setup, given, 50, { explore: look });
    look();
    const [, ...rounds] = seen;
    expect(rounds.map((logProbs) => new Set(logProbs))).toEqual([
      ...Array.from({ length: 3 }, () => new Set([Math.fround(Math.log(0.5))])),
      ...Array.from({ length: 2 }, () => new Set([0])),
    ]);
  });

  it("draws a minibatch for each gradient step", async () => {
    const setup = await setUp(counter, given);
    const drawn: string[] = [];
    await play(setup, given, 40, { learn: () => void drawn.push(setup.replay.index.data.join()) });
    expect(new Set(drawn).size).toBe(6);
  });

  it("waits for gradient steps that take their time", async () => {
    const setup = await setUp(counter, given);
    const calls: string[] = [];
    const learn = async () => {
      calls.push("begin");
      await new Promise((resolve) => setTimeout(resolve, 1));
      calls.push("end");
    };
    await play(setup, given, 40, { learn, pull: async () => void calls.push("pull") });
    const round = ["begin", "end", "begin", "end", "begin", "end", "pull"];
    expect(calls).toEqual([...round, ...round]);
  });
});

it("0 gradient steps are as many as there were transitions in the round", async () => {
  const given = { numEnvs: 3, trainFrequency: 4, gradientSteps: 0, learningStarts: 0 };
  let learned = 0;
  await play(await setUp(counter, given), given, 24, { learn: () => void learned++ });
  expect(learned).toBe(24);
});

it("reports come after each 1,000 steps, as soon as a round is over, and at the end", async () => {
  const given = { numEnvs: 4, trainFrequency: 100, gradientSteps: 1, learningStarts: 0 };
  const reports = await play(await setUp(counter, given), given, 2500, {});
  expect(reports.map(({ steps }) => steps)).toEqual([1200, 2400, 2800]);
  const perLane = (steps: number) => Math.floor(steps / 40) * 2 + Number((steps / 4) % 10 >= TERMINATES_AT);
  expect(reports.map(({ episodes }) => episodes)).toEqual([1200, 2400, 2800].map((steps) => 4 * perLane(steps)));
  expect(reports.map(({ scalars }) => scalars["bufferSize"])).toEqual([1200, 2400, 2800]);
});

it("β of prioritised draws moves with the run", async () => {
  const given = { numEnvs: 1, trainFrequency: 10, gradientSteps: 4, learningStarts: 0, batchSize: 16 };
  const setup = await setUp(counter, given, { alpha: 1 });
  const error = column(backend.heap, [16]);
  error.data.set(Float32Array.from({ length: 16 }, (_, i) => 1 + i));
  const weights = new Map<number, number[][]>();
  const asked: number[] = [];
  await play(setup, given, 40, {
    beta(progress) {
      asked.push(progress);
      return progress < 0.5 ? 0 : 1;
    },
    learn(progress) {
      weights.set(progress, [...(weights.get(progress) ?? []), [...setup.replay.columns.weight.data]]);
      setup.replay.updatePriorities(error);
    },
  });
  expect(new Set(asked)).toEqual(new Set([0, 0.25, 0.5, 0.75]));
  for (const [progress, drawn] of weights) {
    expect(drawn).toHaveLength(4);
    const isOne = drawn.flat().every((weight) => weight === 1);
    expect(isOne, `weights at ${progress}`).toBe(progress < 0.5);
  }
});

it.each([
  ["answers at once", counter],
  ["takes its time", lateCounter],
] as const)("an environment that %s fills the buffer with what it does", async (_, spec) => {
  const given = { numEnvs: 2, trainFrequency: 7, gradientSteps: 1, learningStarts: 0, batchSize: 64 };
  const setup = await setUp(spec, given);
  const seen = new Set<string>();
  await play(setup, given, 84, {
    learn() {
      const { observation, reward, nextObservation, discount } = setup.replay.columns;
      for (let i = 0; i < 64; i++) {
        seen.add([observation.data[i], reward.data[i], nextObservation.data[i], (discount.data[i] as number) > 0].join());
      }
    },
  });
  const step = (count: number, goesOn: boolean) => [count, count + 1, count + 1, goesOn].join();
  const going = Array.from({ length: CUT_AT }, (_, count) => step(count, true)); // bootstrapped where the time limit cut, too
  expect(seen).toEqual(new Set([...going, step(TERMINATES_AT - 1, false)]));
});

describe("a minibatch as tensors", () => {
  const given = { numEnvs: 2, trainFrequency: 4, batchSize: 8, frameStack: 2 };

  it.each(["wasm", "cpu"] as const)("on %s holds what the columns hold", async (name) => {
    backend.dispose();
    backend = await startBackend(name);
    const { rollout, replay } = await setUp(environments["CartPole-v1"], given);
    rollout.collect();
    replay.push(rollout.columns);
    replay.sample();
    tf.tidy(() => {
      const batch = transitionTensors(backend, replay.columns);
      expect(Object.fromEntries(Object.entries(batch).map(([key, tensor]) => [key, [tensor.dtype, ...tensor.shape]]))).toEqual({
        ...{ observation: ["float32", 8, 8], action: ["int32", 8], reward: ["float32", 8], nextObservation: ["float32", 8, 8] },
        ...{ discount: ["float32", 8], weight: ["float32", 8] },
      });
      for (const [key, tensor] of Object.entries(batch)) {
        expect([...tensor.dataSync()], key).toEqual([...replay.columns[key as keyof typeof replay.columns].data]);
      }
    });
  });

  it("has continuous actions within ±1, whatever the bounds that they stand for", async () => {
    const { rollout, replay } = await setUp(environments["Pendulum-v1"], { ...given, trainFrequency: 50 });
    rollout.sampler.isUniform = true;
    rollout.collect();
    replay.push(rollout.columns);
    replay.sample();
    expect(replay.columns.action.shape).toEqual([8, 1]);
    const sizes = [...rollout.columns.action.data].map(Math.abs);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1);
    expect(Math.max(...sizes)).toBeGreaterThan(0.9);
    expect(rollout.options.rescaleAction).toBe(true);
  });
});

describe("options", () => {
  it("are refused where a round doesn't fit in the buffer", () => {
    const given = { numEnvs: 8, trainFrequency: 4, bufferSize: 31 };
    expect(() => checkOffPolicy(optionsOf(given))).toThrow(
      new UsageError("bufferSize 31 is less than the 32 transitions of a round (4 steps × 8 environments)"),
    );
    expect(() => checkOffPolicy(optionsOf({ ...given, bufferSize: 32 }))).not.toThrow();
  });

  it("of algorithms that need indices for actions go with no others", () => {
    expect(() => checkDiscrete("x", environments["CartPole-v1"])).not.toThrow();
    expect(() => checkDiscrete("x", environments["Pendulum-v1"])).toThrow(
      new UsageError("x needs a discrete action space; the actions of Pendulum-v1 are continuous"),
    );
  });
});
