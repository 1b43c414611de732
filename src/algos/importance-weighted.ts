/**
 * What policy gradients share that learn from another policy's steps: their weights, their loss, and several gradient steps on a rollout.
 *
 * With ρ_t = π(a_t|s_t) / b(a_t|s_t), b the policy that acted, and Â_t = Σ_l (γλ)^l δ_{t+l}, the gradient is a mean over b's steps of
 *   trajectory   (Π_t' ρ_t') ∇ ln π(a_t|s_t) Â_t, the product over the whole trajectory
 *   causal       ∇ ln π(a_t|s_t) Σ_l (γλ)^l (Π_{t'≤t+l} ρ_t') δ_{t+l}: per-decision, as Precup, Sutton & Singh 2000 weigh rewards
 *   first-order  ρ_t ∇ ln π(a_t|s_t) Â_t: Degris, White & Sutton 2012, with the states and the returns that b came to
 * See Levine, Kumar, Tucker & Fu 2020 (arXiv:2005.01643), sections 3.2 and 3.3. The first two are unbiased where γ = λ = 1 and episodes
 * begin and end in the rollout; the third is off by as much as π and b differ. Weights are constants for the gradient. They may be cut off
 * (Ionides 2008) and divided by their mean (self-normalised: biased, of less variance).
 */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { choice, flag, integer, number, type OptionsOf, schedule } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import type { ActorCritic } from "../nn/actor-critic.js";
import { adam } from "../nn/adam.js";
import { computation } from "../nn/computation.js";
import { approximateKl } from "../nn/losses.js";
import { type LossReport, updater } from "../nn/update.js";
import { createImportanceWeights, WEIGHT_FORMS } from "../rollout/importance.js";
import type { Session } from "./algorithm.js";
import { criticFields, fittedCritic, splitParameters } from "./critic.js";
import {
  type ActorCriticBatch,
  actorCriticLoss,
  explainedVariance,
  lossFields,
  type OnPolicySetup,
  stepsOf,
  tensorsOf,
} from "./on-policy.js";

