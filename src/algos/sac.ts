/**
 * Soft actor-critic with twin action values and a temperature that is learned.
 * Haarnoja et al. 2018, "Soft Actor-Critic Algorithms and Applications" (arXiv:1812.05905), algorithm 1.
 *
 * Departures from the paper: the temperature's gradient is with respect to ln α, which keeps α above 0; the first actions are uniform.
 */
import * as tf from "@tensorflow/tfjs";
import { log } from "../core/elementary.js";
import { flag, number, type OptionsOf } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import { SquashedGaussianActor } from "../nn/actor.js";
import { adam } from "../nn/adam.js";
import { computation } from "../nn/computation.js";
import { Critics } from "../nn/critics.js";
import { follow } from "../nn/optimizers/polyak.js";
import { Parameters } from "../nn/parameters.js";
import { bootstrapped } from "../nn/targets.js";
import { type LossReport, updater } from "../nn/update.js";
import type { ReplayColumns } from "../rollout/transitions.js";
import { defineAlgorithm, type Session } from "./algorithm.js";
import { checkContinuous, criticLoss, LearningNoise, networkSizes } from "./continuous.js";
import { interleave, type OffPolicySteps, setUpOffPolicy, type TransitionBatch, transitionTensors } from "./off-policy.js";
import { sacPresets } from "./presets/sac.js";
import { correlatedSampler, softActorLoss, softFields, softValue } from "./soft.js";

const fields = {
  ...softFields,
  temperature: number(1, "α, weight of the entropy; the first one if it is learned", { min: 0, above: true }),
  learnTemperature: flag(true, "whether α is learned, so that the entropy comes to its target"),
  targetEntropy: number(-1, "entropy that α is learned for, in nats per component of an action"),
};

export type SacOptions = OptionsOf<typeof fields>;

export const sac = defineAlgorithm({
  id: "sac",
  title: "Soft actor-critic (twin critics, learned temperature)",
  paper: "Haarnoja et al. 2018, Soft Actor-Critic Algorithms and Applications",
  fields,
  presets: sacPresets,
  check: (options, spec) => checkContinuous("sac", options, spec),

  async create(session, options) {
    const networks = sacNetworks(session, options);
    const { acting } = networks.actor;
    const setup = await setUpOffPolicy(session, { ...acting, sampler: correlatedSampler(session.backend, options) }, options);
    const steps = sacSteps(networks, setup.replay.columns, options, session);
    return { acting, learn: () => interleave(setup, options, session, steps) };
  },
});

export interface SacNetworks {
  readonly actor: SquashedGaussianActor;
  readonly critics: Critics;
  readonly targets: Critics;
  /** ln α, a scalar on its own. */
  readonly temperature: Parameters;
}

export function sacNetworks({ spec, backend, seed }: Session, options: SacOptions): SacNetworks {
  const sizes = networkSizes(spec, options);
  const critics = new Critics(backend, 2, sizes, options, seed);
  const temperature = new Parameters(backend);
  temperature.add("logTemperature", [], [log(options.temperature)]);
  return { actor: new SquashedGaussianActor(backend, sizes, options, seed), critics, targets: critics.copy(), temperature };
}

/** The gradient steps on minibatches that stand in these columns. */
export function sacSteps(networks: SacNetworks, columns: ReplayColumns, options: SacOptions, session: Session): OffPolicySteps {
  const { backend, seed } = session;
  const { actor, critics, targets, temperature } = networks;
  const { actions } = actor.sizes;
  const noise = new LearningNoise(backend, 2, [options.batchSize, actions], seed);
  const mb = () => transitionTensors(backend, columns);

  const target = computation(backend, () => softTarget(networks, mb(), noise.tensor(0)));
  const criticStep = updater(backend, critics.parameters, adam(critics.parameters), () => criticLoss(critics, mb(), target.result));
  const actorStep = updater(backend, actor.parameters, adam(actor.parameters), () => actorLoss(networks, mb(), noise.tensor(1)));
  const temperatureStep = updater(backend, temperature, adam(temperature), () =>
    temperatureLoss(temperature, actorStep.latest("entropy"), options.targetEntropy * actions),
  );
  return {
    learn(progress) {
      const learningRate = valueAt(options.learningRate, progress);
      noise.draw();
      target.run();
      criticStep.step(learningRate);
      actorStep.step(learningRate);
      if (options.learnTemperature) temperatureStep.step(learningRate);
      follow(targets.parameters, critics.parameters, options.tau);
    },
    pull: () => actor.parameters.pull(),
    metrics: async () => ({ ...(await criticStep.means()), ...(await actorStep.means()), ...(await temperatureStep.means()) }),
  };
}

/** α, a scalar. */
function alphaOf(temperature: Parameters): tf.Scalar {
  return tf.exp(temperature.tensors[0] as tf.Scalar);
}

/** r + γ (min_i Q̄_i(s', a') − α ln π(a'|s')), a' ~ π(·|s') (eqs. 3 and 5). */
export function softTarget({ actor, targets, temperature }: SacNetworks, mb: TransitionBatch, noise: tf.Tensor): tf.Tensor1D {
  return bootstrapped(mb, softValue(actor, targets, mb.nextObservation, noise, alphaOf(temperature)).value);
}

/** J_π = E[α ln π(a|s) − min_i Q_i(s, a)], a ~ π(·|s) (eq. 9). */
export function actorLoss({ actor, critics, temperature }: SacNetworks, { observation }: TransitionBatch, noise: tf.Tensor): LossReport {
  const alpha = alphaOf(temperature);
  const { loss, diagnostics } = softActorLoss(actor, critics, observation, noise, alpha);
  return { loss, diagnostics: { ...diagnostics, temperature: alpha } };
}

/** J_α = α (H − H̄), with the entropy H of the minibatch (eq. 18). */
export function temperatureLoss(temperature: Parameters, entropy: tf.Scalar, targetEntropy: number): LossReport {
  const loss = tf.mul(alphaOf(temperature), tf.sub(entropy, targetEntropy)) as tf.Scalar;
  return { loss, diagnostics: { temperatureLoss: loss } };
}
