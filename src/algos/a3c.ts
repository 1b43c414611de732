/**
 * Asynchronous advantage actor-critic: workers act and differentiate side by side, one learner takes their gradients in.
 * Mnih et al. 2016, "Asynchronous Methods for Deep Reinforcement Learning" (arXiv:1602.01783), algorithm S3 with shared RMSProp.
 *
 * Departures from the paper: workers' gradients are taken in turn, worker 0's, worker 1's, …, not as they happen to arrive, so that a run
 * depends on its seed and the number of workers K, not on the threads' timing; each gradient is of parameters K − 1 updates old. An update
 * is of all parameters at once, without the paper's races. A worker has several environments, and its gradient is a mean over their steps,
 * not a sum. Advantages by GAE(λ), whose λ = 1 (the default) gives the paper's n-step advantages; orthogonal first weights; gradients
 * clipped by their global norm; ε of RMSProp as in Stable-Baselines3's A2C. An episode that the time limit cuts is bootstrapped from its
 * final observation, which the paper doesn't discuss. Observations aren't normalised: every worker would do so in its own way.
 */
import * as tf from "@tensorflow/tfjs";
import { flag, integer, number, type OptionsOf, schedule } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import { ActorCritic } from "../nn/actor-critic.js";
import { rmsProp } from "../nn/optimizers/rmsprop.js";
import { ParameterVector } from "../nn/parameter-vector.js";
import { EpisodeStatistics } from "../rollout/episodes.js";
import { column } from "../wasm/heap.js";
import type { Contribution } from "./a3c/actor-learner.js";
import { startCrew } from "./a3c/crew.js";
import { defineAlgorithm, REPORT_STEPS, type Report, type Session } from "./algorithm.js";
import { inputsOf, lossFields, networkFields, rolloutFields } from "./on-policy.js";
import { a3cPresets } from "./presets/a3c.js";

const { normalizeObservation: _, workers: __, ...workerFields } = rolloutFields;

const fields = {
  workers: integer(4, "K, workers that act and differentiate side by side", { max: 64 }),
  threaded: flag(true, "whether each worker is a thread, where the environment is compiled; results don't depend on it"),
  ...workerFields,
  numEnvs: integer(1, "N, environments of each worker"),
  steps: integer(5, "n, steps of each environment for a gradient"),
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  lambda: number(1, "λ of generalised advantage estimation", { min: 0, max: 1 }),
  learningRate: schedule(7e-4, "RMSProp's step size"),
  ...lossFields,
  entropyCoefficient: number(0.01, "weight of the entropy bonus", { min: 0 }),
  maxGradNorm: number(0.5, "largest global norm of a gradient", { min: 0, above: true }),
  ...networkFields,
};

export type A3cOptions = OptionsOf<typeof fields>;

export const a3c = defineAlgorithm({
  id: "a3c",
  title: "Asynchronous advantage actor-critic",
  paper: "Mnih et al. 2016, Asynchronous Methods for Deep Reinforcement Learning",
  fields,
  presets: a3cPresets,

  check() {},

  async create(session, options) {
    const { backend, spec, seed } = session;
    const network = new ActorCritic(backend, inputsOf(session, options), spec.actionSpace, options, seed);
    return { acting: network.acting, learn: () => learn(network, options, session) };
  },
});

async function* learn(network: ActorCritic, options: A3cOptions, session: Session): AsyncGenerator<Report, void> {
  const { workers, numEnvs, steps: n } = options;
  const { totalSteps, backend } = session;
  const episodes = backend.state.keep("episodes", new EpisodeStatistics(workers * numEnvs));
  const done = backend.state.numbers("progress", { steps: 0, reported: 0, turn: 0 });
  const shared = sharedParameters(network, options, session);
  const crew = await startCrew(session, options, workers, options.threaded);
  let seen: Contribution[] = [];
  try {
    for (const [index, worker] of crew.entries()) backend.state.keep(`worker ${index}`, worker);
    if (done.steps === 0) for (const worker of crew) worker.give(shared.read());
    while (done.steps < totalSteps) {
      const { turn } = done;
      const worker = crew[turn] as (typeof crew)[number];
      const contribution = await worker.take();
      const learningRate = valueAt(options.learningRate, done.steps / totalSteps);
      await shared.learn(contribution.gradient, learningRate);
      backend.onStep?.();
      worker.give(shared.read());

      done.steps += n * numEnvs;
      done.turn = (turn + 1) % workers;
      seen.push(contribution);
      contribution.reward.forEach((reward, i) => {
        episodes.step(turn * numEnvs + (i % numEnvs), reward, contribution.isEnd[i] === 1);
      });
      if (done.steps - done.reported < REPORT_STEPS && done.steps < totalSteps) continue;
      done.reported = done.steps;
      yield { steps: done.steps, episodes, scalars: { ...meansOf(seen), learningRate } };
      seen = [];
    }
  } finally {
    for (const worker of crew) worker.dispose();
  }
}

/** The learner's parameters, with an optimizer whose memory all gradients share. */
function sharedParameters({ parameters }: ActorCritic, { maxGradNorm }: A3cOptions, { backend }: Session) {
  const vector = new ParameterVector(backend, parameters.list);
  const optimizer = rmsProp(parameters, { decay: 0.99, epsilon: 1e-5, epsilonPlace: "inside", maxGradNorm });
  const gradient = column(backend.heap, [vector.size]);
  const addresses = parameters.list.map((_, i) => {
    const before = parameters.list.slice(0, i).reduce((sum, { column }) => sum + column.length, 0);
    return gradient.address + 4 * before;
  });
  return {
    read: () => vector.read(),
    async learn(values: Float32Array, learningRate: number): Promise<void> {
      gradient.data.set(values);
      if (backend.sharesMemory) return optimizer.step(addresses, learningRate);
      tf.tidy(() => optimizer.stepTensors(vector.split(backend.tensor(gradient) as tf.Tensor1D), learningRate));
      await parameters.pull();
    },
  };
}

/** The scalars' means. */
function meansOf(contributions: readonly Contribution[]): Record<string, number> {
  const names = Object.keys(contributions[0]?.scalars ?? {});
  const mean = (name: string) => contributions.reduce((sum, { scalars }) => sum + (scalars[name] as number), 0) / contributions.length;
  return Object.fromEntries(names.map((name) => [name, mean(name)]));
}
