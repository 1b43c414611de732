/**
 * Natural policy gradient: the policy gradient measured by how much it changes the policy, not its parameters.
 * Kakade 2001, "A Natural Policy Gradient" (NeurIPS 14).
 *
 * Departures from the paper: the step's length is that whose KL divergence from the old policy is δ to second order (Rajeswaran et al.
 * 2017, "Towards Generalization and Simplicity in Continuous Control"), not a fixed rate; F⁻¹g is found by conjugate gradients with a
 * damped F, on advantages by GAE(λ) under a fitted critic, and standardised. F is the mean over the rollout's states, without weights γ^t.
 * An episode that the time limit cuts is bootstrapped from its final observation.
 *
 * The step moves the policy alone: actor, ln σ, and with a shared trunk the trunk. The critic's regression moves the rest, so that it never
 * changes the policy.
 */
import { number, type OptionsOf } from "../core/options.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { criticFields, fittedCritic, splitParameters } from "./critic.js";
import { NaturalPolicy, naturalFields } from "./natural.js";
import {
  alternate,
  checkBatchSize,
  explainedVariance,
  networkFields,
  type OnPolicySetup,
  rolloutFields,
  setUpOnPolicy,
} from "./on-policy.js";
import { npgPresets } from "./presets/npg.js";

const fields = {
  ...rolloutFields,
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(0.95, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  ...naturalFields,
  ...criticFields,
  ...networkFields,
};

export type NpgOptions = OptionsOf<typeof fields>;

export const npg = defineAlgorithm({
  id: "npg",
  title: "Natural policy gradient",
  paper: "Kakade 2001, A Natural Policy Gradient",
  fields,
  presets: npgPresets,
  check: checkBatchSize,

  async create(session, options) {
    const setup = await setUpOnPolicy(session, options);
    return { acting: setup.network.acting, normalizer: setup.rollout.normalizer, learn: () => learn(setup, options, session) };
  },
});

function learn(setup: OnPolicySetup, options: NpgOptions, session: Session): AsyncGenerator<Report, void> {
  const { network, rollout } = setup;
  const policy = new NaturalPolicy(setup, session, options);
  const critic = fittedCritic(network, splitParameters(network).value, rollout, session, options);
  return alternate(rollout, network.parameters, session, {
    async learn(progress) {
      rollout.estimateAdvantages(options.gamma, options.lambda);
      policy.move(await policy.naturalStep(), 1);
      policy.record(await policy.change());
      critic.fit(progress);
    },
    metrics: async () => ({
      ...policy.metrics(),
      ...(await critic.metrics()),
      explainedVariance: explainedVariance(rollout),
    }),
  });
}
