/**
 * Online actor-critic: one gradient step of actor and critic after each step of the environments.
 * Sutton & Barto 2018, "Reinforcement Learning: An Introduction", section 13.5, one-step actor-critic:
 *   δ = r + γ V(s') − V(s),   w ← w + α δ ∇V(s),   θ ← θ + α δ ∇ln π(a|s)
 *
 * Departures: N environments are stepped together, and their updates averaged; RMSProp instead of plain steps, one for both networks,
 * on gradients clipped by their global norm; steps count with weight 1, not γ^t. An episode that the time limit cuts is bootstrapped from
 * its final observation.
 */
import { number, type OptionsOf, schedule } from "../core/options.js";
import { rmsProp } from "../nn/optimizers/rmsprop.js";
import { actorCriticStep } from "./actor-critic-step.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { alternate, lossFields, networkFields, type OnPolicySetup, rolloutFields, setUpOnPolicy } from "./on-policy.js";
import { onlineActorCriticPresets } from "./presets/online-actor-critic.js";

const { steps: _, workers: _workers, ...oneStepFields } = rolloutFields; // a step is too short to share
const { normalizeAdvantage: __, ...onlineLossFields } = lossFields;

const fields = {
  ...oneStepFields,
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  learningRate: schedule(7e-4, "RMSProp's step size"),
  ...onlineLossFields,
  maxGradNorm: number(0.5, "largest global norm of a gradient", { min: 0, above: true }),
  ...networkFields,
};

export type OnlineActorCriticOptions = OptionsOf<typeof fields>;

export const onlineActorCritic = defineAlgorithm({
  id: "online-actor-critic",
  title: "Online actor-critic",
  paper: "Sutton & Barto 2018, Reinforcement Learning: An Introduction",
  fields,
  presets: onlineActorCriticPresets,

  check() {},

  async create(session, options) {
    const setup = await setUpOnPolicy(session, { ...options, steps: 1 });
    return { acting: setup.network.acting, normalizer: setup.rollout.normalizer, learn: () => learn(setup, options, session) };
  },
});

function learn(setup: OnPolicySetup, options: OnlineActorCriticOptions, session: Session): AsyncGenerator<Report, void> {
  const { network, rollout } = setup;
  const optimizer = rmsProp(network.parameters, { epsilon: 1e-5, maxGradNorm: options.maxGradNorm });
  const gradient = actorCriticStep(setup, network.parameters, optimizer, session, { ...options, normalizeAdvantage: false });
  return alternate(rollout, network.parameters, session, {
    learn(progress) {
      rollout.estimateAdvantages(options.gamma, 0); // A = δ
      gradient.step(progress);
    },
    metrics: gradient.metrics,
  });
}
