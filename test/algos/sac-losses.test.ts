/** Losses and targets of both forms of soft actor-critic against float64, and their gradients against finite differences. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { criticLoss } from "../../src/algos/continuous.js";
import { actorLoss, sac, sacNetworks, softTarget, temperatureLoss } from "../../src/algos/sac.js";
import { sacV, sacVNetworks, stateValueLoss } from "../../src/algos/sac-v.js";
import { softActorLoss, softValue } from "../../src/algos/soft.js";
import { resolveOptions } from "../../src/core/options.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { batchTensors, exampleBatch, exampleSession, least64, NETWORK, q64, sample64 } from "../oracle/actor-critics.js";
import { BATCH, expectLoss, knownWeights, mean64, outputs64, RUNTIMES, type Weights } from "../oracle/losses.js";

/** Sums of float32 through three layers and a few terms, relative to the result or 1. Measured: 3.2e-7. */
const TARGET_TOLERANCE = 3e-6;

let backend: Backend;
afterEach(() => backend.dispose());

const batch = exampleBatch();
const sacOptions = resolveOptions("sac", sac.fields, {}, NETWORK);
const sacVOptions = resolveOptions("sac-v", sacV.fields, {}, NETWORK);

function sacExample() {
  const networks = sacNetworks(exampleSession(backend), sacOptions);
  return {
    networks,
    actor: knownWeights(networks.actor.parameters, 1),
    critics: knownWeights(networks.critics.parameters, 12),
    targets: knownWeights(networks.targets.parameters, 3),
    alpha: Math.exp((knownWeights(networks.temperature, 4)["logTemperature"] as Float64Array)[0] as number),
  };
}

function sacVExample() {
  const networks = sacVNetworks(exampleSession(backend), sacVOptions);
  return {
    networks,
    actor: knownWeights(networks.actor.parameters, 1),
    critics: knownWeights(networks.critics.parameters, 12),
    value: knownWeights(networks.value.parameters, 3),
    targetValue: knownWeights(networks.targetValue.parameters, 4),
  };
}

/** min Q − α ln π of every row, and ln π. */
function softValues64(actor: Weights, critics: Weights, observations: readonly number[][], alpha: number) {
  const samples = observations.map((observation, i) => ({ observation, ...sample64(actor, observation, batch.noise[i] as number[]) }));
  return {
    values: samples.map(({ observation, action, logProb }) => least64(critics, observation, action) - alpha * logProb),
    logProbs: samples.map(({ logProb }) => logProb),
  };
}

function softActorLoss64(actor: Weights, critics: Weights, alpha: number) {
  const { values, logProbs } = softValues64(actor, critics, batch.observation, alpha);
  const loss = -mean64(values);
  return { loss, policyLoss: loss, entropy: -mean64(logProbs) };
}

function expectNear(got: tf.Tensor, wanted: readonly number[]): void {
  const errors = Array.from(got.dataSync(), (x, i) => Math.abs(x - (wanted[i] as number)) / (1 + Math.abs(wanted[i] as number)));
  expect(errors).toHaveLength(wanted.length);
  expect(Math.max(...errors)).toBeLessThan(TARGET_TOLERANCE);
}

/** Adds the loss to its diagnostics, where the harness looks for it. */
const reported = ({ loss, diagnostics }: { loss: tf.Scalar; diagnostics: object }) => ({ loss, diagnostics: { loss, ...diagnostics } });

