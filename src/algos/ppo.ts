/**
 * Proximal policy optimisation with a clipped surrogate.
 * Schulman, Wolski, Dhariwal, Radford & Klimov 2017, "Proximal Policy Optimization Algorithms" (arXiv:1707.06347), algorithm 1.
 *
 * Departures from the paper, all common practice (Huang et al. 2022, "The 37 Implementation Details of PPO"): orthogonal first weights,
 * advantages normalised in each minibatch, gradients clipped by their global norm, Adam with ε = 1e-5, schedules that decay over the run.
 * An episode that the time limit cuts is bootstrapped from its final observation, which the paper doesn't discuss.
 */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { flag, integer, number, type OptionsOf, schedule } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import type { ActorCritic } from "../nn/actor-critic.js";
import { adam, type Optimizer } from "../nn/adam.js";
import type { Backend } from "../nn/backend.js";
import { approximateKl, clipAround, clippedSurrogateLoss, meanSquaredError, standardise } from "../nn/losses.js";
import { type LossReport, updater } from "../nn/update.js";
import { EpisodeStatistics } from "../rollout/episodes.js";
import { Minibatches } from "../rollout/minibatches.js";
import type { Rollout } from "../rollout/rollout.js";
import { type Column, column } from "../wasm/heap.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { explainedVariance, networkFields, rolloutFields, setUpOnPolicy } from "./on-policy.js";
import { ppoPresets } from "./presets/ppo.js";

const fields = {
  ...rolloutFields,
  batchSize: integer(64, "transitions in a minibatch; divides steps · numEnvs"),
  epochs: integer(10, "passes over each rollout"),
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(0.95, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  learningRate: schedule(3e-4, "Adam's step size"),
  clipRange: schedule(0.2, "ε, how far the probability ratio may move from 1"),
  entropyCoefficient: number(0, "weight of the entropy bonus", { min: 0 }),
  valueCoefficient: number(0.5, "weight of the value loss", { min: 0 }),
  valueClipRange: number(0, "how far a value may move from its old one in an update; 0 for no limit", { min: 0 }),
  maxGradNorm: number(0.5, "largest global norm of a gradient", { min: 0, above: true }),
  normalizeAdvantage: flag(true, "whether advantages are standardised in each minibatch"),
  ...networkFields,
};

export type PpoOptions = OptionsOf<typeof fields>;

interface Parts {
  readonly network: ActorCritic;
  readonly rollout: Rollout;
  readonly minibatches: PpoMinibatches;
  readonly optimizer: Optimizer;
}

type PpoMinibatches = Minibatches<"observation" | "action" | "logProb" | "value" | "advantage" | "returns">;

export const ppo = defineAlgorithm({
  id: "ppo",
  title: "Proximal policy optimisation (clipped surrogate)",
  paper: "Schulman et al. 2017, Proximal Policy Optimization Algorithms",
  fields,
  presets: ppoPresets,

  check({ steps, numEnvs, batchSize }) {
    const size = steps * numEnvs;
    ensure(
      size % batchSize === 0,
      () => `batchSize ${batchSize} does not divide the ${size} transitions of a rollout (${steps} steps × ${numEnvs} environments)`,
    );
  },

  async create(session, options) {
    const { network, rollout } = await setUpOnPolicy(session, options);
    const optimizer = adam(network.parameters, { epsilon: 1e-5, maxGradNorm: options.maxGradNorm });
    const minibatches = minibatchesOf(rollout, session, options.batchSize);
    return {
      acting: network.acting,
      normalizer: rollout.normalizer,
      learn: () => learn({ network, rollout, minibatches, optimizer }, options, session),
    };
  },
});

async function* learn(
  { network, rollout, minibatches, optimizer }: Parts,
  options: PpoOptions,
  { totalSteps, backend }: Session,
): AsyncGenerator<Report, void> {
  const episodes = new EpisodeStatistics(options.numEnvs);
  const clipRange = column(backend.heap, []);
  const batch = { ...minibatches.columns, clipRange };
  const gradient = updater(backend, network.parameters, optimizer, () => ppoLoss(network, tensorsOf(backend, batch), options));
  for (let steps = 0; steps < totalSteps; ) {
    const learningRate = valueAt(options.learningRate, steps / totalSteps);
    clipRange.data[0] = valueAt(options.clipRange, steps / totalSteps);

    await rollout.collect();
    rollout.estimateAdvantages(options.gamma, options.lambda);
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      for (const _ of minibatches.epoch()) gradient.step(learningRate);
    }
    await network.parameters.pull();

    steps += rollout.size;
    episodes.add(rollout);
    const scalars = {
      ...(await gradient.means()),
      explainedVariance: explainedVariance(rollout),
      learningRate,
      clipRange: clipRange.data[0] as number,
    };
    yield { steps, episodes, scalars };
  }
}

