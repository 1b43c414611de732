/** What on-policy algorithms share: an environment, an actor-critic, rollouts of the one by the other, and the loop around them. */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { choice, flag, integer, number, type OptionsOf, sizes } from "../core/options.js";
import { featuresOf } from "../core/spaces.js";
import { makeVec } from "../envs/vec-env.js";
import type { ActingParts } from "../nn/acting.js";
import { ActorCritic, type ActorCriticOptions } from "../nn/actor-critic.js";
import type { Backend } from "../nn/backend.js";
import type { Distribution } from "../nn/distributions.js";
import { meanSquaredError, policyGradientLoss, standardise } from "../nn/losses.js";
import type { Parameters } from "../nn/parameters.js";
import type { LossReport } from "../nn/update.js";
import { EpisodeStatistics } from "../rollout/episodes.js";
import { checkWorkers, createParallelRollout } from "../rollout/parallel/parallel-rollout.js";
import { createRollout, type Rollout, type RolloutOptions } from "../rollout/rollout.js";
import type { Sampler } from "../rollout/sampler.js";
import type { Column } from "../wasm/heap.js";
import { REPORT_STEPS, type Report, type Session } from "./algorithm.js";

/** Options of the network. */
export const networkFields = {
  hidden: sizes([64, 64], "widths of the hidden layers"),
  activation: choice("tanh", ["tanh", "relu"], "what follows each hidden layer"),
  sharedTrunk: flag(false, "whether policy and value function share their hidden layers"),
  stateDependentStd: flag(false, "whether σ of continuous actions depends on the observation"),
  logStdInit: number(0, "ln σ of continuous actions at the start"),
};

/** Options of the rollout. */
export const rolloutFields = {
  numEnvs: integer(8, "N, environments stepped together"),
  steps: integer(128, "T, steps of each environment in one rollout"),
  workers: integer(1, "K, threads that share a rollout's environments; only normalised observations depend on it", { max: 64 }),
  normalizeObservation: flag(false, "whether observations are normalised by their running mean and deviation"),
  frameStack: integer(1, "how many of the latest observations the network sees at once"),
  rescaleAction: flag(false, "whether a continuous action of ±1 means the action space's bounds; else it is clipped to them"),
  normalizeReward: flag(false, "whether rewards are divided by the running deviation of the discounted return"),
};

/** Options of {@link actorCriticLoss}. */
export const lossFields = {
  entropyCoefficient: number(0, "weight of the entropy bonus", { min: 0 }),
  valueCoefficient: number(0.5, "weight of the value loss", { min: 0 }),
  normalizeAdvantage: flag(false, "whether advantages are standardised in each batch"),
};

export type LossOptions = OptionsOf<typeof lossFields>;

/** Refuses minibatches that don't divide a rollout, and more workers than environments. */
export function checkBatchSize(options: { steps: number; numEnvs: number; workers?: number; batchSize: number }): void {
  const { steps, numEnvs, batchSize } = options;
  const size = steps * numEnvs;
  checkWorkers(options);
  ensure(
    size % batchSize === 0,
    () =>
      `batchSize ${batchSize} does not divide the ${size} transitions of a rollout (${steps} steps × ${numEnvs} environments); ${divisor(size, batchSize)} does`,
  );
}

/** The largest divisor of a whole number that isn't above a limit. */
function divisor(size: number, limit: number): number {
  let found = Math.min(size, limit);
  while (size % found !== 0) found--;
  return found;
}

export type RolloutSetupOptions = Omit<RolloutOptions, "seed"> & { readonly numEnvs: number; readonly workers?: number };

/** What {@link setUpOnPolicy} sets up. */
export interface OnPolicySetup {
  readonly network: ActorCritic;
  readonly rollout: Rollout;
}

/** An environment, a network with its first weights, and a rollout that stands at the first step. */
export async function setUpOnPolicy(session: Session, options: ActorCriticOptions & RolloutSetupOptions): Promise<OnPolicySetup> {
  const { spec, backend, seed } = session;
  const network = new ActorCritic(backend, inputsOf(session, options), spec.actionSpace, options, seed);
  return { network, rollout: await rolloutOf(session, network.acting, options) };
}

/** How many numbers the network sees of an observation. */
export function inputsOf({ spec }: Session, { frameStack = 1 }: Pick<RolloutOptions, "frameStack">): number {
  return frameStack * featuresOf(spec.observationSpace);
}

/** A rollout of a new environment by what acts, here or by workers. */
export async function rolloutOf(session: Session, acting: ActingParts, options: RolloutSetupOptions): Promise<Rollout> {
  const { spec, given = spec, backend, seed, watch } = session;
  const { heap } = backend;
  const { numEnvs, workers = 1 } = options;
  const { actor, critic } = acting;
  const network = { actor, critic, sampler: samplerOf(acting) };
  const create = async () => {
    if (workers === 1) return createRollout(await makeVec(spec, { numEnvs, heap }), network, { ...options, seed });
    const parallel = await createParallelRollout(given, heap, network, { ...options, seed }, { numEnvs, workers });
    backend.defer(() => parallel.dispose());
    return parallel;
  };
  const rollout = await create();
  watch?.(rollout);
  rollout.keepIn(backend.state);
  return rollout;
}