export const weightedFields = {
  epochs: integer(4, "gradient steps on each rollout, each on all of it"),
  weights: choice(
    "first-order",
    WEIGHT_FORMS,
    "what a step's weight is: the product of π/b over its trajectory, up to it, or its own alone",
  ),
  maxWeight: number(10, "largest weight, to which larger ones are cut; 0 for no limit", { min: 0 }),
  normalizeWeights: flag(true, "whether weights are divided by their mean over the rollout"),
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(0.95, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  learningRate: schedule(1e-3, "Adam's step size for the policy"),
  ...criticFields,
  ...lossFields,
  valueCoefficient: number(0.5, "weight of the value loss in what a shared trunk learns from", { min: 0 }),
  normalizeAdvantage: { ...lossFields.normalizeAdvantage, default: true },
  maxGradNorm: number(0.5, "largest global norm of the policy's gradient", { min: 0, above: true }),
};

export type WeightedOptions = OptionsOf<typeof weightedFields>;

/** Whether weights reach back to the start of an episode, so that rollouts must begin with one. */
export function spansEpisodes({ weights }: WeightedOptions): boolean {
  return weights !== "first-order";
}

/** Refuses action spaces that no uniform distribution covers. */
export function checkBounded({ id, actionSpace }: EnvironmentSpec): void {
  const isBounded = actionSpace.kind === "discrete" || [...actionSpace.low, ...actionSpace.high].every(Number.isFinite);
  ensure(isBounded, () => `uniform actions need a discrete action space or a box with bounds; the actions of ${id} have none`);
}

export interface WeightedUpdates {
  /** Learns from the rollout as it now is, whoever acted in it, when `progress` (0 to 1) of the run is done. */
  learn(progress: number): Promise<void>;
  /** The means of the metrics since the last call. */
  metrics(): Promise<Record<string, number>>;
}

/** Prepares gradient steps on a rollout. */
export async function weightedUpdates(
  { network, rollout }: OnPolicySetup,
  session: Session,
  options: WeightedOptions,
): Promise<WeightedUpdates> {
  const { backend } = session;
  const { size, columns } = rollout;
  const { weights: form, maxWeight, gamma, lambda, epochs, maxGradNorm } = options;
  const weights = await createImportanceWeights(rollout, { form, maxWeight: maxWeight || Infinity, gamma, lambda });
  const steps = stepsOf(rollout);
  const acted = { observation: steps.observation, action: steps.action, logProb: columns.logProb.as([size]) };
  const logRatio = computation(backend, () => {
    const { observation, action, logProb } = tensorsOf<ActedSteps>(backend, acted);
    return tf.sub(network.policy(observation).logProb(action), logProb) as tf.Tensor1D;
  });
  const batch = { ...steps, weight: weights.weight.as([size]), weightedAdvantage: weights.advantage.as([size]) };
  const parameters = splitParameters(network);
  const critic = fittedCritic(network, parameters.value, rollout, session, options);
  const gradient = updater(backend, parameters.policy, adam(parameters.policy, { epsilon: 1e-5, maxGradNorm }), () => {
    const { loss, diagnostics } = weightedLoss(network, tensorsOf<WeightedBatch>(backend, batch), options);
    return { loss, diagnostics: { ...diagnostics, approxKl: approximateKl(logRatio.result) } };
  });
  let learningRate = 0;
  return {
    async learn(progress) {
      learningRate = valueAt(options.learningRate, progress);
      rollout.estimateAdvantages(gamma, lambda);
      for (let epoch = 0; epoch < epochs; epoch++) {
        logRatio.run();
        weights.weigh(await logRatio.column());
        gradient.step(learningRate);
      }
      critic.fit(progress);
    },
    metrics: async () => ({
      ...(await gradient.means()),
      ...(await critic.metrics()),
      explainedVariance: explainedVariance(rollout),
      learningRate,
    }),
  };
}

interface ActedSteps {
  readonly observation: tf.Tensor2D;
  readonly action: tf.Tensor;
  /** ln b(action | observation) `[B]` */
  readonly logProb: tf.Tensor1D;
}

export interface WeightedBatch extends ActorCriticBatch {
  /** w `[B]` */
  readonly weight: tf.Tensor1D;
  /** `[B]`: wÂ, or what stands for it; see above. */
  readonly weightedAdvantage: tf.Tensor1D;
}

type LossOptions = Pick<WeightedOptions, "normalizeWeights" | keyof typeof lossFields>;

/** L = −E[ln π(a|s) wÂ] + c₁ E[(V(s) − return)²] − c₂ H; the returns are those of the policy that acted. */
export function weightedLoss(network: ActorCritic, batch: WeightedBatch, options: LossOptions): LossReport {
  const advantage = options.normalizeAdvantage ? standardised(batch) : batch.weightedAdvantage;
  const meanWeight = tf.mean(batch.weight) as tf.Scalar;
  const scaled = options.normalizeWeights ? tf.div<tf.Tensor1D>(advantage, tf.add(meanWeight, 1e-8)) : advantage;
  const { loss, diagnostics } = actorCriticLoss(network, { ...batch, advantage: scaled }, { ...options, normalizeAdvantage: false });
  return { loss, diagnostics: { ...diagnostics, meanWeight, effectiveSampleSize: effectiveSampleSize(batch.weight) } };
}

/** w(Â − mean Â) / (deviation of Â + 1e-8), so that advantages are those of on-policy learning before they are weighted. */
function standardised({ advantage, weight, weightedAdvantage }: WeightedBatch): tf.Tensor1D {
  if (advantage.size < 2) return weightedAdvantage;
  const mean = tf.mean(advantage);
  const deviation = tf.sqrt(tf.div(tf.sum(tf.squaredDifference(advantage, mean)), advantage.size - 1));
  return tf.div(tf.sub(weightedAdvantage, tf.mul(weight, mean)), tf.add(deviation, 1e-8));
}

/** (Σw)² / Σw²: so many steps of equal weight would say as much (Kong 1992). */
export function effectiveSampleSize(weight: tf.Tensor1D): tf.Scalar {
  return tf.div(tf.square(tf.sum(weight)), tf.add(tf.sum(tf.square(weight)), 1e-8));
}
