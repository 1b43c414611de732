/**
 * Soft actor-critic with a state-value function of its own.
 * Haarnoja, Zhou, Abbeel & Levine 2018, "Soft Actor-Critic: Off-Policy Maximum Entropy Deep Reinforcement Learning with a Stochastic Actor"
 * (arXiv:1801.01290), algorithm 1.
 * V learns soft values of the present policy (eq. 5), Q bootstraps from a slow copy of V (eq. 7), the policy follows Q (eq. 12).
 *
 * Departures from the paper: a temperature α weighs the entropy, where the paper scales rewards by 1/α; both give the same policy. The first
 * actions are uniform.
 */
import * as tf from "@tensorflow/tfjs";
import { number, type OptionsOf } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import { SquashedGaussianActor } from "../nn/actor.js";
import { adam } from "../nn/adam.js";
import { computation } from "../nn/computation.js";
import { Critics, StateValue } from "../nn/critics.js";
import { meanSquaredError } from "../nn/losses.js";
import { follow } from "../nn/optimizers/polyak.js";
import { bootstrapped } from "../nn/targets.js";
import { type LossReport, updater } from "../nn/update.js";
import type { ReplayColumns } from "../rollout/transitions.js";
import { defineAlgorithm, type Session } from "./algorithm.js";
import { checkContinuous, criticLoss, LearningNoise, networkSizes } from "./continuous.js";
import { interleave, type OffPolicySteps, setUpOffPolicy, type TransitionBatch, transitionTensors } from "./off-policy.js";
import { sacVPresets } from "./presets/sac.js";
import { correlatedSampler, softActorLoss, softFields, softValue } from "./soft.js";

const fields = {
  ...softFields,
  temperature: number(0.2, "α, weight of the entropy", { min: 0 }),
};

export type SacVOptions = OptionsOf<typeof fields>;

export const sacV = defineAlgorithm({
  id: "sac-v",
  title: "Soft actor-critic (state-value function)",
  paper: "Haarnoja et al. 2018, Soft Actor-Critic: Off-Policy Maximum Entropy Deep Reinforcement Learning with a Stochastic Actor",
  fields,
  presets: sacVPresets,
  check: (options, spec) => checkContinuous("sac-v", options, spec),

  async create(session, options) {
    const networks = sacVNetworks(session, options);
    const { acting } = networks.actor;
    const setup = await setUpOffPolicy(session, { ...acting, sampler: correlatedSampler(session.backend, options) }, options);
    const steps = sacVSteps(networks, setup.replay.columns, options, session);
    return { acting: { ...acting, critic: networks.value.network.located }, learn: () => interleave(setup, options, session, steps) };
  },
});

export interface SacVNetworks {
  readonly actor: SquashedGaussianActor;
  readonly critics: Critics;
  readonly value: StateValue;
  readonly targetValue: StateValue;
}

export function sacVNetworks({ spec, backend, seed }: Session, options: SacVOptions): SacVNetworks {
  const sizes = networkSizes(spec, options);
  const value = new StateValue(backend, sizes.inputs, options, seed);
  const actor = new SquashedGaussianActor(backend, sizes, options, seed);
  return { actor, critics: new Critics(backend, 2, sizes, options, seed), value, targetValue: value.copy() };
}

/** The gradient steps on minibatches that stand in these columns. */
export function sacVSteps(networks: SacVNetworks, columns: ReplayColumns, options: SacVOptions, session: Session): OffPolicySteps {
  const { backend, seed } = session;
  const { actor, critics, value, targetValue } = networks;
  const { temperature } = options;
  const noise = new LearningNoise(backend, 2, [options.batchSize, actor.sizes.actions], seed);
  const mb = () => transitionTensors(backend, columns);

  const valueTarget = computation(backend, () => softValue(actor, critics, mb().observation, noise.tensor(0), temperature).value);
  const valueStep = updater(backend, value.parameters, adam(value.parameters), () => stateValueLoss(value, mb(), valueTarget.result));
  const criticTarget = computation(backend, () => bootstrapped(mb(), targetValue.of(mb().nextObservation)));
  const criticStep = updater(backend, critics.parameters, adam(critics.parameters), () => criticLoss(critics, mb(), criticTarget.result));
  const actorStep = updater(backend, actor.parameters, adam(actor.parameters), () =>
    softActorLoss(actor, critics, mb().observation, noise.tensor(1), temperature),
  );
  return {
    learn(progress) {
      const learningRate = valueAt(options.learningRate, progress);
      noise.draw();
      valueTarget.run();
      criticTarget.run();
      valueStep.step(learningRate);
      criticStep.step(learningRate);
      actorStep.step(learningRate);
      follow(targetValue.parameters, value.parameters, options.tau);
    },
    async pull() {
      await actor.parameters.pull();
      await value.parameters.pull();
    },
    metrics: async () => ({ ...(await valueStep.means()), ...(await criticStep.means()), ...(await actorStep.means()) }),
  };
}

/** J_V = ½ E[(V(s) − target)²] (eq. 5). */
export function stateValueLoss(value: StateValue, { observation }: TransitionBatch, target: tf.Tensor1D): LossReport {
  const loss = tf.mul(0.5, meanSquaredError(value.of(observation), target)) as tf.Scalar;
  return { loss, diagnostics: { stateValueLoss: loss } };
}
