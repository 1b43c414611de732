/**
 * Policy relaxation: after the environment has changed, the first episodes are played with uniform actions, whatever was learned before.
 * Wang, Li & Chen 2020, "Incremental Reinforcement Learning in Continuous Spaces via Policy Relaxation and Importance Weighting", IEEE
 * Transactions on Neural Networks and Learning Systems 31(6).
 *
 * Give the earlier policy as `initialPolicy`; without one this is a policy gradient that begins with uniform exploration.
 *
 * Departures: the ratios π/b of the uniform episodes are those of importance-weighted.ts, cut off and self-normalised, where the authors
 * smooth and standardise theirs; a learned baseline, Adam, and several gradient steps on each rollout. The paper's second half, to weight
 * episodes by their returns, is left out. Chance acts in whole rollouts, until so many episodes have ended in all lanes together.
 */
import { integer, type OptionsOf } from "../core/options.js";
import type { Rollout } from "../rollout/rollout.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { checkBounded, spansEpisodes, weightedFields, weightedUpdates } from "./importance-weighted.js";
import { alternate, checkBatchSize, networkFields, type OnPolicySetup, rolloutFields, setUpOnPolicy } from "./on-policy.js";
import { policyRelaxationPresets } from "./presets/importance-sampling.js";

const fields = {
  ...rolloutFields,
  relaxedEpisodes: integer(100, "k, episodes with uniform actions at the start", { min: 0 }),
  ...weightedFields,
  weights: { ...weightedFields.weights, default: "causal" as const },
  ...networkFields,
};

export type PolicyRelaxationOptions = OptionsOf<typeof fields>;

export const policyRelaxation = defineAlgorithm({
  id: "policy-relaxation",
  title: "Policy relaxation with importance sampling",
  paper: "Wang, Li & Chen 2020, Incremental Reinforcement Learning in Continuous Spaces via Policy Relaxation and Importance Weighting",
  fields,
  presets: policyRelaxationPresets,

  check(options, spec) {
    checkBatchSize(options);
    if (options.relaxedEpisodes > 0) checkBounded(spec);
  },

  async create(session, options) {
    const setup = await setUpOnPolicy(session, options);
    return { acting: setup.network.acting, normalizer: setup.rollout.normalizer, learn: () => learn(setup, options, session) };
  },
});

async function* learn(setup: OnPolicySetup, options: PolicyRelaxationOptions, session: Session): AsyncGenerator<Report, void> {
  const { network, rollout } = setup;
  const updates = await weightedUpdates(setup, session, options);
  const done = session.backend.state.numbers("relaxation", { episodes: 0 });
  rollout.sampler.isUniform = done.episodes < options.relaxedEpisodes;
  yield* alternate(rollout, network.parameters, session, {
    restarts: spansEpisodes(options),
    async learn(progress) {
      await updates.learn(progress);
      done.episodes += endsIn(rollout);
      rollout.sampler.isUniform = done.episodes < options.relaxedEpisodes;
    },
    metrics: updates.metrics,
  });
}

/** How many episodes ended in a rollout. */
function endsIn({ columns: { terminated, truncated } }: Rollout): number {
  const isCut = truncated.data;
  return terminated.data.reduce((count, isOver, i) => count + Number(isOver !== 0 || isCut[i] !== 0), 0);
}
