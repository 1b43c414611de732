/** PPO's losses against a second implementation in float64, and their gradients against finite differences. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type PpoMinibatch, ppoLoss } from "../../src/algos/ppo.js";
import { type Space, sizeOf } from "../../src/core/spaces.js";
import { startBackend } from "../../src/nn/backend.js";
import { kl64 } from "../oracle/expectation.js";
import {
  BATCH,
  batchTensors,
  clip64,
  exampleNetwork,
  exampleSteps,
  expectLoss,
  INPUTS,
  mean64,
  NETWORKS,
  outputs64,
  policy64,
  RUNTIMES,
  rows,
  standardise64,
  value64,
  type Weights,
} from "../oracle/losses.js";
import { drawn, randomNormals } from "../oracle/random.js";

const CLIP_RANGE = 0.2;

type LossOptions = Parameters<typeof ppoLoss>[2];
type Batch = Readonly<Record<"observation" | "action" | "logProb" | "value" | "advantage" | "returns", Float32Array>>;

/** β and the policy whose divergence it weighs. */
interface Penalty {
  readonly beta: number;
  readonly old: Weights;
}

/** Equations 7 (or, with a penalty, 8) and 9 of the paper, negated, the value loss clipped as in the code that came with it. */
function loss64(weights: Weights, batch: Batch, actionSpace: Space, options: LossOptions, penalty?: Penalty) {
  const action = rows(batch.action, sizeOf(actionSpace));
  const raw = Array.from(batch.advantage);
  const advantage = options.normalizeAdvantage ? standardise64(raw) : raw;
  const terms = rows(batch.observation, INPUTS).map((x, i) => {
    const { logProb, entropy } = policy64(weights, x, action[i] as number[], actionSpace);
    const ratio = Math.exp(logProb - (batch.logProb[i] as number));
    const gain = ratio * (advantage[i] as number);
    const clipped = Math.min(gain, clip64(ratio, 1 - CLIP_RANGE, 1 + CLIP_RANGE) * (advantage[i] as number));
    const surrogate = penalty ? gain - penalty.beta * kl64(penalty.old, weights, x, actionSpace) : clipped;
    const value = value64(weights, x);
    const [old, target] = [batch.value[i] as number, batch.returns[i] as number];
    const near = options.valueClipRange > 0 ? clip64(value, old - options.valueClipRange, old + options.valueClipRange) : value;
    const squared = Math.max((value - target) ** 2, (near - target) ** 2);
    return { surrogate, squared, entropy, ratio, kl: ratio - 1 - Math.log(ratio) };
  });
  const policyLoss = -mean64(terms.map(({ surrogate }) => surrogate));
  const valueLoss = mean64(terms.map(({ squared }) => squared));
  const entropy = mean64(terms.map((term) => term.entropy));
  return {
    loss: policyLoss + options.valueCoefficient * valueLoss - options.entropyCoefficient * entropy,
    policyLoss,
    valueLoss,
    entropy,
    approxKl: mean64(terms.map(({ kl }) => kl)),
    clipFraction: mean64(terms.map(({ ratio }) => Number(Math.abs(ratio - 1) > CLIP_RANGE))),
  };
}

/** A minibatch whose ratios and values lie on both sides of every clipping. */
function exampleBatch(weights: Weights, actionSpace: Space): Batch {
  const normal = randomNormals(11);
  const { observation, action } = exampleSteps(actionSpace, normal);
  const taken = rows(action, sizeOf(actionSpace));
  const states = rows(observation, INPUTS);
  return {
    observation,
    action,
    logProb: Float32Array.from(states, (x, i) => policy64(weights, x, taken[i] as number[], actionSpace).logProb + 0.3 * normal()),
    value: Float32Array.from(states, (x) => value64(weights, x) + 0.3 * normal()),
    advantage: drawn(BATCH, () => 0.3 + 2 * normal()),
    returns: drawn(BATCH, normal),
  };
}

const LOSSES: readonly LossOptions[] = [
  { entropyCoefficient: 0.05, valueCoefficient: 0.5, valueClipRange: 0, normalizeAdvantage: true },
  { entropyCoefficient: 0.05, valueCoefficient: 0.5, valueClipRange: 0.2, normalizeAdvantage: true },
  { entropyCoefficient: 0, valueCoefficient: 0, valueClipRange: 0, normalizeAdvantage: false },
  { entropyCoefficient: 0.5, valueCoefficient: 2, valueClipRange: 0.1, normalizeAdvantage: false },
];
/** Tensors of the old policy: what its network puts out in these states, and its ln σ. */
function penaltyTensors({ beta, old }: Penalty, { observation }: Batch) {
  const head = rows(observation, INPUTS).map((x) => outputs64(old, "actor", x));
  const { logStd } = old;
  return {
    klCoefficient: tf.scalar(beta),
    oldHead: tf.tensor2d(head),
    ...(logStd && { oldLogStd: tf.tensor1d(Float32Array.from(logStd)) }),
  };
}

const EXAMPLES = RUNTIMES.flatMap((runtime) => NETWORKS.map((kind) => ({ ...runtime, ...kind })));

describe.each(EXAMPLES)(
  "the loss over $actions on $backend with $kernels kernels (shared trunk: $sharedTrunk)",
  ({ backend, kernels, ...kind }) => {
    it.each(LOSSES)("is the paper's, and so is its gradient, with %j", async (options) => {
      const started = await startBackend(backend, kernels);
      const { network, weights } = exampleNetwork(started, kind);
      const batch = exampleBatch(weights, kind.space);
      expectLoss({
        parameters: network.parameters,
        weights,
        batchOf: () => ({ ...batchTensors(batch, kind.space), clipRange: tf.scalar(CLIP_RANGE) }) as PpoMinibatch,
        lossOf: (mb) => ppoLoss(network, mb, options),
        loss64: (moved) => loss64(moved, batch, kind.space, options),
      });
      const { clipFraction } = loss64(weights, batch, kind.space, options);
      expect(clipFraction).toBeGreaterThan(0.2);
      expect(clipFraction).toBeLessThan(0.8);
      started.dispose();
    });

    it("is the penalised one where there is a penalty, and so is its gradient", async () => {
      const started = await startBackend(backend, kernels);
      const { network, weights } = exampleNetwork(started, kind);
      const batch = exampleBatch(weights, kind.space);
      const normal = randomNormals(13);
      const old = Object.fromEntries(Object.entries(weights).map(([name, values]) => [name, values.map((x) => x + 0.2 * normal())]));
      const penalty = { beta: 1.5, old };
      const [options] = LOSSES as [LossOptions];
      expectLoss({
        parameters: network.parameters,
        weights,
        batchOf: () =>
          ({ ...batchTensors(batch, kind.space), ...penaltyTensors(penalty, batch), clipRange: tf.scalar(CLIP_RANGE) }) as PpoMinibatch,
        lossOf: (mb) => ppoLoss(network, mb, options),
        loss64: (moved) => loss64(moved, batch, kind.space, options, penalty),
      });
      expect(mean64(rows(batch.observation, INPUTS).map((x) => kl64(old, weights, x, kind.space)))).toBeGreaterThan(0.01);
      started.dispose();
    });
  },
);
