/** What gradient steps of both forms of soft actor-critic move, the noise that they draw, and how SAC explores. */
import { afterEach, describe, expect, it } from "vitest";
import { LearningNoise } from "../../src/algos/continuous.js";
import { sac, sacNetworks, sacSteps } from "../../src/algos/sac.js";
import { sacV, sacVNetworks, sacVSteps } from "../../src/algos/sac-v.js";
import { correlatedSampler } from "../../src/algos/soft.js";
import { UsageError } from "../../src/core/errors.js";
import { resolveOptions } from "../../src/core/options.js";
import { box } from "../../src/core/spaces.js";
import { environments } from "../../src/envs/registry.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { ACTIONS, batchColumns, exampleBatch, exampleSession, followingError, NETWORK, observed } from "../oracle/actor-critics.js";
import { bitsOf } from "../oracle/bits.js";
import { BATCH, mean64 } from "../oracle/losses.js";

/** A parameter moved by Adam or by averaging, in float32. Measured: 6.7e-8. */
const STEP_TOLERANCE = 1e-6;

let backend: Backend;
afterEach(() => backend?.dispose());

const batch = exampleBatch();
const GIVEN = { ...NETWORK, batchSize: BATCH, learningRate: 0.01, tau: 0.1 };
const sacOptions = (given: object = {}) => resolveOptions("sac", sac.fields, {}, { ...GIVEN, ...given });
const sacVOptions = resolveOptions("sac-v", sacV.fields, {}, GIVEN);

describe("a gradient step of SAC", () => {
  async function start(given: object = {}) {
    backend = await startBackend("wasm");
    const session = exampleSession(backend);
    const networks = sacNetworks(session, sacOptions(given));
    const steps = sacSteps(networks, batchColumns(backend, batch), sacOptions(given), session);
    const { actor, critics, targets, temperature } = networks;
    const sets = { actor: actor.parameters, critics: critics.parameters, targets: targets.parameters, temperature };
    return { networks, steps, sets };
  }

  it("moves actor, critics, temperature and, by τ of the way, the targets, which began where the critics did", async () => {
    const { steps, sets } = await start();
    const { before: first } = observed(sets, () => {});
    expect(first.targets).toEqual(first.critics);
    for (let i = 0; i < 3; i++) {
      const { before, after, moved } = observed(sets, () => steps.learn(0));
      expect(moved).toEqual(["actor", "critics", "targets", "temperature"]);
      expect(followingError(before.targets, after.critics, after.targets, GIVEN.tau)).toBeLessThan(STEP_TOLERANCE);
    }
  });

  it("leaves the temperature alone if it is not to be learned", async () => {
    const { steps, sets } = await start({ learnTemperature: false, temperature: 0.5 });
    expect(observed(sets, () => steps.learn(0)).moved).toEqual(["actor", "critics", "targets"]);
    const { temperature, ...rest } = await steps.metrics();
    expect(temperature).toBeCloseTo(0.5, 6);
    expect(Object.keys(rest)).toEqual(["valueLoss", "meanQ", "policyLoss", "entropy"]);
  });

  it.each([
    [-100, -1],
    [100, 1],
  ])("with a target entropy of %i moves ln α by %i learning rate", async (targetEntropy, sign) => {
    const { steps, sets } = await start({ targetEntropy });
    const { before, after } = observed(sets, () => steps.learn(0));
    const step = (after.temperature[0] as number) - (before.temperature[0] as number);
    expect(Math.abs(step - sign * 0.01)).toBeLessThan(STEP_TOLERANCE); // Adam's first step is the learning rate long
  });

  it("aims at the entropy of the very actions that the actor just learned from", async () => {
    const { steps } = await start({ targetEntropy: -2 });
    for (let i = 0; i < 4; i++) {
      steps.learn(0);
      const { entropy, temperature, temperatureLoss } = await steps.metrics();
      expect(temperatureLoss).toBeCloseTo((temperature as number) * ((entropy as number) + 2 * ACTIONS), 5);
    }
  });

  it("follows the schedule of the learning rate", async () => {
    const { steps, sets } = await start({ learningRate: "linear(0.01)" });
    const stepAt = (progress: number) => {
      const { before, after } = observed({ temperature: sets.temperature }, () => steps.learn(progress));
      return Math.abs((after.temperature[0] as number) - (before.temperature[0] as number));
    };
    expect(stepAt(0.75)).toBeCloseTo(0.0025, 6);
    expect(stepAt(1)).toBe(0);
  });
});