describe.each(RUNTIMES)("on $backend with $kernels kernels", ({ backend: name, kernels }) => {
  it("the critics' loss is half the squares of both, and so is its gradient", async () => {
    backend = await startBackend(name, kernels);
    const { networks, critics } = sacExample();
    const target = batch.reward;
    expectLoss({
      parameters: networks.critics.parameters,
      weights: critics,
      batchOf: () => ({ ...batchTensors(batch), target: tf.tensor1d([...target]) }),
      lossOf: (mb) => reported(criticLoss(networks.critics, mb, mb.target)),
      loss64(weights) {
        const values = [1, 2].map((i) => batch.observation.map((s, row) => q64(weights, i, s, batch.action[row] as number[])));
        const squares = values.flatMap((all) => all.map((q, row) => (q - (target[row] as number)) ** 2));
        const loss = mean64(squares); // ½ Σ of two means
        return { loss, valueLoss: loss, meanQ: mean64(values[0] as number[]) };
      },
    });
  });

  it("the actor's loss is the soft value's, negated, and so is its gradient through the action", async () => {
    backend = await startBackend(name, kernels);
    const { networks, actor, critics, alpha } = sacExample();
    expectLoss({
      parameters: networks.actor.parameters,
      weights: actor,
      batchOf: () => batchTensors(batch),
      lossOf: (mb) => reported(actorLoss(networks, mb, mb.noise)),
      loss64: (weights) => ({ ...softActorLoss64(weights, critics, alpha), temperature: alpha }),
    });
    const twins = batch.observation.map((s, i) => {
      const { action } = sample64(actor, s, batch.noise[i] as number[]);
      return q64(critics, 1, s, action) < q64(critics, 2, s, action);
    });
    expect(new Set(twins).size, "either critic is the smaller one somewhere").toBe(2);
  });

  it("the temperature's loss is the entropy's distance from its target times α", async () => {
    backend = await startBackend(name, kernels);
    const { networks } = sacExample();
    const weights = knownWeights(networks.temperature, 4);
    for (const [entropy, target] of [
      [-0.3, -2],
      [-3, -2],
    ] as const) {
      expectLoss({
        parameters: networks.temperature,
        weights,
        batchOf: () => tf.scalar(entropy),
        lossOf: (measured) => reported(temperatureLoss(networks.temperature, measured, target)),
        loss64(moved) {
          const loss = Math.exp((moved["logTemperature"] as Float64Array)[0] as number) * (entropy - target);
          return { loss, temperatureLoss: loss };
        },
      });
    }
  });

  it("the critics' target bootstraps from the target networks' soft value, but not where an episode terminated", async () => {
    backend = await startBackend(name, kernels);
    const { networks, actor, targets, alpha } = sacExample();
    const { values } = softValues64(actor, targets, batch.nextObservation, alpha);
    const wanted = batch.reward.map((r, i) => r + (batch.discount[i] as number) * (values[i] as number));
    tf.tidy(() => {
      const mb = batchTensors(batch);
      expectNear(softTarget(networks, mb, mb.noise), wanted);
    });
    expect(wanted.filter((y, i) => y === batch.reward[i]).length).toBe(BATCH / 3);
  });

  it("the state value's loss is half its square's, and so is its gradient", async () => {
    backend = await startBackend(name, kernels);
    const { networks, value } = sacVExample();
    expectLoss({
      parameters: networks.value.parameters,
      weights: value,
      batchOf: () => ({ ...batchTensors(batch), target: tf.tensor1d([...batch.reward]) }),
      lossOf: (mb) => reported(stateValueLoss(networks.value, mb, mb.target)),
      loss64(weights) {
        const values = batch.observation.map((s) => outputs64(weights, "value", s)[0] as number);
        const loss = 0.5 * mean64(values.map((v, i) => (v - (batch.reward[i] as number)) ** 2));
        return { loss, stateValueLoss: loss };
      },
    });
  });

  it("the state value's target is the soft value under a fixed temperature, which the actor follows too", async () => {
    backend = await startBackend(name, kernels);
    const { networks, actor, critics } = sacVExample();
    const alpha = 0.3;
    tf.tidy(() => {
      const { observation, noise } = batchTensors(batch);
      const { value } = softValue(networks.actor, networks.critics, observation, noise, alpha);
      expectNear(value, softValues64(actor, critics, batch.observation, alpha).values);
    });
    expectLoss({
      parameters: networks.actor.parameters,
      weights: actor,
      batchOf: () => batchTensors(batch),
      lossOf: (mb) => reported(softActorLoss(networks.actor, networks.critics, mb.observation, mb.noise, alpha)),
      loss64: (weights) => softActorLoss64(weights, critics, alpha),
    });
  });
});
