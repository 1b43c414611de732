/**
 * Proximal policy optimisation.
 * Schulman, Wolski, Dhariwal, Radford & Klimov 2017, "Proximal Policy Optimization Algorithms" (arXiv:1707.06347), algorithm 1, with the
 * objective of section 3 ("clip") or that of section 4 ("penalty": β · KL, β doubled or halved). "dual" is the latter with β as the
 * Lagrange multiplier of KL ≤ δ, moved by gradient ascent on the dual (Boyd & Vandenberghe 2004, "Convex Optimization", chapter 5).
 *
 * Departures from the paper, all common practice (Huang et al. 2022, "The 37 Implementation Details of PPO"): orthogonal first weights,
 * advantages normalised in each minibatch, gradients clipped by their global norm, Adam with ε = 1e-5, schedules that decay over the run,
 * and if so wished an end of the epochs at a given KL. The KL is that of the distributions, not an estimate from the actions taken.
 * An episode that the time limit cuts is bootstrapped from its final observation, which the paper doesn't discuss.
 */
import * as tf from "@tensorflow/tfjs";
import { flag, integer, number, type OptionsOf, schedule } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import type { ActorCritic } from "../nn/actor-critic.js";
import { adam, type Optimizer } from "../nn/adam.js";
import { approximateKl, clipAround, clippedSurrogateLoss, meanSquaredError, standardise } from "../nn/losses.js";
import { type MinibatchTensors, minibatchTensors } from "../nn/minibatch-tensors.js";
import { type LossReport, type Updater, updater } from "../nn/update.js";
import { EpisodeStatistics } from "../rollout/episodes.js";
import type { Rollout } from "../rollout/rollout.js";
import { column } from "../wasm/heap.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { nextKlCoefficient, penalisedSurrogateLoss, penaltyFields } from "./kl-penalty.js";
import { OldPolicy } from "./old-policy.js";
import { checkBatchSize, explainedVariance, networkFields, rolloutFields, setUpOnPolicy, tensorsOf } from "./on-policy.js";
import { ppoPresets } from "./presets/ppo.js";