/** A minibatch: observation `[B,D]`, everything else `[B]` (action `[B,A]` if continuous), under the names of the columns. */
export interface PpoMinibatch {
  readonly observation: tf.Tensor2D;
  readonly action: tf.Tensor;
  readonly logProb: tf.Tensor1D;
  readonly value: tf.Tensor1D;
  readonly advantage: tf.Tensor1D;
  readonly returns: tf.Tensor1D;
  /** ε, a scalar. */
  readonly clipRange: tf.Scalar;
}

type LossOptions = Pick<PpoOptions, "entropyCoefficient" | "valueCoefficient" | "valueClipRange" | "normalizeAdvantage">;

/** L = L_clip + c₁ L_value − c₂ H (eq. 9, negated so as to be minimised). */
export function ppoLoss(network: ActorCritic, mb: PpoMinibatch, options: LossOptions): LossReport {
  const policy = network.policy(mb.observation);
  const logRatio = tf.sub(policy.logProb(mb.action), mb.logProb) as tf.Tensor1D;
  const ratio = tf.exp(logRatio);
  const advantage = options.normalizeAdvantage ? standardise(mb.advantage) : mb.advantage;

  const policyLoss = clippedSurrogateLoss(ratio, advantage, mb.clipRange);
  const valueLoss = valueLossOf(network.value(mb.observation), mb, options.valueClipRange);
  const entropy = tf.mean(policy.entropy()) as tf.Scalar;
  const regularised = tf.sub(tf.mul(options.valueCoefficient, valueLoss), tf.mul(options.entropyCoefficient, entropy));
  const loss = tf.add(policyLoss, regularised) as tf.Scalar;

  const clipFraction = tf.mean(tf.cast(tf.greater(tf.abs(tf.sub(ratio, 1)), mb.clipRange), "float32")) as tf.Scalar;
  return { loss, diagnostics: { loss, policyLoss, valueLoss, entropy, approxKl: approximateKl(logRatio), clipFraction } };
}

/** E[(V − return)²], or the larger of that and the clipped value's where a range is given. */
function valueLossOf(value: tf.Tensor1D, mb: PpoMinibatch, clipRange: number): tf.Scalar {
  if (clipRange === 0) return meanSquaredError(value, mb.returns);
  const clipped = clipAround(value, mb.value, clipRange);
  return tf.mean(tf.maximum(tf.squaredDifference(value, mb.returns), tf.squaredDifference(clipped, mb.returns)));
}

function minibatchesOf({ columns, size, env }: Rollout, { backend, seed }: Session, batchSize: number): PpoMinibatches {
  const { observation, action, logProb, value, advantage, returns } = columns;
  const flat = { observation, action, logProb, value, advantage, returns };
  return new Minibatches(env.heap, backend.kernels, flat, size, batchSize, seed);
}

function tensorsOf(backend: Backend, columns: Readonly<Record<keyof PpoMinibatch, Column>>): PpoMinibatch {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, backend.tensor(column)])) as unknown as PpoMinibatch;
}