function samplerOf({ distribution }: ActingParts): Sampler {
  return distribution.kind === "gaussian" ? { kind: "gaussian", logStd: distribution.logStd?.column } : { kind: "categorical" };
}

/** What an algorithm does in the loop below. */
export interface OnPolicySteps {
  /** Whether every rollout begins new episodes; else it goes on where the last one ended. */
  readonly restarts?: boolean;
  /** Learns from the rollout that was just collected; `progress` (0 to 1) of the run was done before it. */
  learn(progress: number): void | Promise<void>;
  /** The means of the metrics since the last call. */
  metrics(): Promise<Record<string, number>>;
}

/** Collects and learns in turn until the session's steps are done; reports after at least {@link REPORT_STEPS}. */
export async function* alternate(
  rollout: Rollout,
  parameters: Parameters,
  { totalSteps, backend: { state } }: Session,
  { restarts = false, learn, metrics }: OnPolicySteps,
): AsyncGenerator<Report, void> {
  const episodes = state.keep("episodes", new EpisodeStatistics(rollout.env.numEnvs));
  const done = state.numbers("progress", { steps: 0, reported: 0 });
  while (done.steps < totalSteps) {
    if (restarts) {
      rollout.restart();
      episodes.restart();
    }
    await rollout.collect();
    await learn(done.steps / totalSteps);

    done.steps += rollout.size;
    episodes.add(rollout);
    const isDue = done.steps - done.reported >= REPORT_STEPS || done.steps >= totalSteps;
    const [scalars] = await Promise.all([isDue ? metrics() : undefined, parameters.pull()]);
    if (!scalars) continue;
    done.reported = done.steps;
    yield { steps: done.steps, episodes, scalars };
  }
}

/** Steps of the policy: observation `[B,D]`, advantage and returns `[B]`, action `[B]`, or `[B,A]` if continuous. */
export interface ActorCriticBatch {
  readonly observation: tf.Tensor2D;
  readonly action: tf.Tensor;
  readonly advantage: tf.Tensor1D;
  /** What the critic is to say of them. */
  readonly returns: tf.Tensor1D;
}

/** What acts, and what is to be learned of values: those of states, or of actions in them. */
export interface PolicyAndValue {
  policy(observation: tf.Tensor2D): Distribution;
  value(observation: tf.Tensor2D, action: tf.Tensor): tf.Tensor1D;
}

/** L = −E[ln π(a|s) Â] + c₁ E[(V(s) − return)²] − c₂ H (Mnih et al. 2016, section 4 and its supplement, negated so as to be minimised). */
export function actorCriticLoss(
  network: PolicyAndValue,
  { observation, action, advantage, returns }: ActorCriticBatch,
  { valueCoefficient, entropyCoefficient, normalizeAdvantage }: LossOptions,
): LossReport {
  const policy = network.policy(observation);
  const policyLoss = policyGradientLoss(policy.logProb(action), normalizeAdvantage ? standardise(advantage) : advantage);
  const valueLoss = meanSquaredError(network.value(observation, action), returns);
  const entropy = tf.mean(policy.entropy()) as tf.Scalar;
  const regularised = tf.sub(tf.mul(valueCoefficient, valueLoss), tf.mul(entropyCoefficient, entropy));
  const loss = tf.add(policyLoss, regularised) as tf.Scalar;
  return { loss, diagnostics: { loss, policyLoss, valueLoss, entropy } };
}

/** The columns of a rollout, time and lanes in one axis: `[T,N,…]` as `[T·N,…]`. */
export function stepsOf({ columns, size }: Rollout) {
  const { observation, action, advantage, returns } = columns;
  const flat = <C extends Column>(column: C) => column.as([size, ...column.shape.slice(2)]) as C;
  return { observation: flat(observation), action: flat(action), advantage: flat(advantage), returns: flat(returns) };
}

/** Columns as tensors, under the same names. */
export function tensorsOf<T>(backend: Backend, columns: { readonly [K in keyof T]: Column }): T {
  return Object.fromEntries(Object.entries<Column>(columns).map(([name, column]) => [name, backend.tensor(column)])) as unknown as T;
}

/** 1 − Var(returns − value) / Var(returns): 1 for a perfect value function, 0 for a constant, below 0 for a harmful one. */
export function explainedVariance({ columns: { value, returns } }: Rollout): number {
  const target = returns.data;
  const spread = variance(target);
  return spread === 0 ? Number.NaN : 1 - variance(target.map((returnT, i) => returnT - (value.data[i] as number))) / spread;
}

function variance(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
