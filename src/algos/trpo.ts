/**
 * Trust region policy optimisation.
 * Schulman, Levine, Moritz, Jordan & Abbeel 2015, "Trust Region Policy Optimization" (arXiv:1502.05477), the single-path form of section 5,
 * solved as in appendix C; the defaults are those of Stable-Baselines3 Contrib.
 *
 * Departures from the paper: advantages by GAE(λ) under a fitted critic (Schulman et al. 2016) stand for Q, and are standardised; the
 * Fisher matrix is damped, and the mean over all states of the rollout. An episode that the time limit cuts is bootstrapped from its final
 * observation.
 *
 * The step moves the policy alone: actor, ln σ, and with a shared trunk the trunk. The critic's regression moves the rest, so that it never
 * changes the policy, and the divergence of two policies that act one after the other is that of the step.
 */
import { integer, number, type OptionsOf } from "../core/options.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { criticFields, fittedCritic, splitParameters } from "./critic.js";
import { NaturalPolicy, naturalFields, type PolicyChange } from "./natural.js";
import {
  alternate,
  checkBatchSize,
  explainedVariance,
  networkFields,
  type OnPolicySetup,
  rolloutFields,
  setUpOnPolicy,
} from "./on-policy.js";
import { trpoPresets } from "./presets/trpo.js";

const fields = {
  ...rolloutFields,
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(0.95, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  ...naturalFields,
  lineSearchSteps: integer(10, "lengths that the line search tries"),
  lineSearchShrinkage: number(0.8, "what it multiplies a length by that was too far", { min: 0, max: 1, above: true }),
  ...criticFields,
  ...networkFields,
};

export type TrpoOptions = OptionsOf<typeof fields>;

export const trpo = defineAlgorithm({
  id: "trpo",
  title: "Trust region policy optimisation",
  paper: "Schulman et al. 2015, Trust Region Policy Optimization",
  fields,
  presets: trpoPresets,
  check: checkBatchSize,

  async create(session, options) {
    const setup = await setUpOnPolicy(session, options);
    return { acting: setup.network.acting, normalizer: setup.rollout.normalizer, learn: () => learn(setup, options, session) };
  },
});

function learn(setup: OnPolicySetup, options: TrpoOptions, session: Session): AsyncGenerator<Report, void> {
  const { network, rollout } = setup;
  const policy = new NaturalPolicy(setup, session, options);
  const critic = fittedCritic(network, splitParameters(network).value, rollout, session, options);
  return alternate(rollout, network.parameters, session, {
    async learn(progress) {
      rollout.estimateAdvantages(options.gamma, options.lambda);
      policy.record(await lineSearch(policy, await policy.naturalStep(), options));
      critic.fit(progress);
    },
    metrics: async () => ({
      ...policy.metrics(),
      ...(await critic.metrics()),
      explainedVariance: explainedVariance(rollout),
    }),
  });
}

/** Takes the longest of ever shorter parts of the step that gains on the surrogate and keeps KL(old ‖ new) ≤ δ; none if none does. */
export async function lineSearch(
  policy: Pick<NaturalPolicy, "move" | "change">,
  step: Float64Array,
  { targetKl, lineSearchSteps, lineSearchShrinkage }: Pick<TrpoOptions, "targetKl" | "lineSearchSteps" | "lineSearchShrinkage">,
): Promise<Required<PolicyChange>> {
  let stepFraction = 1;
  for (let i = 0; i < lineSearchSteps; i++) {
    policy.move(step, stepFraction);
    const change = await policy.change();
    if (change.improvement > 0 && change.kl <= targetKl) return { ...change, stepFraction };
    stepFraction *= lineSearchShrinkage;
  }
  policy.move(step, 0);
  return { ...(await policy.change()), stepFraction: 0 };
}
