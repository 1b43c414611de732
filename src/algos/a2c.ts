/**
 * Advantage actor-critic: A3C's update, taken by all environments at once.
 * Mnih et al. 2016, "Asynchronous Methods for Deep Reinforcement Learning" (arXiv:1602.01783), algorithm S3. Made synchronous as in
 * OpenAI Baselines' A2C (2017); the defaults are those of Stable-Baselines3.
 *
 * Departures from the paper: one thread and one optimizer; advantages by GAE(λ), whose λ = 1 (the default) gives the paper's n-step
 * advantages; ε outside of RMSProp's root; orthogonal first weights; gradients clipped by their global norm. An episode that the time limit
 * cuts is bootstrapped from its final observation, which the paper doesn't discuss.
 */
import { choice, integer, number, type OptionsOf, schedule } from "../core/options.js";
import { adam, type Optimizer } from "../nn/adam.js";
import { rmsProp } from "../nn/optimizers/rmsprop.js";
import type { Parameters } from "../nn/parameters.js";
import { checkWorkers } from "../rollout/parallel/parallel-rollout.js";
import { actorCriticStep } from "./actor-critic-step.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { alternate, explainedVariance, lossFields, networkFields, type OnPolicySetup, rolloutFields, setUpOnPolicy } from "./on-policy.js";
import { a2cPresets } from "./presets/a2c.js";

const fields = {
  ...rolloutFields,
  steps: integer(5, "n, steps of each environment between two updates"),
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(1, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  learningRate: schedule(7e-4, "the optimizer's step size"),
  optimizer: choice("rmsProp", ["rmsProp", "adam"], "how a gradient becomes a step"),
  ...lossFields,
  maxGradNorm: number(0.5, "largest global norm of a gradient", { min: 0, above: true }),
  ...networkFields,
};

export type A2cOptions = OptionsOf<typeof fields>;

export const a2c = defineAlgorithm({
  id: "a2c",
  title: "Advantage actor-critic",
  paper: "Mnih et al. 2016, Asynchronous Methods for Deep Reinforcement Learning",
  fields,
  presets: a2cPresets,
  check: checkWorkers,

  async create(session, options) {
    const setup = await setUpOnPolicy(session, options);
    return { acting: setup.network.acting, normalizer: setup.rollout.normalizer, learn: () => learn(setup, options, session) };
  },
});

function learn(setup: OnPolicySetup, options: A2cOptions, session: Session): AsyncGenerator<Report, void> {
  const { network, rollout } = setup;
  const optimizer = optimizerOf(network.parameters, options);
  const gradient = actorCriticStep(setup, network.parameters, optimizer, session, options);
  return alternate(rollout, network.parameters, session, {
    learn(progress) {
      rollout.estimateAdvantages(options.gamma, options.lambda);
      gradient.step(progress);
    },
    metrics: async () => ({ ...(await gradient.metrics()), explainedVariance: explainedVariance(rollout) }),
  });
}

function optimizerOf(parameters: Parameters, { optimizer, maxGradNorm }: A2cOptions): Optimizer {
  const options = { epsilon: 1e-5, maxGradNorm };
  return optimizer === "adam" ? adam(parameters, options) : rmsProp(parameters, { ...options, decay: 0.99 });
}
