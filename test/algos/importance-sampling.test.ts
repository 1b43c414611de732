/** The weighted loss against a second implementation in float64, and what importance-sampled learning says of its own runs. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { effectiveSampleSize, type WeightedBatch, weightedLoss } from "../../src/algos/importance-weighted.js";
import { actorCriticLoss } from "../../src/algos/on-policy.js";
import { UsageError } from "../../src/core/errors.js";
import type { Metrics } from "../../src/core/metrics.js";
import { box, type Space, sizeOf } from "../../src/core/spaces.js";
import { defineEnvironment } from "../../src/envs/custom.js";
import { startBackend } from "../../src/nn/backend.js";
import { WEIGHT_FORMS } from "../../src/rollout/importance.js";
import { type TrainOptions, train } from "../../src/run/train.js";
import {
  BATCH,
  batchTensors,
  exampleNetwork,
  exampleSteps,
  expectLoss,
  INPUTS,
  lossAndGradients,
  mean64,
  NETWORKS,
  policy64,
  RUNTIMES,
  rows,
  value64,
  type Weights,
} from "../oracle/losses.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** What differences of equal float32 log-probabilities come to in divergences and gradients. Measured: 8e-9 and 0. */
const SAME_POLICY_TOLERANCE = 1e-6;
/** A step of Adam moves the divergence that far at least. Measured: 1e-5 and more. */
const MOVED_KL = 3e-6;
/** The mean of 2,048 ratios whose expectation is 1, of which 1,331 count: its deviation is 0.016. Measured: 0.012. */
const CHANCE_TOLERANCE = 0.05;

type LossOptions = Parameters<typeof weightedLoss>[2];
type Batch = { readonly [K in keyof WeightedBatch]: Float32Array };

const sum64 = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

/** −E[ln π(a|s) wÂ] + c₁ E[(V − return)²] − c₂ H, with advantages standardised before and weights normalised after they are multiplied. */
function loss64(weights: Weights, batch: Batch, actionSpace: Space, options: LossOptions) {
  const action = rows(batch.action, sizeOf(actionSpace));
  const [w, plain, weighted] = [batch.weight, batch.advantage, batch.weightedAdvantage].map((values) => Array.from(values)) as [number[], number[], number[]]; // biome-ignore format: one line
  const centre = mean64(plain);
  const deviation = Math.sqrt(sum64(plain.map((x) => (x - centre) ** 2)) / (BATCH - 1));
  const advantage = options.normalizeAdvantage ? weighted.map((x, i) => (x - (w[i] as number) * centre) / deviation) : weighted;
  const scale = options.normalizeWeights ? mean64(w) : 1;
  const terms = rows(batch.observation, INPUTS).map((x, i) => {
    const { logProb, entropy } = policy64(weights, x, action[i] as number[], actionSpace);
    return {
      policy: (-logProb * (advantage[i] as number)) / scale,
      value: (value64(weights, x) - (batch.returns[i] as number)) ** 2,
      entropy,
    };
  });
  const [policyLoss, valueLoss, entropy] = [terms.map((t) => t.policy), terms.map((t) => t.value), terms.map((t) => t.entropy)].map(mean64) as [number, number, number]; // biome-ignore format: one line
  return {
    loss: policyLoss + options.valueCoefficient * valueLoss - options.entropyCoefficient * entropy,
    policyLoss,
    valueLoss,
    entropy,
    meanWeight: mean64(w),
    effectiveSampleSize: sum64(w) ** 2 / sum64(w.map((x) => x * x)),
  };
}

/** Weighted advantages are no mere products, as those of the causal form aren't. */
function exampleBatch(actionSpace: Space, weightOf: (normal: () => number) => number): Batch {
  const normal = randomNormals(23);
  const advantage = drawn(BATCH, () => 0.4 + 2 * normal());
  const weight = drawn(BATCH, () => weightOf(normal));
  const weightedAdvantage = Float32Array.from(advantage, (x, i) => x * (weight[i] as number) + 0.2 * normal());
  return { ...exampleSteps(actionSpace, normal), advantage, weight, weightedAdvantage, returns: drawn(BATCH, normal) };
}

const LOSSES: readonly LossOptions[] = [
  { entropyCoefficient: 0.05, valueCoefficient: 0.5, normalizeAdvantage: true, normalizeWeights: true },
  { entropyCoefficient: 0.5, valueCoefficient: 2, normalizeAdvantage: true, normalizeWeights: false },
  { entropyCoefficient: 0.05, valueCoefficient: 0.5, normalizeAdvantage: false, normalizeWeights: true },
  { entropyCoefficient: 0, valueCoefficient: 0, normalizeAdvantage: false, normalizeWeights: false },
];
const EXAMPLES = RUNTIMES.flatMap((runtime) => NETWORKS.map((kind) => ({ ...runtime, ...kind })));

describe.each(EXAMPLES)(
  "the loss over $actions on $backend with $kernels kernels (shared trunk: $sharedTrunk)",
  ({ backend, kernels, ...kind }) => {
    it.each(LOSSES)("is −E[ln π wÂ] and the rest, its gradient takes weights as constants, with %j", async (options) => {
      const started = await startBackend(backend, kernels);
      const { network, weights } = exampleNetwork(started, kind);
      const batch = exampleBatch(kind.space, (normal) => Math.exp(0.5 * normal()));
      expectLoss({
        parameters: network.parameters,
        weights,
        batchOf: () => batchTensors(batch, kind.space) as unknown as WeightedBatch,
        lossOf: (one) => weightedLoss(network, one, options),
        loss64: (moved) => loss64(moved, batch, kind.space, options),
      });
      started.dispose();
    });
  },
);

