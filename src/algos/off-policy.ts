/** What off-policy algorithms share: acting, a replay buffer, and gradient steps between the environment's. */
import type * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { flag, integer, number, type OptionsOf } from "../core/options.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import { makeVec } from "../envs/vec-env.js";
import type { Backend } from "../nn/backend.js";
import { EpisodeStatistics } from "../rollout/episodes.js";
import { createReplay, type Replay, type ReplayOptions } from "../rollout/replay.js";
import { type ActingNetwork, createRollout, type Rollout } from "../rollout/rollout.js";
import type { ReplayColumns } from "../rollout/transitions.js";
import { REPORT_STEPS, type Report, type Session } from "./algorithm.js";

/** Options of acting and of the replay buffer. */
export const offPolicyFields = {
  numEnvs: integer(1, "N, environments stepped together"),
  trainFrequency: integer(1, "steps of each environment between two rounds of gradient steps"),
  gradientSteps: integer(1, "gradient steps in a round; 0 for as many as transitions were collected for it", { min: 0 }),
  learningStarts: integer(100, "environment steps with uniform actions before the first gradient step", { min: 0 }),
  bufferSize: integer(100_000, "transitions that the replay buffer keeps"),
  batchSize: integer(256, "transitions in a minibatch"),
  nStep: integer(1, "n, rewards summed before the bootstrap"),
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  frameStack: integer(1, "how many of the latest observations the network sees at once"),
  normalizeReward: flag(false, "whether rewards are divided by the running deviation of the discounted return"),
};

export type OffPolicyOptions = OptionsOf<typeof offPolicyFields>;

/** Refuses options that don't go together. */
export function checkOffPolicy({ numEnvs, trainFrequency, bufferSize }: OffPolicyOptions): void {
  const size = numEnvs * trainFrequency;
  ensure(
    bufferSize >= size,
    () => `bufferSize ${bufferSize} is less than the ${size} transitions of a round (${trainFrequency} steps × ${numEnvs} environments)`,
  );
}

/** Refuses environments whose actions are no indices. */
export function checkDiscrete(algorithm: string, { id, actionSpace }: EnvironmentSpec): void {
  ensure(actionSpace.kind === "discrete", () => `${algorithm} needs a discrete action space; the actions of ${id} are continuous`);
}

export interface OffPolicySetup {
  readonly rollout: Rollout;
  readonly replay: Replay;
}

/** An environment that the network acts in, and an empty buffer for what happens there. */
export async function setUpOffPolicy(
  { spec, backend, seed, watch }: Session,
  network: ActingNetwork,
  options: OffPolicyOptions & { readonly prioritised?: ReplayOptions["prioritised"] },
): Promise<OffPolicySetup> {
  const { numEnvs, trainFrequency: steps, bufferSize: capacity } = options;
  const env = await makeVec(spec, { numEnvs, heap: backend.heap });
  const rescaleAction = spec.actionSpace.kind === "box";
  const rollout = await createRollout(env, network, { ...options, steps, seed, rescaleAction, keepSuccessors: true });
  watch?.(rollout);
  const replay = await createReplay(env.heap, rollout.columns, { ...options, capacity, seed });
  rollout.keepIn(backend.state);
  backend.state.keep("replay", replay, { bulk: replay.bytes });
  return { rollout, replay };
}

/** A minibatch under the names of the replay buffer's columns: observations `[B,D]`, action `[B]` or `[B,A]`, everything else `[B]`. */
export interface TransitionBatch {
  readonly observation: tf.Tensor2D;
  readonly action: tf.Tensor;
  readonly reward: tf.Tensor1D;
  readonly nextObservation: tf.Tensor2D;
  /** γ^n, but 0 where the episode terminated. */
  readonly discount: tf.Tensor1D;
  /** What each loss counts. */
  readonly weight: tf.Tensor1D;
}

/** The current minibatch; where memory isn't shared, the caller's scope owns the tensors. */
export function transitionTensors(backend: Backend, columns: ReplayColumns): TransitionBatch {
  return Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, backend.tensor(column)])) as unknown as TransitionBatch;
}

/** What an algorithm does in the loop below. */
export interface OffPolicySteps {
  /** Before actions are taken, at this progress (0 to 1) of the run: exploration follows its schedule. */
  explore?(progress: number): void;
  /** Before a round of gradient steps, so many environment steps into the run: target networks that are copied now and then. */
  prepare?(steps: number): void;
  /** One gradient step, after a minibatch was drawn; `progress` as above. */
  learn(progress: number): void | Promise<void>;
  /** β of the draws by priority, at this progress. */
  beta?(progress: number): number;
  /** After a round of gradient steps: brings what was learned to where acting reads it. */
  pull(): Promise<void>;
  /** The means of the metrics since the last call. */
  metrics(): Promise<Record<string, number>>;
}

/** Collects, then learns, until the session's steps are done; reports after at least {@link REPORT_STEPS}. */
export async function* interleave(
  { rollout, replay }: OffPolicySetup,
  { numEnvs, gradientSteps, learningStarts }: OffPolicyOptions,
  { totalSteps, backend: { state } }: Session,
  { explore, prepare, learn, beta, pull, metrics }: OffPolicySteps,
): AsyncGenerator<Report, void> {
  const episodes = state.keep("episodes", new EpisodeStatistics(numEnvs));
  const done = state.numbers("progress", { steps: 0, reported: 0 });
  const enough = Math.min(learningStarts, replay.capacity); // fewer are stored only where a resumed run's checkpoint left them out
  while (done.steps < totalSteps) {
    const progress = done.steps / totalSteps;
    rollout.sampler.isUniform = done.steps < learningStarts;
    explore?.(progress);
    await rollout.collect();
    replay.push(rollout.columns);
    episodes.add(rollout);
    done.steps += rollout.size;
    if (done.steps >= learningStarts && replay.size >= enough) {
      prepare?.(done.steps);
      for (let i = gradientSteps || rollout.size; i > 0; i--) {
        replay.sample(beta?.(progress));
        const pending = learn(progress);
        if (pending) await pending;
      }
      await pull();
    }
    if (done.steps - done.reported < REPORT_STEPS && done.steps < totalSteps) continue;
    done.reported = done.steps;
    yield { steps: done.steps, episodes, scalars: { ...(await metrics()), bufferSize: replay.size } };
  }
}
