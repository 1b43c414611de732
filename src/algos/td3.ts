/**
 * Twin delayed deep deterministic policy gradient.
 * Fujimoto, van Hoof & Meger 2018, "Addressing Function Approximation Error in Actor-Critic Methods" (arXiv:1802.09477), algorithm 1.
 *
 * Departures from the paper: networks of other sizes and minibatches of 256 are the defaults; exploration may be an Ornstein-Uhlenbeck process.
 * The first actions are uniform, as in the paper's experiments.
 */
import * as tf from "@tensorflow/tfjs";
import { integer, number, type OptionsOf } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import { adam } from "../nn/adam.js";
import { computation } from "../nn/computation.js";
import { bootstrapped } from "../nn/targets.js";
import { updater } from "../nn/update.js";
import type { ReplayColumns } from "../rollout/transitions.js";
import { defineAlgorithm, type Session } from "./algorithm.js";
import { criticLoss, LearningNoise } from "./continuous.js";
import {
  actorLoss,
  checkDeterministic,
  type DeterministicNetworks,
  deterministicFields,
  deterministicNetworks,
  followBoth,
  noisySampler,
} from "./deterministic.js";
import { interleave, type OffPolicySteps, setUpOffPolicy, type TransitionBatch, transitionTensors } from "./off-policy.js";
import { deterministicPresets } from "./presets/deterministic.js";

const fields = {
  ...deterministicFields,
  policyDelay: integer(2, "d, critic steps for each step of the actor and of all targets"),
  targetNoiseStd: number(0.2, "σ̃ of the noise on the target's action, ±1 being the bounds of an action", { min: 0 }),
  targetNoiseClip: number(0.5, "c, the largest such noise", { min: 0 }),
};

export type Td3Options = OptionsOf<typeof fields>;

export const td3 = defineAlgorithm({
  id: "td3",
  title: "Twin delayed DDPG",
  paper: "Fujimoto, van Hoof & Meger 2018, Addressing Function Approximation Error in Actor-Critic Methods",
  fields,
  presets: deterministicPresets,
  check: (options, spec) => checkDeterministic("td3", options, spec),

  async create(session, options) {
    const networks = deterministicNetworks(session, options, 2);
    const { acting } = networks.actor;
    const setup = await setUpOffPolicy(session, { ...acting, sampler: noisySampler(session.backend, options) }, options);
    const steps = td3Steps(networks, setup.replay.columns, options, session);
    return { acting, learn: () => interleave(setup, options, session, steps) };
  },
});

/** The gradient steps on minibatches that stand in these columns. */
export function td3Steps(networks: DeterministicNetworks, columns: ReplayColumns, options: Td3Options, session: Session): OffPolicySteps {
  const { backend, seed } = session;
  const { actor, critics } = networks;
  const noise = new LearningNoise(backend, 1, [options.batchSize, actor.sizes.actions], seed);
  const mb = () => transitionTensors(backend, columns);
  const target = computation(backend, () => smoothedTarget(networks, mb(), noise.tensor(0), options));
  const criticStep = updater(backend, critics.parameters, adam(critics.parameters), () => criticLoss(critics, mb(), target.result));
  const actorStep = updater(backend, actor.parameters, adam(actor.parameters), () => actorLoss(networks, mb().observation));
  const done = backend.state.numbers("critic steps", { steps: 0 });
  return {
    learn(progress) {
      const learningRate = valueAt(options.learningRate, progress);
      noise.draw();
      target.run();
      criticStep.step(learningRate);
      if (++done.steps % options.policyDelay > 0) return;
      actorStep.step(learningRate);
      followBoth(networks, options.tau);
    },
    pull: () => actor.parameters.pull(),
    metrics: async () => ({ ...(await criticStep.means()), ...(await actorStep.means()) }),
  };
}

/** r + γ min_i Q'_i(s', ã) with ã = μ'(s') + clip(σ̃ ε, −c, c), kept within ±1. */
export function smoothedTarget(
  { targets: { actor, critics } }: DeterministicNetworks,
  mb: TransitionBatch,
  noise: tf.Tensor,
  { targetNoiseStd, targetNoiseClip }: Pick<Td3Options, "targetNoiseStd" | "targetNoiseClip">,
): tf.Tensor1D {
  const smoothing = tf.clipByValue(tf.mul(targetNoiseStd, noise), -targetNoiseClip, targetNoiseClip);
  const action = tf.clipByValue(tf.add(actor.action(mb.nextObservation), smoothing), -1, 1) as tf.Tensor2D;
  return bootstrapped(mb, critics.least(mb.nextObservation, action));
}
