/**
 * T steps of N environments under the current policy, recorded as columns: by one call into WebAssembly, or step by step where the
 * environment takes its time to answer.
 */
import { PURPOSE } from "../core/seeds.js";
import { featuresOf, sizeOf } from "../core/spaces.js";
import { isAsynchronous, settled } from "../envs/async-kernels.js";
import { actionColumn, type VecEnv } from "../envs/vec-env.js";
import { type Column, column, type Heap, zeroed } from "../wasm/heap.js";
import { instantiate, MODULES, type NnKernels, type ReturnsKernels, type RolloutKernels } from "../wasm/kernels.js";
import { type DenseLayer, layerRecords } from "../wasm/layers.js";
import { writePlan } from "./plan.js";
import { type Sampler, SamplerRecord } from "./sampler.js";

/** The network that acts, by where its parameters live: the very memory that the optimizer writes. */
export interface ActingNetwork {
  /** Observations to what the sampler makes actions of: logits, means, action values. */
  readonly actor: readonly DenseLayer[];
  /** Observations to values; empty for none. */
  readonly critic: readonly DenseLayer[];
  readonly sampler: Sampler;
}

/** Columns are time-major; the rows beyond T hold what follows the last step. */
export interface RolloutColumns {
  /** `[T+1,N,D]`, as the network sees them: one-hot for a discrete space, normalised if so wished. */
  readonly observation: Column<"float32">;
  /** What each step led to `[T,N,D]`, the final observation where an episode ended; if successors are kept. */
  readonly nextObservation?: Column<"float32">;
  /** `[T,N]` int32 or `[T,N,A]` float32, before clipping to the action space. */
  readonly action: Column;
  /** ln π(action | observation) `[T,N]` */
  readonly logProb: Column<"float32">;
  /** V(observation) `[T+1,N]` */
  readonly value: Column<"float32">;
  /** What the learner sees: the environment's rewards, scaled if so wished `[T,N]`. */
  readonly reward: Column<"float32">;
  /** The environment's rewards `[T,N]`; the same column unless they are scaled. */
  readonly rawReward: Column<"float32">;
  readonly terminated: Column<"float32">;
  readonly truncated: Column<"float32">;
  /** V(final observation) where an episode was truncated, else 0 `[T,N]`. */
  readonly finalValue: Column<"float32">;
  /** A_t `[T,N]`, once estimated. */
  readonly advantage: Column<"float32">;
  /** The critic's target `[T,N]`, once estimated. */
  readonly returns: Column<"float32">;
}

export interface RolloutOptions {
  /** T, steps of each lane in one rollout. */
  readonly steps: number;
  readonly seed: number;
  /** Whether observations are normalised by their running mean and deviation, and kept within ±10. */
  readonly normalizeObservation?: boolean;
  /** How many of the latest observations the network sees at once, 1 unless given; the first of an episode stands for those before it. */
  readonly frameStack?: number;
  /** Whether a continuous action of ±1 means the bounds of the action space; else it is the action, and is clipped. */
  readonly rescaleAction?: boolean;
  /** Whether `nextObservation` is recorded too, which off-policy learning needs. */
  readonly keepSuccessors?: boolean;
  /** Whether rewards are divided by the running deviation of the discounted return, and kept within ±10. */
  readonly normalizeReward?: boolean;
  /** γ of that return. */
  readonly gamma?: number;
}

/** How far normalised observations and scaled rewards may be from 0; mirrors assembly/rollout.ts. */
export const NORMALISATION_LIMIT = 10;

/** An odd number, far from small ones: between the seeds of one restart and the next, so that no two runs with near seeds share episodes. */
const SEED_STRIDE = 0x9e3779b9;

/** What observations are normalised with: (observation − mean) · scale, one number for each of a raw observation's features. */
export interface ObservationNormalizer {
  readonly mean: Column<"float32">;
  readonly scale: Column<"float32">;
  /** The address of the running statistics that both are taken from; see assembly/nn/normalise.ts. */
  readonly statistics: number;
}

/** What {@link RolloutKernels.collect} is made of, for environments whose step is only begun by the call. */
interface StepwiseKernels extends RolloutKernels {
  begin(plan: number, steps: number, isFirst: number): void;
  stepAt(plan: number, t: number): number;
  recordAt(plan: number, t: number, ended: number): void;
  finish(plan: number, steps: number): void;
}