const fields = {
  ...rolloutFields,
  batchSize: integer(64, "transitions in a minibatch; divides steps · numEnvs"),
  epochs: integer(10, "passes over each rollout"),
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(0.95, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  learningRate: schedule(3e-4, "Adam's step size"),
  clipRange: schedule(0.2, "ε, how far the probability ratio may move from 1"),
  ...penaltyFields,
  maxKl: number(0, "KL(old ‖ new), in nats, beyond which an iteration goes through no further epoch; 0 for no limit", { min: 0 }),
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
  /** Where its divergence from the new one matters. */
  readonly old: OldPolicy | undefined;
  readonly minibatches: MinibatchTensors<StepName>;
  readonly optimizer: Optimizer;
}

export const ppo = defineAlgorithm({
  id: "ppo",
  title: "Proximal policy optimisation",
  paper: "Schulman et al. 2017, Proximal Policy Optimization Algorithms",
  fields,
  presets: ppoPresets,
  check: checkBatchSize,

  async create(session, options) {
    const { network, rollout } = await setUpOnPolicy(session, options);
    const isMeasured = options.objective !== "clip" || options.maxKl > 0;
    const old = isMeasured ? new OldPolicy(session.backend, network, rollout) : undefined;
    const optimizer = adam(network.parameters, { epsilon: 1e-5, maxGradNorm: options.maxGradNorm });
    const minibatches = minibatchesOf(rollout, old, session, options);
    return {
      acting: network.acting,
      normalizer: rollout.normalizer,
      learn: () => learn({ network, rollout, old, minibatches, optimizer }, options, session),
    };
  },
});

async function* learn(parts: Parts, options: PpoOptions, { totalSteps, backend }: Session): AsyncGenerator<Report, void> {
  const { network, rollout, old, minibatches, optimizer } = parts;
  const episodes = backend.state.keep("episodes", new EpisodeStatistics(options.numEnvs));
  const done = backend.state.numbers("progress", { steps: 0, beta: options.klCoefficient });
  const [clipRange, klCoefficient] = [column(backend.heap, []), column(backend.heap, [])];
  const penalty = options.objective !== "clip" && { klCoefficient, ...(old?.logStd && { oldLogStd: old.logStd }) };
  const scalarTensors = () => tensorsOf<Pick<PpoMinibatch, "clipRange">>(backend, { clipRange, ...penalty });
  const gradient = updater(backend, network.parameters, optimizer, () =>
    ppoLoss(network, { ...minibatches.tensors, ...scalarTensors() } as PpoMinibatch, options),
  );
  while (done.steps < totalSteps) {
    const learningRate = valueAt(options.learningRate, done.steps / totalSteps);
    const epsilon = valueAt(options.clipRange, done.steps / totalSteps);
    clipRange.data[0] = epsilon;
    klCoefficient.data[0] = done.beta;

    await rollout.collect();
    rollout.estimateAdvantages(options.gamma, options.lambda);
    await old?.remember();
    const kl = await improve(parts, gradient, learningRate, options);
    const [means] = await Promise.all([gradient.means(), network.parameters.pull()]);

    done.steps += rollout.size;
    episodes.add(rollout);
    const scalars = {
      ...means,
      explainedVariance: explainedVariance(rollout),
      learningRate,
      ...(penalty ? { klCoefficient: done.beta } : { clipRange: epsilon }),
      ...(kl !== undefined && { kl }),
    };
    done.beta = nextKlCoefficient(done.beta, kl ?? options.targetKl, options);
    yield { steps: done.steps, episodes, scalars };
  }
}

/** Goes through the rollout, epoch after epoch, and says how far the policy moved, where that matters. */
async function improve(
  { minibatches, old }: Parts,
  gradient: Updater,
  learningRate: number,
  { epochs, maxKl }: PpoOptions,
): Promise<number | undefined> {
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const _ of minibatches.epoch()) gradient.step(learningRate);
    if (old && maxKl > 0 && (await old.divergence()) > maxKl) break;
  }
  return old?.divergence();
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
  /** β, a scalar; for a penalty, as are the old policy's outputs `[B,outputs]`, and its ln σ `[A]` if that is the same in every state. */
  readonly klCoefficient?: tf.Scalar;
  readonly oldHead?: tf.Tensor2D;
  readonly oldLogStd?: tf.Tensor1D;
}

type LossOptions = Pick<PpoOptions, "entropyCoefficient" | "valueCoefficient" | "valueClipRange" | "normalizeAdvantage">;

/** L = L_policy + c₁ L_value − c₂ H (eq. 9, negated so as to be minimised). */
export function ppoLoss(network: ActorCritic, mb: PpoMinibatch, options: LossOptions): LossReport {
  const policy = network.policy(mb.observation);
  const logRatio = tf.sub(policy.logProb(mb.action), mb.logProb) as tf.Tensor1D;
  const ratio = tf.exp(logRatio);
  const advantage = options.normalizeAdvantage ? standardise(mb.advantage) : mb.advantage;

  const policyLoss = mb.klCoefficient
    ? penalisedSurrogateLoss(ratio, advantage, network.distribution(mb.oldHead as tf.Tensor2D, mb.oldLogStd).kl(policy), mb.klCoefficient)
    : clippedSurrogateLoss(ratio, advantage, mb.clipRange);
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

/** What a minibatch always has of each step. */
type StepName = "observation" | "action" | "logProb" | "value" | "advantage" | "returns";

function minibatchesOf(
  { columns, size }: Rollout,
  old: OldPolicy | undefined,
  { backend, seed }: Session,
  { batchSize, epochs }: PpoOptions,
): MinibatchTensors<StepName> {
  const { observation, action, logProb, value, advantage, returns } = columns;
  const sources = { observation, action, logProb, value, advantage, returns, ...(old && { oldHead: old.head }) };
  return minibatchTensors<StepName>(backend, sources, size, { batchSize, epochs, seed });
}
