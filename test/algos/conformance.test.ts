/** What every algorithm promises, over the whole registry: a new one is held to it without a line here. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it, vi } from "vitest";
import type { AlgorithmId } from "../../src/algos/registry.js";
import { UsageError } from "../../src/core/errors.js";
import type { Metrics } from "../../src/core/metrics.js";
import { box, discrete, type Space, sizeOf } from "../../src/core/spaces.js";
import { defineEnvironment } from "../../src/envs/custom.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { weightsSha256 } from "../../src/policy/encode.js";
import { decodePolicy } from "../../src/policy/format.js";
import { loadPolicy } from "../../src/policy/policy.js";
import { resume } from "../../src/run/checkpoints/resume.js";
import { type Training, type TrainOptions, train } from "../../src/run/train.js";

import { memoryStore } from "../oracle/checkpoints.js";
import { ENVIRONMENTS, IDS, optionsOf, refusal, STEPS, servedBy } from "./small-runs.js";

/** Three reports of algorithms whose iterations are short. */
const RESUMED_STEPS = 2100;
/** Of a run that has as many iterations. */
const CHECKPOINTS = 8;

/** Algorithms that compute from the environment's table and draw nothing: every seed gives the same. */
const SEEDLESS: readonly string[] = ["policy-evaluation", "value-iteration", "policy-iteration", "soft-policy-iteration"];

/** Names of scalars, one for each meaning. An algorithm that reports something new adds it here, one that reports the same uses the name. */
const VOCABULARY: Readonly<Record<string, string>> = {
  loss: "what the optimizer lowers",
  policyLoss: "the policy's part of it",
  valueLoss: "the value function's part, or the action values'",
  entropy: "of the policy, in nats",
  approxKl: "divergence of the new policy from the old, estimated",
  kl: "divergence of the new policy from the old, exact",
  klCoefficient: "weight of a penalty on it",
  stepFraction: "how much of a step a line search took",
  clipFraction: "share of ratios outside of the clipping range",
  explainedVariance: "of returns by values",
  learningRate: "step size of the optimizer",
  clipRange: "PPO's ε",
  meanWeight: "of importance weights, before they are normalised",
  effectiveSampleSize: "how many steps of equal importance weight would say as much",
  tdError: "mean size of the temporal-difference errors",
  meanQ: "mean value of the actions that were taken",
  bufferSize: "transitions in the replay buffer",
  epsilon: "share of random actions",
  temperature: "of Boltzmann exploration, or the weight of the entropy in soft values",
  temperatureLoss: "what the weight of the entropy is learned by",
  stateValueLoss: "of soft state values, beside action values",
  delta: "largest change of a value in a sweep",
  startValue: "of the first states of episodes, by a table",
};

async function weightsOf(training: Training): Promise<string> {
  return weightsSha256((await decodePolicy(await (await training.policy()).bytes())).tensors);
}

const run = (options: TrainOptions) => follow(train(options));

async function follow(training: Training) {
  const metrics: Metrics[] = [];
  for await (const m of training) metrics.push(m);
  return { metrics, weights: await weightsOf(training), policy: await training.policy() };
}

/** The runs that tests have in common: one of each algorithm on each environment. */
const runs = new Map<string, ReturnType<typeof run>>();

function firstRun(algo: AlgorithmId, env: EnvironmentSpec): ReturnType<typeof run> {
  const name = `${algo} on ${env.id}`;
  const known = runs.get(name) ?? run(optionsOf(algo, env));
  runs.set(name, known);
  return known;
}

const timeless = (all: readonly Metrics[]) => all.map(({ seconds: _, stepsPerSecond: __, ...rest }) => rest);

/** An environment of the same spaces whose rewards are ±1e6. */
function extreme({ observationSpace, actionSpace }: EnvironmentSpec): EnvironmentSpec {
  const middle = (space: Space) =>
    space.kind === "box"
      ? box(
          space.low.map(() => -1),
          space.high.map(() => 1),
        )
      : space;
  return defineEnvironment({
    id: "Extreme-v0",
    timeLimit: 10,
    create() {
      let t = 0;
      const space = middle(observationSpace);
      const observe = () => (space.kind === "discrete" ? t % space.n : Array.from({ length: sizeOf(space) }, (_, i) => ((t + i) % 3) - 1));
      return {
        observationSpace: space,
        actionSpace: actionSpace.kind === "box" ? box(actionSpace.low, actionSpace.high) : discrete(actionSpace.n),
        reset: () => {
          t = 0;
          return observe() as never;
        },
        step: () => ({ observation: observe() as never, reward: ++t % 2 ? 1e6 : -1e6, terminated: t % 7 === 0 }),
      };
    },
  }) as unknown as EnvironmentSpec;
}

