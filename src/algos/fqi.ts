/**
 * Fitted Q iteration with a neural network: Q-learning as a sequence of regressions on a batch of transitions.
 * Ernst, Geurts & Wehenkel 2005, "Tree-Based Batch Mode Reinforcement Learning" (JMLR 6), figure 1; Riedmiller 2005, "Neural Fitted Q
 * Iteration" (ECML), algorithm 1.
 *
 * Each round adds `trainFrequency` steps of every environment to the batch, explored around the latest values; one round that takes all of
 * the run's steps is a fixed batch.
 *
 * Departures from the papers: networks instead of trees; a regression goes on from the weights of the one before, as `gradientSteps` of Adam
 * on minibatches instead of Rprop on everything; transitions beyond `bufferSize` push out the oldest.
 */
import * as tf from "@tensorflow/tfjs";
import { choice, integer, number, type OptionsOf, schedule, sizes } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import { featuresOf } from "../core/spaces.js";
import { adam } from "../nn/adam.js";
import { computation } from "../nn/computation.js";
import { meanSquaredError } from "../nn/losses.js";
import { follow } from "../nn/optimizers/polyak.js";
import { pick } from "../nn/pick.js";
import { QNetwork } from "../nn/q-network.js";
import { maxTarget } from "../nn/targets.js";
import { type LossReport, updater } from "../nn/update.js";
import { EpisodeStatistics } from "../rollout/episodes.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { checkExploration, explorationFields, type RolloutExploration, rolloutExploration } from "./exploration.js";
import {
  checkDiscrete,
  checkOffPolicy,
  type OffPolicySetup,
  offPolicyFields,
  setUpOffPolicy,
  type TransitionBatch,
  transitionTensors,
} from "./off-policy.js";

const fields = {
  ...offPolicyFields,
  trainFrequency: integer(1000, "steps of each environment that a round adds to the batch"),
  iterations: integer(10, "K, regressions in a round"),
  gradientSteps: integer(100, "S, gradient steps of a regression"),
  ...explorationFields,
  learningRate: schedule(1e-3, "Adam's step size"),
  maxGradNorm: number(10, "largest global norm of a gradient", { min: 0, above: true }),
  hidden: sizes([64, 64], "widths of the hidden layers"),
  activation: choice("relu", ["tanh", "relu"], "what follows each hidden layer"),
};

export type FqiOptions = OptionsOf<typeof fields>;

interface Parts extends OffPolicySetup {
  readonly q: QNetwork;
  readonly previous: QNetwork;
  readonly exploration: RolloutExploration;
}

export const fqi = defineAlgorithm({
  id: "fqi",
  title: "Fitted Q iteration",
  paper: "Ernst, Geurts & Wehenkel 2005, Tree-Based Batch Mode Reinforcement Learning",
  fields,
  presets: {},

  check(options, spec) {
    checkDiscrete("fqi", spec);
    checkOffPolicy(options);
    checkExploration(options);
  },

  async create(session, options) {
    const { spec, backend, seed } = session;
    const inputs = options.frameStack * featuresOf(spec.observationSpace);
    const newNetwork = () => new QNetwork(backend, inputs, featuresOf(spec.actionSpace), { ...options, dueling: false }, seed);
    const [q, previous] = [newNetwork(), newNetwork()];
    const exploration = rolloutExploration(backend.heap, options);
    const acting = { actor: q.actor.located, critic: [], sampler: exploration.sampler };
    const setup = await setUpOffPolicy(session, acting, options);
    return { acting: q.acting, learn: () => learn({ q, previous, exploration, ...setup }, options, session) };
  },
});

async function* learn(
  { q, previous, exploration, rollout, replay }: Parts,
  options: FqiOptions,
  { totalSteps, backend }: Session,
): AsyncGenerator<Report, void> {
  const episodes = backend.state.keep("episodes", new EpisodeStatistics(options.numEnvs));
  const done = backend.state.numbers("progress", { steps: 0, regressions: 0 });
  const minibatch = () => transitionTensors(backend, replay.columns);
  const optimizer = adam(q.parameters, { maxGradNorm: options.maxGradNorm });
  const y = computation(backend, () => maxTarget(minibatch(), previous.values(minibatch().nextObservation)));
  const gradient = updater(backend, q.parameters, optimizer, () => regressionLoss(q, minibatch(), y.result));
  while (done.steps < totalSteps) {
    const exploring = exploration.moveTo(done.steps / totalSteps);
    if (done.regressions === 0) {
      rollout.sampler.isUniform = done.steps < options.learningStarts;
      await rollout.collect();
      replay.push(rollout.columns);
      episodes.add(rollout);
    }

    const learningRate = valueAt(options.learningRate, (done.steps + rollout.size * (done.regressions / options.iterations)) / totalSteps);
    follow(previous.parameters, q.parameters, 1); // Q_{k−1} ← Q_k
    for (let i = 0; i < options.gradientSteps; i++) {
      replay.sample();
      y.run();
      gradient.step(learningRate);
    }
    await q.parameters.pull();
    const scalars = { ...(await gradient.means()), ...exploring, learningRate, bufferSize: replay.size };
    const steps = done.steps + rollout.size;
    done.regressions = (done.regressions + 1) % options.iterations;
    if (done.regressions === 0) done.steps = steps;
    yield { steps, episodes, scalars };
  }
}

/** L = E[(y − Q_k(s, a))²] with y = r + γ max_a Q_{k−1}(s', a). */
export function regressionLoss(q: QNetwork, { observation, action }: TransitionBatch, y: tf.Tensor1D): LossReport {
  const value = pick(q.values(observation), action);
  const loss = meanSquaredError(value, y);
  return { loss, diagnostics: { loss, tdError: tf.mean(tf.abs(tf.sub(y, value))), meanQ: tf.mean(value) } };
}
