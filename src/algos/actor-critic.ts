/**
 * Batch actor-critic: collect, fit the critic to its own bootstrapped targets, then follow the policy gradient under the fitted critic.
 * Konda & Tsitsiklis 2000, "Actor-Critic Algorithms"; in this form the batch algorithm of Levine's lectures (CS 285, lecture 6).
 *
 * Departures: the critic goes through several rounds of targets in each iteration, each a few epochs of Adam; one policy step follows,
 * whose gradient is clipped by its global norm; advantages are GAE(λ), whose λ = 0 (the default) is the lecture's r + γ V(s') − V(s).
 * Batches go on where the last one ended: episodes that a batch's end or the time limit cuts are bootstrapped. With a shared trunk the
 * policy's loss contains the value's, and the fit moves the value's head alone.
 */
import { choice, integer, number, type OptionsOf, schedule } from "../core/options.js";
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
import { actorCriticPresets } from "./presets/actor-critic.js";

const fields = {
  ...rolloutFields,
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(0, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  learningRate: schedule(3e-3, "Adam's step size for the policy"),
  criticTarget: choice("bootstrapped", ["bootstrapped", "monteCarlo"], "what the critic is fitted to: r + γ V(s'), or rewards to the end"),
  targetUpdates: integer(10, "how often an iteration computes the critic's targets and fits it to them"),
  ...criticFields,
  criticEpochs: integer(1, "passes of the regression over a rollout, for each computation of targets"),
  ...lossFields,
  valueCoefficient: number(0.5, "weight of the value loss in what a shared trunk learns from", { min: 0 }),
  maxGradNorm: number(0.5, "largest global norm of the policy's gradient", { min: 0, above: true }),
  ...networkFields,
};

export type ActorCriticOptions = OptionsOf<typeof fields>;

export const actorCritic = defineAlgorithm({
  id: "actor-critic",
  title: "Batch actor-critic",
  paper: "Konda & Tsitsiklis 2000, Actor-Critic Algorithms",
  fields,
  presets: actorCriticPresets,
  check: checkBatchSize,

  async create(session, options) {
    const setup = await setUpOnPolicy(session, { ...options, keepSuccessors: true });
    return { acting: setup.network.acting, normalizer: setup.rollout.normalizer, learn: () => learn(setup, options, session) };
  },
});

function learn(setup: OnPolicySetup, options: ActorCriticOptions, session: Session): AsyncGenerator<Report, void> {
  const { network, rollout } = setup;
  const parameters = splitParameters(network);
  const critic = fittedCritic(network, parameters.value, rollout, session, options);
  const optimizer = adam(parameters.policy, { epsilon: 1e-5, maxGradNorm: options.maxGradNorm });
  const policy = actorCriticStep(setup, parameters.policy, optimizer, session, options);
  const targetLambda = options.criticTarget === "bootstrapped" ? 0 : 1; // `returns` under it are the targets
  return alternate(rollout, network.parameters, session, {
    async learn(progress) {
      for (let i = 0; i < options.targetUpdates; i++) {
        rollout.estimateAdvantages(options.gamma, targetLambda);
        critic.fit(progress);
        await parameters.value.pull();
        rollout.estimateValues();
      }
      rollout.estimateAdvantages(options.gamma, options.lambda);
      policy.step(progress);
    },
    metrics: async () => ({
      ...(await policy.metrics()),
      ...(await critic.metrics()),
      explainedVariance: explainedVariance(rollout),
    }),
  });
}
