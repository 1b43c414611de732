/**
 * REINFORCE: the policy gradient by whole episodes.
 * Williams 1992, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning":
 *   ∇J = E[Σ_t w_t (Ψ_t − b) ∇ln π(a_t|s_t)]
 * with Ψ_t the episode's whole return Σ_k γ^k r_k, or what follows the action, Σ_{k≥t} γ^(k−t) r_k. The latter, with w_t = γ^t, has the
 * gradient of the discounted return in expectation too; w_t = 1 is the usual choice, which doesn't neglect late steps.
 *
 * Baselines: none, the batch's average or variance-minimising constant (see baselines.ts), or a value function, fitted to the returns by
 * regression after each update, so that it comes of other episodes than those that it is subtracted from.
 *
 * Every iteration begins new episodes. Without a value function only episodes that end within the rollout count, which favours short ones,
 * the less so the more of them a lane has room for; and what would have followed a time limit counts as 0. With it all steps count: what
 * isn't seen any more is bootstrapped.
 *
 * Departures: the sum over an iteration's steps is divided by their number, not by that of the episodes; Adam, on gradients clipped by
 * their global norm. With a shared trunk the policy's loss contains the value's, and the fit moves the value's head alone.
 */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { choice, flag, integer, number, type OptionsOf, schedule } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import { ActorCritic } from "../nn/actor-critic.js";
import { adam } from "../nn/adam.js";
import { meanSquaredError } from "../nn/losses.js";
import { type LossReport, updater } from "../nn/update.js";
import { createEpisodeReturns, type EpisodeReturns, stepsIn } from "../rollout/episode-returns.js";
import { checkWorkers } from "../rollout/parallel/parallel-rollout.js";
import type { Rollout } from "../rollout/rollout.js";
import { column } from "../wasm/heap.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { type Credit, constantBaseline } from "./baselines.js";
import { criticFields, fittedCritic, splitParameters } from "./critic.js";
import {
  alternate,
  checkBatchSize,
  explainedVariance,
  inputsOf,
  networkFields,
  rolloutFields,
  rolloutOf,
  stepsOf,
  tensorsOf,
} from "./on-policy.js";
import { reinforcePresets } from "./presets/reinforce.js";

const fields = {
  ...rolloutFields,
  steps: integer(512, "T, steps of each environment in one iteration; without a value function only episodes that end in them count"),
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  returns: choice(
    "rewardToGo",
    ["rewardToGo", "whole"],
    "what ∇ln π is multiplied with: the rewards after the action, or all of the episode's",
  ),
  discountSteps: flag(false, "whether step t of an episode counts γ^t instead of 1"),
  baseline: choice("value", ["value", "none", "average", "optimal"], "what is subtracted from that"),
  learningRate: schedule(1e-2, "Adam's step size for the policy"),
  ...criticFields,
  entropyCoefficient: number(0, "weight of the entropy bonus", { min: 0 }),
  valueCoefficient: number(0.5, "weight of the value loss in what a shared trunk learns from", { min: 0 }),
  maxGradNorm: number(0.5, "largest global norm of the policy's gradient", { min: 0, above: true }),
  ...networkFields,
};

export type ReinforceOptions = OptionsOf<typeof fields>;

export const reinforce = defineAlgorithm({
  id: "reinforce",
  title: "REINFORCE",
  paper: "Williams 1992, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning",
  fields,
  presets: reinforcePresets,

  check(options) {
    if (options.baseline === "value") checkBatchSize(options);
    else checkWorkers(options);
    const isTwice = options.returns === "whole" && options.discountSteps;
    ensure(!isTwice, () => "discountSteps goes with returns=rewardToGo: whole returns are discounted from the episode's start already");
  },

  async create(session, options) {
    const network = new ActorCritic(session.backend, inputsOf(session, options), session.spec.actionSpace, options, session.seed);
    const acting = options.baseline === "value" ? network.acting : { ...network.acting, critic: [] };
    const rollout = await rolloutOf(session, acting, options);
    const returns = await createEpisodeReturns(rollout);
    return { acting, normalizer: rollout.normalizer, learn: () => learn(network, rollout, returns, options, session) };
  },
});

