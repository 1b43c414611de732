/**
 * Policy gradient from another policy's steps, by importance sampling.
 * Precup, Sutton & Singh 2000, "Eligibility Traces for Off-Policy Policy Evaluation"; Degris, White & Sutton 2012, "Off-Policy
 * Actor-Critic" (arXiv:1205.4839); Levine, Kumar, Tucker & Fu 2020, "Offline Reinforcement Learning" (arXiv:2005.01643), section 3. The
 * three estimators stand in importance-weighted.ts.
 *
 * A copy of the policy acts, which may be older than it, or chance does; the returns that a run reports are those of what acts.
 *
 * Departures: the baseline is the learner's own value function, fitted to the returns of the policy that acted, unweighted; advantages are
 * GAE(λ), standardised; Adam; gradients clipped by their global norm. Where weights are products, every rollout begins new episodes, and a
 * trajectory that the rollout's end or the time limit cuts is bootstrapped. Uniform actions stay within the bounds of a continuous action
 * space, beyond which a normal policy has a share that no weight brings back.
 */
import { choice, integer, type OptionsOf } from "../core/options.js";
import { ActorCritic } from "../nn/actor-critic.js";
import { follow } from "../nn/optimizers/polyak.js";
import type { Parameters } from "../nn/parameters.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { checkBounded, spansEpisodes, weightedFields, weightedUpdates } from "./importance-weighted.js";
import { alternate, checkBatchSize, inputsOf, networkFields, type OnPolicySetup, rolloutFields, rolloutOf } from "./on-policy.js";
import { offPolicyPgPresets } from "./presets/importance-sampling.js";

const fields = {
  ...rolloutFields,
  behaviour: choice("snapshot", ["snapshot", "uniform"], "what acts: a copy of the policy, or chance"),
  snapshotInterval: integer(1, "rollouts that one copy acts in"),
  ...weightedFields,
  ...networkFields,
};

export type OffPolicyPgOptions = OptionsOf<typeof fields>;

interface Setup extends OnPolicySetup {
  /** Parameters of the policy that acts. */
  readonly behaviour: Parameters;
}

export const offPolicyPg = defineAlgorithm({
  id: "off-policy-pg",
  title: "Off-policy policy gradient (importance sampling)",
  paper: "Degris, White & Sutton 2012, Off-Policy Actor-Critic",
  fields,
  presets: offPolicyPgPresets,

  check(options, spec) {
    checkBatchSize(options);
    if (options.behaviour === "uniform") checkBounded(spec);
  },

  async create(session, options) {
    const setup = await setUp(session, options);
    return { acting: setup.network.acting, normalizer: setup.rollout.normalizer, learn: () => learn(setup, options, session) };
  },
});

/** The learner's policy and a copy of it that acts; the learner's value function values the states. */
async function setUp(session: Session, options: OffPolicyPgOptions): Promise<Setup> {
  const { spec, backend, seed } = session;
  const create = () => new ActorCritic(backend, inputsOf(session, options), spec.actionSpace, options, seed);
  const [network, snapshot] = [create(), create()];
  const rollout = await rolloutOf(session, { ...snapshot.acting, critic: network.acting.critic }, options);
  rollout.sampler.isUniform = options.behaviour === "uniform";
  return { network, rollout, behaviour: snapshot.parameters };
}

async function* learn(setup: Setup, options: OffPolicyPgOptions, session: Session): AsyncGenerator<Report, void> {
  const { network, rollout, behaviour } = setup;
  const updates = await weightedUpdates(setup, session, options);
  const done = session.backend.state.numbers("snapshots", { rollouts: 0 });
  yield* alternate(rollout, network.parameters, session, {
    restarts: spansEpisodes(options),
    async learn(progress) {
      await updates.learn(progress);
      if (++done.rollouts % options.snapshotInterval !== 0) return;
      follow(behaviour, network.parameters, 1);
      await behaviour.pull();
    },
    metrics: updates.metrics,
  });
}