export class Rollout {
  readonly columns: RolloutColumns;
  /** What observations are normalised with; it changes at every step. Undefined if they aren't. */
  readonly normalizer: ObservationNormalizer | undefined;
  /** Draws the actions. */
  readonly sampler: SamplerRecord;
  readonly #plan: number;
  readonly #kernels: StepwiseKernels;
  readonly #returns: ReturnsKernels;
  /** Where a reset writes its observations. */
  readonly #first: number;
  #isFirst = true;
  #restarts = 0;

  /** Use {@link createRollout}. */
  constructor(
    readonly env: VecEnv,
    network: ActingNetwork,
    readonly options: RolloutOptions,
    nn: NnKernels,
    kernels: StepwiseKernels,
    returns: ReturnsKernels,
  ) {
    this.#kernels = kernels;
    this.#returns = returns;
    this.columns = rolloutColumns(env, options);
    const view = observationView(env, options, nn);
    this.normalizer = view.statistics ? view : undefined;
    const rewards = rewardScaling(env, options, nn);
    const { seed, rescaleAction = false } = options;
    this.sampler = new SamplerRecord(env.heap, nn, network.sampler, env.spec.actionSpace, env.numEnvs, { seed, isRescaled: rescaleAction });
    const plan = { ...planRollout(env, network, options, this.columns, this.sampler), ...addressesOf(view), ...rewards };
    this.#plan = writePlan(env.heap, plan, kernels.planBytes());
    this.#first = view.raw?.address ?? this.columns.observation.address;
    env.resetInto(this.#first, options.seed, PURPOSE.environment);
  }

  /** Begins a new episode in every lane, so that the next rollout starts at the start of episodes. */
  restart(): void {
    this.#restarts++;
    this.#isFirst = true;
    this.env.resetInto(this.#first, (this.options.seed + this.#restarts * SEED_STRIDE) >>> 0, PURPOSE.environment);
  }

  /** How many transitions a rollout holds: T·N. */
  get size(): number {
    return this.options.steps * this.env.numEnvs;
  }

  /** Acts, steps and records T times in every lane, going on where the last rollout ended; a promise of it where steps take time. */
  collect(): Promise<void> | undefined {
    const isFirst = Number(this.#isFirst);
    this.#isFirst = false;
    if (isAsynchronous(this.env)) return this.#collectStepwise(isFirst);
    this.#kernels.collect(this.#plan, this.options.steps, isFirst);
    return undefined;
  }

  /** The loop of the kernel's `collect`, waiting for each step. */
  async #collectStepwise(isFirst: number): Promise<void> {
    const { steps } = this.options;
    await settled(this.env); // the reset before the first step
    this.#kernels.begin(this.#plan, steps, isFirst);
    for (let t = 0; t < steps; t++) {
      this.#kernels.stepAt(this.#plan, t);
      this.#kernels.recordAt(this.#plan, t, await settled(this.env));
    }
    this.#kernels.finish(this.#plan, steps);
  }

  /** Writes `value` and `finalValue` again, with the critic as it now is. Only where successors are kept. */
  estimateValues(): void {
    if (!this.columns.nextObservation) throw new Error("values are estimated again only where keepSuccessors was asked for");
    this.#kernels.revalue(this.#plan, this.options.steps);
  }

  /** GAE(λ): writes `advantage` and `returns` (= advantage + value). */
  estimateAdvantages(gamma: number, lambda: number): void {
    const { advantage, returns, reward, terminated, truncated, value, finalValue } = this.columns;
    this.#returns.gae(
      advantage.address,
      returns.address,
      reward.address,
      terminated.address,
      truncated.address,
      value.address,
      finalValue.address,
      this.options.steps,
      this.env.numEnvs,
      gamma,
      lambda,
    );
  }
}

/** A rollout of an environment by a network; both live on the environment's heap. The environment is reset with the seed. */
export async function createRollout(env: VecEnv, network: ActingNetwork, options: RolloutOptions): Promise<Rollout> {
  const { heap } = env;
  const nn = await instantiate<NnKernels>(heap, MODULES.nn);
  const kernels = await instantiate<StepwiseKernels>(heap, MODULES.rollout, { environment: { step: env.stepFunction } });
  const returns = await instantiate<ReturnsKernels>(heap, MODULES.returns);
  return new Rollout(env, network, options, nn, kernels, returns);
}

function rolloutColumns(env: VecEnv, options: RolloutOptions): RolloutColumns {
  const { steps, normalizeReward = false, frameStack = 1, keepSuccessors = false } = options;
  const { heap, numEnvs, spec } = env;
  const row = () => column(heap, [steps, numEnvs]);
  const reward = row();
  const width = frameStack * featuresOf(spec.observationSpace);
  return {
    observation: column(heap, [steps + 1, numEnvs, width]),
    ...(keepSuccessors && { nextObservation: column(heap, [steps, numEnvs, width]) }),
    action: actionColumn(heap, [steps, numEnvs], spec),
    logProb: row(),
    value: column(heap, [steps + 1, numEnvs]),
    reward,
    rawReward: normalizeReward ? row() : reward,
    terminated: row(),
    truncated: row(),
    finalValue: row(),
    advantage: row(),
    returns: row(),
  };
}

/** Where the environment writes its observations if the network is to see something else, and what they are normalised with. */
function observationView({ heap, numEnvs, spec }: VecEnv, { normalizeObservation = false, frameStack = 1 }: RolloutOptions, nn: NnKernels) {
  const isIndex = spec.observationSpace.kind === "discrete";
  const size = featuresOf(spec.observationSpace);
  const raw = isIndex || normalizeObservation || frameStack > 1 ? column(heap, [numEnvs, sizeOf(spec.observationSpace)]) : undefined;
  const statistics = normalizeObservation ? startStatistics(heap, nn, size) : 0;
  return { raw, isIndex, statistics, frame: column(heap, [numEnvs, size]), mean: column(heap, [size]), scale: column(heap, [size]) };
}

function addressesOf({ raw, isIndex, statistics, frame, mean, scale }: ReturnType<typeof observationView>) {
  const [at, isIndexed] = [raw?.address ?? 0, Number(isIndex)];
  return { raw: at, isIndex: isIndexed, statistics, frame: frame.address, mean: mean.address, scale: scale.address };
}

function rewardScaling({ heap, numEnvs }: VecEnv, { normalizeReward = false, gamma = 0.99 }: RolloutOptions, nn: NnKernels) {
  return {
    rewardStatistics: normalizeReward ? startStatistics(heap, nn, 1) : 0,
    runningReturn: column(heap, [numEnvs]).address,
    gamma,
  };
}

function startStatistics(heap: Heap, nn: NnKernels, size: number): number {
  const address = zeroed(heap, nn.statisticsBytes(size));
  nn.resetStatistics(address, size);
  return address;
}

function planRollout(
  env: VecEnv,
  { actor, critic }: ActingNetwork,
  { frameStack = 1, rescaleAction = false }: RolloutOptions,
  columns: RolloutColumns,
  sampler: SamplerRecord,
) {
  const { heap, numEnvs, spec } = env;
  const { observationSpace, actionSpace } = spec;
  const layers = layerRecords(heap, critic.length ? [actor, critic] : [actor], numEnvs);
  return {
    numEnvs,
    rawSize: sizeOf(observationSpace),
    frameSize: featuresOf(observationSpace),
    observationSize: frameStack * featuresOf(observationSpace),
    actionSize: sizeOf(actionSpace),
    isRescaled: Number(rescaleAction),
    sampler: sampler.address,
    environment: env.address,
    layers: layers.address,
    actorLayers: actor.length,
    criticLayers: critic.length,
    head: layers.outputs[0]?.address ?? 0,
    baseline: layers.outputs[1]?.address ?? 0,
    ...addresses(columns),
    ...bounds(heap, env),
    finalRaw: column(heap, [numEnvs, sizeOf(observationSpace)]).address,
    finalObservation: column(heap, [1, frameStack * featuresOf(observationSpace)]).address,
  };
}

function addresses({
  observation,
  nextObservation,
  action,
  logProb,
  value,
  reward,
  rawReward,
  terminated,
  truncated,
  finalValue,
}: RolloutColumns) {
  return {
    observation: observation.address,
    nextObservation: nextObservation?.address ?? 0,
    action: action.address,
    logProb: logProb.address,
    value: value.address,
    reward: reward.address,
    rawReward: rawReward.address,
    terminated: terminated.address,
    truncated: truncated.address,
    finalValue: finalValue.address,
  };
}

function bounds(heap: Heap, { numEnvs, spec: { actionSpace } }: VecEnv) {
  if (actionSpace.kind === "discrete") return { applied: 0, low: 0, high: 0 };
  const bound = (values: readonly number[]) => {
    const made = column(heap, [values.length]);
    made.data.set(values);
    return made.address;
  };
  return {
    applied: column(heap, [numEnvs, actionSpace.low.length]).address,
    low: bound(actionSpace.low),
    high: bound(actionSpace.high),
  };
}
