/** DDPG and TD3: losses and targets against float64, gradients against finite differences, and which networks a step moves. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { criticLoss } from "../../src/algos/continuous.js";
import { ddpg, ddpgSteps, ddpgTarget } from "../../src/algos/ddpg.js";
import { actorLoss, deterministicFields, deterministicNetworks, noisySampler } from "../../src/algos/deterministic.js";
import { smoothedTarget, td3, td3Steps } from "../../src/algos/td3.js";
import { UsageError } from "../../src/core/errors.js";
import { resolveOptions } from "../../src/core/options.js";
import { environments } from "../../src/envs/registry.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import {
  ACTIONS,
  action64,
  batchColumns,
  batchTensors,
  exampleBatch,
  exampleSession,
  followingError,
  least64,
  NETWORK,
  observed,
  q64,
} from "../oracle/actor-critics.js";
import { BATCH, clip64, expectLoss, knownWeights, mean64, RUNTIMES } from "../oracle/losses.js";

/** Sums of float32 through three layers and a few terms, relative to the result or 1. Measured: 1.5e-7. */
const TARGET_TOLERANCE = 3e-6;
/** A parameter moved by averaging, in float32. Measured: 4.2e-8. */
const STEP_TOLERANCE = 1e-6;

let backend: Backend;
afterEach(() => backend?.dispose());

const batch = exampleBatch();
const GIVEN = { ...NETWORK, batchSize: BATCH, learningRate: 0.01, tau: 0.1 };
const options = resolveOptions("a test", deterministicFields, {}, GIVEN);

function example(count: number) {
  const networks = deterministicNetworks(exampleSession(backend), options, count);
  return {
    networks,
    actor: knownWeights(networks.actor.parameters, 1),
    critics: knownWeights(networks.critics.parameters, 12),
    targetActor: knownWeights(networks.targets.actor.parameters, 3),
    targetCritics: knownWeights(networks.targets.critics.parameters, 14),
  };
}

const targets64 = (nextValue: (observation: readonly number[], i: number) => number) =>
  batch.nextObservation.map((s, i) => (batch.reward[i] as number) + (batch.discount[i] as number) * nextValue(s, i));

function expectNear(got: tf.Tensor, wanted: readonly number[]): void {
  const errors = Array.from(got.dataSync(), (x, i) => Math.abs(x - (wanted[i] as number)) / (1 + Math.abs(wanted[i] as number)));
  expect(errors).toHaveLength(wanted.length);
  expect(Math.max(...errors)).toBeLessThan(TARGET_TOLERANCE);
}

describe.each(RUNTIMES)("on $backend with $kernels kernels", ({ backend: name, kernels }) => {
  it.each([1, 2])("the loss of %i critics is half their squares, and so is its gradient", async (count) => {
    backend = await startBackend(name, kernels);
    const { networks, critics } = example(count);
    expectLoss({
      parameters: networks.critics.parameters,
      weights: critics,
      batchOf: () => ({ ...batchTensors(batch), target: tf.tensor1d([...batch.reward]) }),
      lossOf(mb) {
        const { loss, diagnostics } = criticLoss(networks.critics, mb, mb.target);
        return { loss, diagnostics: { loss, ...diagnostics } };
      },
      loss64(weights) {
        const values = Array.from({ length: count }, (_, k) =>
          batch.observation.map((s, i) => q64(weights, k + 1, s, batch.action[i] as number[])),
        );
        const loss = 0.5 * values.reduce((sum, all) => sum + mean64(all.map((q, i) => (q - (batch.reward[i] as number)) ** 2)), 0);
        return { loss, valueLoss: loss, meanQ: mean64(values[0] as number[]) };
      },
    });
  });

  it("the actor's loss is the first critic's value of its actions, negated, and so is its gradient", async () => {
    backend = await startBackend(name, kernels);
    const { networks, actor, critics } = example(2);
    expectLoss({
      parameters: networks.actor.parameters,
      weights: actor,
      batchOf: () => batchTensors(batch),
      lossOf(mb) {
        const { loss, diagnostics } = actorLoss(networks, mb.observation);
        return { loss, diagnostics: { loss, ...diagnostics } };
      },
      loss64(weights) {
        const loss = -mean64(batch.observation.map((s) => q64(critics, 1, s, action64(weights, s))));
        return { loss, policyLoss: loss };
      },
    });
  });

  it("DDPG's target is the target critic's value of the target actor's action", async () => {
    backend = await startBackend(name, kernels);
    const { networks, targetActor, targetCritics } = example(1);
    const wanted = targets64((s) => q64(targetCritics, 1, s, action64(targetActor, s)));
    tf.tidy(() => expectNear(ddpgTarget(networks, batchTensors(batch)), wanted));
    expect(wanted.filter((y, i) => y === batch.reward[i])).toHaveLength(BATCH / 3);
  });

  it("TD3's target is the lesser of two values of a smoothed action, its noise clipped and the action too", async () => {
    backend = await startBackend(name, kernels);
    const { networks, targetActor, targetCritics } = example(2);
    const smoothing = { targetNoiseStd: 0.6, targetNoiseClip: 0.5 };
    let [clippedNoise, clippedActions, firsts] = [0, 0, 0];
    const wanted = targets64((s, i) => {
      const action = action64(targetActor, s).map((mean, k) => {
        const noise = smoothing.targetNoiseStd * (batch.noise[i]?.[k] as number);
        const kept = clip64(noise, -0.5, 0.5);
        clippedNoise += Number(kept !== noise);
        clippedActions += Number(Math.abs(mean + kept) > 1);
        return clip64(mean + kept, -1, 1);
      });
      firsts += Number(q64(targetCritics, 1, s, action) < q64(targetCritics, 2, s, action));
      return least64(targetCritics, s, action);
    });
    tf.tidy(() => {
      const mb = batchTensors(batch);
      expectNear(smoothedTarget(networks, mb, mb.noise, smoothing), wanted);
    });
    for (const [count, all] of [
      [clippedNoise, BATCH * ACTIONS],
      [clippedActions, BATCH * ACTIONS],
      [firsts, BATCH],
    ] as const) {
      expect(count).toBeGreaterThan(0);
      expect(count).toBeLessThan(all);
    }
  });
});

