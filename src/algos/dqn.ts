/**
 * Deep Q-learning, with what improves on it as options that can be had one by one.
 * Mnih et al. 2015, "Human-level control through deep reinforcement learning" (Nature 518), algorithm 1.
 * - `double`: van Hasselt, Guez & Silver 2016, "Deep Reinforcement Learning with Double Q-learning" (arXiv:1509.06461)
 * - `dueling`: Wang et al. 2016, "Dueling Network Architectures for Deep Reinforcement Learning" (arXiv:1511.06581)
 * - `prioritised`: Schaul, Quan, Antonoglou & Silver 2016, "Prioritized Experience Replay" (arXiv:1511.05952), the proportional variant
 * - `nStep`: Sutton 1988; as in Hessel et al. 2018, "Rainbow" (arXiv:1710.02298), without a correction for off-policy steps
 *
 * Departures from the papers: fully connected networks; Adam instead of RMSProp; the error is not clipped but its Huber loss taken, which
 * has the same gradient, and this gradient's global norm is limited; gradient steps come in rounds; an episode that the time limit cuts is
 * bootstrapped from. With τ below 1 the target network follows by Polyak averaging (Lillicrap et al. 2016, arXiv:1509.02971) instead of being
 * copied. Dueling doesn't rescale the gradients that enter the shared layers.
 */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { choice, flag, integer, number, type OptionsOf, schedule, sizes } from "../core/options.js";
import { parseSchedule, valueAt } from "../core/schedules.js";
import { featuresOf } from "../core/spaces.js";
import { adam } from "../nn/adam.js";
import { computation } from "../nn/computation.js";
import { huberLoss } from "../nn/losses.js";
import { follow } from "../nn/optimizers/polyak.js";
import { pick } from "../nn/pick.js";
import { QNetwork } from "../nn/q-network.js";
import { doubleTarget, maxTarget } from "../nn/targets.js";
import { type LossReport, updater } from "../nn/update.js";
import type { Replay } from "../rollout/replay.js";
import { defineAlgorithm, type Session } from "./algorithm.js";
import { checkExploration, type ExplorationAmount, explorationFields, type RolloutExploration, rolloutExploration } from "./exploration.js";
import {
  checkDiscrete,
  checkOffPolicy,
  interleave,
  type OffPolicySteps,
  offPolicyFields,
  setUpOffPolicy,
  type TransitionBatch,
  transitionTensors,
} from "./off-policy.js";
import { dqnPresets } from "./presets/dqn.js";

const fields = {
  ...offPolicyFields,
  targetUpdateInterval: integer(1000, "environment steps from one move of the target network to the next, which come between rounds"),
  tau: number(1, "τ, how far the target network moves towards the learned one at a time; 1 copies it", { min: 0, max: 1, above: true }),
  double: flag(false, "whether the learning network chooses the next action that the target network values"),
  dueling: flag(false, "whether values are the sum of two streams, a state's value and the actions' advantages"),
  prioritised: flag(false, "whether transitions are drawn in proportion to their last temporal-difference errors"),
  priorityExponent: number(0.6, "α, how far priorities count in prioritised draws: 0 not at all, 1 in proportion", { min: 0, max: 1 }),
  importanceExponent: schedule("linear(0.4,1)", "β, how far weights correct the loss for prioritised draws; 1 for fully"),
  ...explorationFields,
  epsilon: { ...explorationFields.epsilon, default: "linear(1,0.05,0.1)" as const },
  learningRate: schedule(5e-4, "Adam's step size"),
  huberThreshold: number(1, "size of an error from which its loss grows linearly instead of as the square", { min: 0, above: true }),
  maxGradNorm: number(10, "largest global norm of a gradient", { min: 0, above: true }),
  hidden: sizes([64, 64], "widths of the hidden layers; with dueling, each stream has the last one for itself"),
  activation: choice("relu", ["tanh", "relu"], "what follows each hidden layer"),
};

export type DqnOptions = OptionsOf<typeof fields>;

interface Parts {
  /** θ */
  readonly q: QNetwork;
  /** θ⁻ */
  readonly target: QNetwork;
  readonly replay: Pick<Replay, "columns" | "updatePriorities">;
  readonly exploration: RolloutExploration;
}