function learn(
  network: ActorCritic,
  rollout: Rollout,
  returns: EpisodeReturns,
  options: ReinforceOptions,
  session: Session,
): AsyncGenerator<Report, void> {
  const { backend } = session;
  const isValued = options.baseline === "value";
  const isWhole = options.returns === "whole";
  const credit = { outcome: isWhole ? returns.whole : rollout.columns.returns, weight: returns.weight, isWhole };
  const batch = batchOf(rollout, credit, isValued);
  const constant = options.baseline === "value" ? undefined : constantBaseline(options.baseline, { backend, network, rollout, credit });

  const parameters = splitParameters(network);
  const critic = isValued ? fittedCritic(network, parameters.value, rollout, session, options) : undefined;
  const optimizer = adam(parameters.policy, { epsilon: 1e-5, maxGradNorm: options.maxGradNorm });
  const valueCoefficient = isValued && options.sharedTrunk ? options.valueCoefficient : 0;
  const lossOf = () => reinforceLoss(network, tensorsOf<ReinforceBatch>(backend, batch), { ...options, valueCoefficient });
  const gradient = updater(backend, parameters.policy, optimizer, lossOf);
  let learningRate = 0;
  return alternate(rollout, network.parameters, session, {
    restarts: true,
    async learn(progress) {
      learningRate = valueAt(options.learningRate, progress);
      returns.estimate(options.gamma);
      returns.weigh(options.discountSteps ? options.gamma : 1, !isValued);
      const episodes = returns.ended();
      const counted = isValued ? rollout.size : stepsIn(episodes);
      if (counted === 0) return; // every episode was cut: there is nothing to learn from
      batch.counted.data[0] = counted;
      if (constant) batch.baseline.data.fill(await constant(episodes));

      gradient.step(learningRate);
      critic?.fit(progress);
    },
    metrics: async () => ({
      ...(await gradient.means()),
      ...(critic && { ...(await critic.metrics()), explainedVariance: explainedVariance(rollout) }),
      learningRate,
    }),
  });
}

/** A rollout's steps: observation `[B,D]`, action `[B]`, or `[B,A]` if continuous, everything else `[B]`. */
export interface ReinforceBatch {
  readonly observation: tf.Tensor2D;
  readonly action: tf.Tensor;
  /** Ψ */
  readonly outcome: tf.Tensor1D;
  /** b */
  readonly baseline: tf.Tensor1D;
  /** w, 0 for steps that don't count. */
  readonly weight: tf.Tensor1D;
  /** How many steps count, a scalar. */
  readonly counted: tf.Scalar;
  /** What the value function is to say. */
  readonly returns: tf.Tensor1D;
}

function batchOf(rollout: Rollout, { outcome, weight }: Credit, isValued: boolean) {
  const { columns, size, env } = rollout;
  const { observation, action, returns } = stepsOf(rollout);
  const baseline = isValued ? columns.value.as([size]) : column(env.heap, [size]);
  const credit = { outcome: outcome.as([size]), weight: weight.as([size]) };
  return { observation, action, returns, baseline, ...credit, counted: column(env.heap, []) };
}

/** L = −Σ w (Ψ − b) ln π(a|s) / counted + c₁ E[(V(s) − return)²] − c₂ H */
export function reinforceLoss(
  network: ActorCritic,
  { observation, action, outcome, baseline, weight, counted, returns }: ReinforceBatch,
  { entropyCoefficient, valueCoefficient }: Pick<ReinforceOptions, "entropyCoefficient" | "valueCoefficient">,
): LossReport {
  const policy = network.policy(observation);
  const credit = tf.mul(weight, tf.sub(outcome, baseline));
  const policyLoss = tf.neg(tf.div(tf.sum(tf.mul(credit, policy.logProb(action))), counted)) as tf.Scalar;
  const entropy = tf.mean(policy.entropy()) as tf.Scalar;
  const ofPolicy = tf.sub(policyLoss, tf.mul(entropyCoefficient, entropy)) as tf.Scalar;
  if (valueCoefficient === 0) return { loss: ofPolicy, diagnostics: { loss: ofPolicy, policyLoss, entropy } };
  const valueLoss = meanSquaredError(network.value(observation), returns);
  const loss = tf.add(ofPolicy, tf.mul(valueCoefficient, valueLoss)) as tf.Scalar;
  return { loss, diagnostics: { loss, policyLoss, entropy, valueLoss } };
}