/** Networks with the gradient steps of an algorithm on the example's minibatch, and a look at what each step moves. */
async function start(algorithm: "ddpg" | "td3", given: object = {}) {
  backend = await startBackend("wasm");
  const session = exampleSession(backend);
  const { actor, critics, targets } = deterministicNetworks(session, options, algorithm === "ddpg" ? 1 : 2);
  const columns = batchColumns(backend, batch);
  const networks = { actor, critics, targets };
  const steps =
    algorithm === "ddpg"
      ? ddpgSteps(networks, columns, resolveOptions("ddpg", ddpg.fields, {}, GIVEN), session)
      : td3Steps(networks, columns, resolveOptions("td3", td3.fields, {}, { ...GIVEN, ...given }), session);
  const sets = {
    actor: actor.parameters,
    critics: critics.parameters,
    targetActor: targets.actor.parameters,
    targetCritics: targets.critics.parameters,
  };
  return { steps, first: observed(sets, () => {}).before, step: () => observed(sets, () => steps.learn(0)) };
}

/** How far both targets are from τ of the way to what they follow. */
function targetsError({ before, after }: ReturnType<Awaited<ReturnType<typeof start>>["step"]>): number {
  const ofActor = followingError(before.targetActor, after.actor, after.targetActor, GIVEN.tau);
  return Math.max(ofActor, followingError(before.targetCritics, after.critics, after.targetCritics, GIVEN.tau));
}

describe("a gradient step of DDPG", () => {
  it("moves all networks, and the targets by τ of the way", async () => {
    const { step, first } = await start("ddpg");
    expect([first.targetActor, first.targetCritics]).toEqual([first.actor, first.critics]);
    for (let i = 0; i < 3; i++) {
      const result = step();
      expect(result.moved).toEqual(["actor", "critics", "targetActor", "targetCritics"]);
      expect(targetsError(result)).toBeLessThan(STEP_TOLERANCE);
    }
  });
});

describe("a gradient step of TD3", () => {
  it.each([1, 2, 3])("with a delay of %i moves the actor and the targets at each so manieth step alone", async (policyDelay) => {
    const { step, first } = await start("td3", { policyDelay });
    expect([first.targetActor, first.targetCritics]).toEqual([first.actor, first.critics]);
    for (let i = 1; i <= 7; i++) {
      const result = step();
      expect(result.moved, `step ${i}`).toEqual(i % policyDelay === 0 ? ["actor", "critics", "targetActor", "targetCritics"] : ["critics"]);
      if (i % policyDelay === 0) expect(targetsError(result)).toBeLessThan(STEP_TOLERANCE);
    }
  });

  it("draws new smoothing for each target", async () => {
    const lossesWith = async (targetNoiseStd: number) => {
      const { steps } = await start("td3", { targetNoiseStd, learningRate: 0, tau: 1e-9 });
      const losses = [];
      for (let i = 0; i < 3; i++) {
        steps.learn(0);
        losses.push((await steps.metrics())["valueLoss"]);
      }
      backend.dispose();
      return new Set(losses).size;
    };
    expect(await lossesWith(0)).toBe(1);
    expect(await lossesWith(0.2)).toBe(3);
  });
});

describe("exploration by noise", () => {
  const parametersOf = async (given: Readonly<Record<string, unknown>>) => {
    backend = await startBackend("wasm");
    const sampler = noisySampler(backend, resolveOptions("a test", deterministicFields, {}, given));
    return sampler.kind === "noisy" ? [...sampler.parameters.data].map((x) => Number(x.toFixed(6))) : [];
  };

  it("is independent by default", async () => {
    expect(await parametersOf({ noiseStd: 0.3 })).toEqual([0, 0.3]);
  });

  it("may be an Ornstein-Uhlenbeck process: it keeps 1 − θ dt, and adds σ √dt", async () => {
    const given = { explorationNoise: "ornstein-uhlenbeck", noiseStd: 0.5, noiseTheta: 0.2, noiseTimeStep: 0.04 };
    expect(await parametersOf(given)).toEqual([0.992, 0.1]);
  });

  it("is refused where it would turn over", () => {
    const check = (given: object) => () => td3.check(resolveOptions("td3", td3.fields, {}, { ...given }), environments["Pendulum-v1"]);
    expect(check({ noiseTheta: 2, noiseTimeStep: 0.6 })).toThrow(
      new UsageError("noiseTheta 2 times noiseTimeStep 0.6 is above 1: noise would turn over at every step"),
    );
    expect(check({ noiseTheta: 2, noiseTimeStep: 0.5 })).not.toThrow();
  });
});