export const dqn = defineAlgorithm({
  id: "dqn",
  title: "Deep Q-learning (double, dueling, prioritised, n-step)",
  paper: "Mnih et al. 2015, Human-level control through deep reinforcement learning",
  fields,
  presets: dqnPresets,

  check(options, spec) {
    checkDiscrete("dqn", spec);
    checkOffPolicy(options);
    checkExploration(options);
    const { from, to } = parseSchedule(options.importanceExponent);
    ensure(Math.max(from, to) <= 1, () => `importanceExponent is at most 1, not ${options.importanceExponent}`);
  },

  async create(session, options) {
    const { spec, backend, seed } = session;
    const inputs = options.frameStack * featuresOf(spec.observationSpace);
    const newNetwork = () => new QNetwork(backend, inputs, featuresOf(spec.actionSpace), options, seed);
    const [q, target] = [newNetwork(), newNetwork()];
    const exploration = rolloutExploration(backend.heap, options);
    const prioritised = options.prioritised ? { alpha: options.priorityExponent } : undefined;
    const acting = { actor: q.actor.located, critic: [], sampler: exploration.sampler };
    const setup = await setUpOffPolicy(session, acting, { ...options, prioritised });
    const steps = dqnSteps({ q, target, replay: setup.replay, exploration }, options, session);
    return { acting: q.acting, learn: () => interleave(setup, options, session, steps) };
  },
});

/** The gradient steps on minibatches that `replay` draws. */
export function dqnSteps({ q, target, replay, exploration }: Parts, options: DqnOptions, { backend }: Session): OffPolicySteps {
  const minibatch = () => transitionTensors(backend, replay.columns);
  const optimizer = adam(q.parameters, { maxGradNorm: options.maxGradNorm });
  const y = computation(backend, () => dqnTarget(q, target, minibatch(), options));
  const error = computation(backend, () => tdError(q, minibatch(), y.result));
  const gradient = updater(backend, q.parameters, optimizer, () => dqnLoss(q, minibatch(), y.result, options));
  let exploring: ExplorationAmount = {};
  let learningRate = 0;
  const done = backend.state.numbers("target copies", { copies: 0 });
  return {
    explore(progress) {
      exploring = exploration.moveTo(progress);
      learningRate = valueAt(options.learningRate, progress);
    },

    /** θ⁻ ← (1 − τ) θ⁻ + τ θ whenever another interval is over. */
    prepare(steps) {
      const due = Math.floor(steps / options.targetUpdateInterval);
      if (due > done.copies) follow(target.parameters, q.parameters, options.tau);
      done.copies = due;
    },

    beta: (progress) => valueAt(options.importanceExponent, progress),

    async learn() {
      y.run();
      if (options.prioritised) {
        error.run();
        replay.updatePriorities(await error.column());
      }
      gradient.step(learningRate);
    },

    pull: () => q.parameters.pull(),
    metrics: async () => ({ ...(await gradient.means()), ...exploring, learningRate }),
  };
}

/** y = r + γ max_a Q(s', a; θ⁻), with `double` r + γ Q(s', argmax_a Q(s', a; θ); θ⁻) `[B]`. */
export function dqnTarget(q: QNetwork, target: QNetwork, mb: TransitionBatch, { double }: Pick<DqnOptions, "double">): tf.Tensor1D {
  const nextValues = target.values(mb.nextObservation);
  return double ? doubleTarget(mb, nextValues, q.values(mb.nextObservation)) : maxTarget(mb, nextValues);
}

/** δ = y − Q(s, a; θ) `[B]`. */
function tdError(q: QNetwork, { observation, action }: TransitionBatch, y: tf.Tensor1D): tf.Tensor1D {
  return tf.sub(y, pick(q.values(observation), action));
}

type LossOptions = Pick<DqnOptions, "huberThreshold">;

/** L(θ) = E[w h(δ)] with Huber's h. */
export function dqnLoss(q: QNetwork, mb: TransitionBatch, y: tf.Tensor1D, { huberThreshold }: LossOptions): LossReport {
  const error = tdError(q, mb, y);
  const loss = huberLoss(error, mb.weight, huberThreshold);
  const meanQ = tf.mean(tf.sub(y, error)) as tf.Scalar;
  return { loss, diagnostics: { loss, tdError: tf.mean(tf.abs(error)), meanQ } };
}
