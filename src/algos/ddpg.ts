/**
 * Deep deterministic policy gradient.
 * Lillicrap et al. 2016, "Continuous control with deep reinforcement learning" (arXiv:1509.02971), algorithm 1.
 *
 * Departures from the paper: one step size for actor and critic, no weight decay, no batch normalisation, all layers begin uniform within
 * ±1/√inputs (the paper's last ones within ±0.003), the critic sees the action in its first layer, and independent noise is the default;
 * the paper's is `explorationNoise: "ornstein-uhlenbeck"` with `noiseStd: 0.2` and `noiseTimeStep: 1`. The first actions are uniform.
 */
import type * as tf from "@tensorflow/tfjs";
import { valueAt } from "../core/schedules.js";
import { adam } from "../nn/adam.js";
import { computation } from "../nn/computation.js";
import { bootstrapped } from "../nn/targets.js";
import { updater } from "../nn/update.js";
import type { ReplayColumns } from "../rollout/transitions.js";
import { defineAlgorithm, type Session } from "./algorithm.js";
import { criticLoss } from "./continuous.js";
import {
  actorLoss,
  checkDeterministic,
  type DeterministicNetworks,
  type DeterministicOptions,
  deterministicFields,
  deterministicNetworks,
  followBoth,
  noisySampler,
} from "./deterministic.js";
import { interleave, type OffPolicySteps, setUpOffPolicy, type TransitionBatch, transitionTensors } from "./off-policy.js";
import { deterministicPresets } from "./presets/deterministic.js";

export const ddpg = defineAlgorithm({
  id: "ddpg",
  title: "Deep deterministic policy gradient",
  paper: "Lillicrap et al. 2016, Continuous control with deep reinforcement learning",
  fields: deterministicFields,
  presets: deterministicPresets,
  check: (options, spec) => checkDeterministic("ddpg", options, spec),

  async create(session, options) {
    const networks = deterministicNetworks(session, options, 1);
    const { acting } = networks.actor;
    const setup = await setUpOffPolicy(session, { ...acting, sampler: noisySampler(session.backend, options) }, options);
    const steps = ddpgSteps(networks, setup.replay.columns, options, session);
    return { acting, learn: () => interleave(setup, options, session, steps) };
  },
});

/** The gradient steps on minibatches that stand in these columns. */
export function ddpgSteps(
  networks: DeterministicNetworks,
  columns: ReplayColumns,
  options: DeterministicOptions,
  { backend }: Session,
): OffPolicySteps {
  const { actor, critics } = networks;
  const mb = () => transitionTensors(backend, columns);
  const target = computation(backend, () => ddpgTarget(networks, mb()));
  const criticStep = updater(backend, critics.parameters, adam(critics.parameters), () => criticLoss(critics, mb(), target.result));
  const actorStep = updater(backend, actor.parameters, adam(actor.parameters), () => actorLoss(networks, mb().observation));
  return {
    learn(progress) {
      const learningRate = valueAt(options.learningRate, progress);
      target.run();
      criticStep.step(learningRate);
      actorStep.step(learningRate);
      followBoth(networks, options.tau);
    },
    pull: () => actor.parameters.pull(),
    metrics: async () => ({ ...(await criticStep.means()), ...(await actorStep.means()) }),
  };
}

/** r + γ Q'(s', μ'(s')), both of the target networks. */
export function ddpgTarget({ targets: { actor, critics } }: DeterministicNetworks, mb: TransitionBatch): tf.Tensor1D {
  return bootstrapped(mb, critics.first(mb.nextObservation, actor.action(mb.nextObservation)));
}
