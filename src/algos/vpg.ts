/**
 * Vanilla policy gradient with a baseline that is fitted anew after each batch.
 * Sutton, McAllester, Singh & Mansour 2000, "Policy Gradient Methods for Reinforcement Learning with Function Approximation"; the loop is
 * that of Schulman 2016, "Optimizing Expectations", and advantages are those of Schulman, Moritz, Levine, Jordan & Abbeel 2016,
 * "High-Dimensional Continuous Control Using Generalized Advantage Estimation" (arXiv:1506.02438).
 *
 * Departures: advantages are standardised; steps count with weight 1, not γ^t; the baseline is fitted by a few epochs of Adam to TD(λ)
 * returns, not to convergence; gradients are clipped by their global norm. Batches go on where the last one ended: episodes that a batch's
 * end or the time limit cuts are bootstrapped. With a shared trunk the policy's loss contains the value's, and the fit moves the value's
 * head alone.
 */
import { number, type OptionsOf, schedule } from "../core/options.js";
import { adam } from "../nn/adam.js";
import { actorCriticStep } from "./actor-critic-step.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { criticFields, fittedCritic, splitParameters } from "./critic.js";
import {
  alternate,
  checkBatchSize,
  explainedVariance,
  lossFields,
  networkFields,
  type OnPolicySetup,
  rolloutFields,
  setUpOnPolicy,
} from "./on-policy.js";
import { vpgPresets } from "./presets/vpg.js";

const fields = {
  ...rolloutFields,
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(0.97, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  learningRate: schedule(1e-2, "Adam's step size for the policy"),
  ...criticFields,
  ...lossFields,
  valueCoefficient: number(0.5, "weight of the value loss in what a shared trunk learns from", { min: 0 }),
  normalizeAdvantage: { ...lossFields.normalizeAdvantage, default: true },
  maxGradNorm: number(0.5, "largest global norm of the policy's gradient", { min: 0, above: true }),
  ...networkFields,
};

export type VpgOptions = OptionsOf<typeof fields>;

export const vpg = defineAlgorithm({
  id: "vpg",
  title: "Vanilla policy gradient",
  paper: "Sutton et al. 2000, Policy Gradient Methods for Reinforcement Learning with Function Approximation",
  fields,
  presets: vpgPresets,
  check: checkBatchSize,

  async create(session, options) {
    const setup = await setUpOnPolicy(session, options);
    return { acting: setup.network.acting, normalizer: setup.rollout.normalizer, learn: () => learn(setup, options, session) };
  },
});

function learn(setup: OnPolicySetup, options: VpgOptions, session: Session): AsyncGenerator<Report, void> {
  const { network, rollout } = setup;
  const parameters = splitParameters(network);
  const critic = fittedCritic(network, parameters.value, rollout, session, options);
  const optimizer = adam(parameters.policy, { epsilon: 1e-5, maxGradNorm: options.maxGradNorm });
  const policy = actorCriticStep(setup, parameters.policy, optimizer, session, options);
  return alternate(rollout, network.parameters, session, {
    learn(progress) {
      rollout.estimateAdvantages(options.gamma, options.lambda);
      policy.step(progress);
      critic.fit(progress);
    },
    metrics: async () => ({
      ...(await policy.metrics()),
      ...(await critic.metrics()),
      explainedVariance: explainedVariance(rollout),
    }),
  });
}