describe("a gradient step of SAC with a state-value function", () => {
  it("moves everything, and the target value by τ of the way", async () => {
    backend = await startBackend("wasm");
    const session = exampleSession(backend);
    const networks = sacVNetworks(session, sacVOptions);
    const steps = sacVSteps(networks, batchColumns(backend, batch), sacVOptions, session);
    const { actor, critics, value, targetValue } = networks;
    const sets = {
      actor: actor.parameters,
      critics: critics.parameters,
      value: value.parameters,
      targetValue: targetValue.parameters,
    };
    const { before: first } = observed(sets, () => {});
    expect(first.targetValue).toEqual(first.value);
    for (let i = 0; i < 3; i++) {
      const { before, after, moved } = observed(sets, () => steps.learn(0));
      expect(moved).toEqual(["actor", "critics", "value", "targetValue"]);
      expect(followingError(before.targetValue, after.value, after.targetValue, GIVEN.tau)).toBeLessThan(STEP_TOLERANCE);
    }
  });
});

describe("the noise of gradient steps", () => {
  it("is new in every column and at every draw, standard normal, and the same from the same seed", async () => {
    backend = await startBackend("wasm");
    const drawnBy = (seed: number) => {
      const noise = new LearningNoise(backend, 2, [500, 2], seed);
      return Array.from({ length: 3 }, () => {
        noise.draw();
        return [noise.tensor(0), noise.tensor(1)].map((tensor) => tensor.dataSync().slice() as Float32Array);
      }).flat();
    };
    const columns = drawnBy(7);
    expect(new Set(columns.map((values) => bitsOf(values))).size).toBe(6);
    expect(drawnBy(7)).toEqual(columns);
    expect(drawnBy(8)).not.toEqual(columns);
    const all = columns.flatMap((values) => [...values]);
    const mean = mean64(all);
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(all.length));
    expect(Math.abs(mean64(all.map((x) => (x - mean) ** 2)) - 1)).toBeLessThan(5 * Math.sqrt(2 / all.length));
  });
});

describe("exploration by correlated noise", () => {
  it("keeps the noise's deviation at 1, and is left out at correlation 0", async () => {
    backend = await startBackend("wasm");
    expect(correlatedSampler(backend, sacOptions())).toEqual({ kind: "squashedGaussian" });
    const sampler = correlatedSampler(backend, sacOptions({ noiseCorrelation: 0.8 }));
    const [keep, deviation] = sampler.kind === "squashedGaussian" ? (sampler.parameters?.data ?? []) : [];
    expect(keep).toBeCloseTo(0.8, 6);
    expect(deviation).toBeCloseTo(0.6, 6);
  });
});

describe("SAC refuses", () => {
  const pendulum = environments["Pendulum-v1"];

  it.each([
    ["indices", environments["CartPole-v1"], "sac needs continuous actions within bounds; those of CartPole-v1 are indices"],
    [
      "vectors without bounds",
      { ...pendulum, actionSpace: box([-1], [Infinity]) },
      "sac needs continuous actions within bounds; those of Pendulum-v1 are an unbounded box",
    ],
  ])("actions that are %s", (_, spec, message) => {
    expect(() => sac.check(sacOptions(), spec)).toThrow(new UsageError(message));
    expect(() => sac.check(sacOptions(), pendulum)).not.toThrow();
  });
});