describe.each(NETWORKS)("where all weights are 1, over $actions (shared trunk: $sharedTrunk)", (kind) => {
  it.each(LOSSES)("the gradient is that of on-policy learning, with %j", async (options) => {
    const backend = await startBackend("wasm");
    const { network } = exampleNetwork(backend, kind);
    const batch = exampleBatch(kind.space, () => 1);
    batch.weightedAdvantage.set(batch.advantage);
    const batchOf = () => batchTensors(batch, kind.space) as unknown as WeightedBatch;
    const ours = lossAndGradients(network.parameters, batchOf, (one) => weightedLoss(network, one, options));
    const onPolicy = lossAndGradients(network.parameters, batchOf, (one) => actorCriticLoss(network, one, options));
    for (const [name, gradient] of Object.entries(onPolicy.gradients)) {
      const largest = Math.max(1e-3, ...gradient.map(Math.abs));
      const errors = gradient.map((d, i) => Math.abs(d - (ours.gradients[name]?.[i] as number)) / largest);
      expect(Math.max(...errors), name).toBeLessThan(SAME_POLICY_TOLERANCE);
    }
    backend.dispose();
  });
});

describe("the effective sample size", () => {
  const sizeOfWeights = (weights: readonly number[]) => tf.tidy(() => effectiveSampleSize(tf.tensor1d([...weights])).dataSync()[0]);

  it("is the number of steps where all weigh the same, and 1 where only one counts", async () => {
    const backend = await startBackend("cpu");
    expect(sizeOfWeights(Array(7).fill(0.3))).toBeCloseTo(7, 5);
    expect(sizeOfWeights([0, 0, 4, 0])).toBeCloseTo(1, 5);
    expect(sizeOfWeights([1, 1, 1, 0, 0, 0])).toBeCloseTo(3, 5);
    expect(sizeOfWeights([0, 0])).toBe(0);
    backend.dispose();
  });
});

/** Rollouts of 2,048 steps, each reported. */
const SHORT = { algo: "off-policy-pg", seed: 3, numEnvs: 8, steps: 256, batchSize: 256, hidden: [8], totalSteps: 4 * 2048 } as const;

async function metricsOf(options: TrainOptions): Promise<Metrics[]> {
  const metrics: Metrics[] = [];
  for await (const m of train(options)) metrics.push(m);
  return metrics;
}

describe.each(["CartPole-v1", "Pendulum-v1"] as const)("on %s", (env) => {
  it.each(WEIGHT_FORMS)("the first step on a rollout of the policy itself has %s weights of 1", async (weights) => {
    for (const m of await metricsOf({ ...SHORT, env, weights, epochs: 1 })) {
      expect(m["meanWeight"]).toBeCloseTo(1, 3); // products of 256 ratios, each 1 but for rounding
      expect(m["effectiveSampleSize"]).toBeCloseTo(2048, 0);
      expect(Math.abs(m["approxKl"] as number)).toBeLessThan(SAME_POLICY_TOLERANCE);
    }
  });

  it("a copy acts in as many rollouts as it should, while the policy moves on", async () => {
    const metrics = await metricsOf({ ...SHORT, env, epochs: 1, snapshotInterval: 2, learningRate: 3e-3 });
    const kl = metrics.map((m) => m["approxKl"] as number);
    expect(kl).toHaveLength(4);
    for (const same of [0, 2]) expect(Math.abs(kl[same] as number)).toBeLessThan(SAME_POLICY_TOLERANCE);
    for (const moved of [1, 3]) expect(kl[moved]).toBeGreaterThan(MOVED_KL);
  });

  it("weights have a mean of 1 where chance acts, too", async () => {
    const options = { ...SHORT, env, behaviour: "uniform", maxWeight: 0, rescaleAction: true, logStdInit: -1, epochs: 1 } as const;
    const [first] = await metricsOf({ ...options, totalSteps: 1 });
    expect(Math.abs((first?.["meanWeight"] as number) - 1)).toBeLessThan(CHANCE_TOLERANCE);
    expect(first?.["meanWeight"]).not.toBe(1);
  });
});

it("refuses what it can't do", () => {
  const unbounded = defineEnvironment({
    id: "Unbounded-v0",
    timeLimit: 10,
    create: () => ({
      observationSpace: box([0], [1]),
      actionSpace: box([-Infinity], [Infinity]),
      reset: () => [0],
      step: () => ({ observation: [0], reward: 0, terminated: false }),
    }),
  });
  const refusal = (options: TrainOptions) => () => train(options);
  expect(refusal({ ...SHORT, env: unbounded, behaviour: "uniform" })).toThrow(UsageError);
  expect(refusal({ ...SHORT, env: unbounded, behaviour: "uniform" })).toThrow(
    "uniform actions need a discrete action space or a box with bounds; the actions of Unbounded-v0 have none",
  );
  expect(refusal({ ...SHORT, env: unbounded })).not.toThrow();
  expect(refusal({ ...SHORT, env: "CartPole-v1", batchSize: 77 })).toThrow("77 does not divide the 2048 transitions");
});