describe.each(IDS)("%s", (algo) => {
  const served = servedBy(algo);
  const first = served[0] as EnvironmentSpec;

  it("serves an environment, and says of the others why it doesn't", () => {
    expect(served.length).toBeGreaterThan(0);
    for (const env of ENVIRONMENTS.filter((one) => !served.includes(one))) {
      const error = refusal(algo, env);
      expect(error).toBeInstanceOf(UsageError);
      expect((error as Error).message).toMatch(/^.*(needs|serves|wants|takes) .*(discrete|box|table|continuous|indices|vectors)/i);
    }
  });

  describe.each(served.map((env) => [env.id, env] as const))("on %s", (_, env) => {
    it("ends with the same weights under the same seed, and with others under another; no operation is left out of recordings", async () => {
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      const { weights, metrics } = await firstRun(algo, env);
      const again = await run(optionsOf(algo, env));
      const warnings = warn.mock.calls.map(String).filter((message) => message.startsWith("lanewise:"));
      warn.mockRestore();
      expect(warnings).toEqual([]);
      expect(again.weights).toBe(weights);
      expect(timeless(again.metrics)).toEqual(timeless(metrics));
      if (!SEEDLESS.includes(algo)) expect((await run(optionsOf(algo, env, { seed: 4 }))).weights).not.toBe(weights);
    });

    it("resumed from a checkpoint goes on as if it had never been interrupted", async () => {
      const options = { ...optionsOf(algo, env), totalSteps: RESUMED_STEPS } as TrainOptions;
      const whole = await run(options);
      const store = memoryStore();
      const every = Math.ceil((whole.metrics.at(-1)?.steps ?? 0) / CHECKPOINTS);
      const interrupted = await run({ ...options, checkpoint: { store, every, keep: CHECKPOINTS } });
      expect(interrupted.weights).toBe(whole.weights);
      const names = [...store.files.keys()].filter((name) => name.startsWith("checkpoint"));
      const early = names[Math.floor(names.length / 3)] as string;
      const resumed = await follow(await resume(memoryStore(new Map([[early, store.files.get(early) as Uint8Array]])), { env }));
      expect((await follow(await resume(store, { env }))).weights).toBe(whole.weights);
      const since = whole.metrics.findIndex(({ iteration }) => iteration === resumed.metrics[0]?.iteration);
      expect(since).toBeGreaterThan(0);
      expect(timeless(resumed.metrics)).toEqual(timeless(whole.metrics.slice(since)));
      expect(resumed.weights).toBe(whole.weights);
    });

    it("learns something: the weights move", async () => {
      const untrained = await run(optionsOf(algo, env, { totalSteps: 1, learningRate: 0 }));
      expect((await firstRun(algo, env)).weights).not.toBe(untrained.weights);
    });

    it("reports metrics by names that others use too", async () => {
      const { metrics } = await firstRun(algo, env);
      const general = ["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"];
      expect(metrics.length).toBeGreaterThan(0);
      expect(metrics.at(-1)?.steps).toBeGreaterThanOrEqual(SEEDLESS.includes(algo) ? 0 : STEPS);
      const names = new Set(metrics.flatMap(Object.keys));
      expect(general.filter((name) => !names.has(name))).toEqual([]);
      expect([...names].filter((name) => !general.includes(name) && !Object.hasOwn(VOCABULARY, name))).toEqual([]);
    });

    it("gives a policy that acts the same once saved and loaded", async () => {
      const { policy } = await firstRun(algo, env);
      const loaded = await loadPolicy(await policy.bytes());
      const { observationSpace: space } = env;
      const rows = Array.from({ length: 8 }, (_, row) =>
        space.kind === "discrete" ? [row] : Array.from({ length: sizeOf(space) }, (_, i) => Math.sin(row + 2 * i)),
      );
      const observations = Float32Array.from(rows.flat());
      for (const deterministic of [true, false]) {
        policy.seed(1);
        loaded.seed(1);
        expect(loaded.actBatch(observations, { deterministic })).toEqual(policy.actBatch(observations, { deterministic }));
      }
    });

    const spec = extreme(env);
    // Exact methods want the table, which rewards of another program don't have.
    it.skipIf(refusal(algo, spec) !== undefined)("stays finite under rewards of ±1e6", async () => {
      const training = train(optionsOf(algo, spec));
      for await (const _ of training);
      const { tensors } = await decodePolicy(await (await training.policy()).bytes());
      for (const [name, { data }] of tensors) expect([name, data.every(Number.isFinite)]).toEqual([name, true]);
    });
  });

  it("left by break is over, keeps its policy, and holds no tensors", async () => {
    await firstRun(algo, first);
    const before = tf.memory().numTensors;
    const training = train(optionsOf(algo, first));
    for await (const _ of training) break;
    expect((await training.next()).done).toBe(true);
    expect((await training.policy()).header.algorithm).toBe(algo);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("learns on stock kernels too, nearly the same at first", async () => {
    const [ours, stock] = [await firstRun(algo, first), await run(optionsOf(algo, first, { kernels: "stock" }))];
    const [wanted, got] = [ours.metrics[0] as Metrics, stock.metrics[0] as Metrics];
    expect(Object.keys(got)).toEqual(Object.keys(wanted));
    for (const [name, value] of Object.entries(wanted)) {
      if (["seconds", "stepsPerSecond"].includes(name) || Number.isNaN(value)) continue;
      expect(Math.abs((got[name] as number) - value) / (1 + Math.abs(value)), `${name}: ${got[name]}, not ${value}`).toBeLessThan(1e-2);
    }
  });
});
