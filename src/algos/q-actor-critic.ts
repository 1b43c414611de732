/**
 * Q actor-critic: a critic of states and actions, whose advantages Q(s, a) − E_π Q(s, ·) the policy's gradient follows.
 * Sutton, McAllester, Singh & Mansour 2000, "Policy Gradient Methods for Reinforcement Learning with Function Approximation", theorem 1
 * with a learned Q; the critic's targets are Sarsa's (Rummery & Niranjan 1994), r + γ Q(s', a') with a' ~ π(· | s').
 *
 * Indices: both expectations over π are sums over all actions, in the targets too (van Seijen et al. 2009, "Expected Sarsa"). Vectors: a'
 * is drawn anew, so that final observations have one as well; the advantage is Q(s, a) − Q(s, μ(s)), whose second term is E_π Q(s, ·) as
 * far as Q is linear in the action, and biases no gradient, since it depends on the state alone.
 *
 * Rewards reach the policy through the critic alone. A policy that grew certain ahead of its critic would stay so, for the values of
 * actions that it doesn't take are not learned any more: hence the entropy bonus.
 *
 * Departures: the critic's features are not those of the policy (the paper's compatibility); N environments are stepped together and their
 * updates averaged; RMSProp, one for both networks, on gradients clipped by their global norm; steps count with weight 1, not γ^t.
 */
import * as tf from "@tensorflow/tfjs";
import { integer, number, type OptionsOf, schedule } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import { sizeOf } from "../core/spaces.js";
import { ActorQCritic } from "../nn/actor-q-critic.js";
import { computation } from "../nn/computation.js";
import { rmsProp } from "../nn/optimizers/rmsprop.js";
import { bootstrapped } from "../nn/targets.js";
import { updater } from "../nn/update.js";
import { checkWorkers } from "../rollout/parallel/parallel-rollout.js";
import type { Rollout } from "../rollout/rollout.js";
import type { Column } from "../wasm/heap.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { LearningNoise } from "./continuous.js";
import {
  actorCriticLoss,
  alternate,
  inputsOf,
  lossFields,
  networkFields,
  rolloutFields,
  rolloutOf,
  stepsOf,
  tensorsOf,
} from "./on-policy.js";
import { qActorCriticPresets } from "./presets/q-actor-critic.js";

const fields = {
  ...rolloutFields,
  steps: integer(1, "T, steps of each environment between two updates"),
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  learningRate: schedule(7e-4, "RMSProp's step size"),
  ...lossFields,
  entropyCoefficient: { ...lossFields.entropyCoefficient, default: 0.01 },
  maxGradNorm: number(0.5, "largest global norm of a gradient", { min: 0, above: true }),
  ...networkFields,
};

export type QActorCriticOptions = OptionsOf<typeof fields>;

export const qActorCritic = defineAlgorithm({
  id: "q-actor-critic",
  title: "Actor-critic with action values",
  paper: "Sutton et al. 2000, Policy Gradient Methods for Reinforcement Learning with Function Approximation",
  fields,
  presets: qActorCriticPresets,
  check: checkWorkers,

  async create(session, options) {
    const { spec, backend, seed } = session;
    const network = new ActorQCritic(backend, inputsOf(session, options), spec.actionSpace, options, seed);
    const rollout = await rolloutOf(session, network.acting, { ...options, keepSuccessors: true });
    return { acting: network.acting, normalizer: rollout.normalizer, learn: () => learn(network, rollout, options, session) };
  },
});

function learn(network: ActorQCritic, rollout: Rollout, options: QActorCriticOptions, session: Session): AsyncGenerator<Report, void> {
  const { backend, spec, seed } = session;
  const transitions = transitionsOf(rollout);
  const noise = new LearningNoise(backend, 1, [rollout.size, sizeOf(spec.actionSpace)], seed);
  const batch = () => tensorsOf<Transitions>(backend, transitions);

  const target = computation(backend, () => sarsaTarget(network, batch(), options.gamma, noise.tensor(0)));
  const advantage = computation(backend, () => actionAdvantage(network, batch()));
  const optimizer = rmsProp(network.parameters, { epsilon: 1e-5, maxGradNorm: options.maxGradNorm });
  const gradient = updater(backend, network.parameters, optimizer, () =>
    actorCriticLoss(network, { ...batch(), advantage: advantage.result, returns: target.result }, options),
  );
  let learningRate = 0;
  return alternate(rollout, network.parameters, session, {
    learn(progress) {
      noise.draw();
      target.run();
      advantage.run();
      learningRate = valueAt(options.learningRate, progress);
      gradient.step(learningRate);
    },
    metrics: async () => ({ ...(await gradient.means()), learningRate }),
  });
}

/** Steps and what they led to: observations `[B,D]`, reward and terminated `[B]`, action `[B]`, or `[B,A]` if continuous. */
export interface Transitions {
  readonly observation: tf.Tensor2D;
  readonly action: tf.Tensor;
  readonly reward: tf.Tensor1D;
  readonly terminated: tf.Tensor1D;
  readonly nextObservation: tf.Tensor2D;
}

function transitionsOf(rollout: Rollout): Readonly<Record<keyof Transitions, Column>> {
  const { columns, size } = rollout;
  const { reward, terminated, nextObservation } = columns;
  const next = nextObservation as Column;
  return {
    ...stepsOf(rollout),
    reward: reward.as([size]),
    terminated: terminated.as([size]),
    nextObservation: next.as([size, ...next.shape.slice(2)]),
  };
}

/** r + γ E_π Q(s', ·), with nothing to come after termination. */
export function sarsaTarget(network: ActorQCritic, mb: Transitions, gamma: number, noise: tf.Tensor): tf.Tensor1D {
  const discount = tf.mul(gamma, tf.sub(1, mb.terminated)) as tf.Tensor1D;
  return bootstrapped({ reward: mb.reward, discount }, network.expectedValue(mb.nextObservation, noise));
}

/** Q(s, a) − E_π Q(s, ·) */
export function actionAdvantage(network: ActorQCritic, { observation, action }: Transitions): tf.Tensor1D {
  return tf.sub(network.value(observation, action), network.expectedValue(observation));
}
