/**
 * T steps of N environments under the current policy, recorded as columns: by one call into WebAssembly, or step by step where the
 * environment takes its time to answer.
 */
import { dataOf, fillAll, type Resumable, type RunState, type Snapshot } from "../core/run-state.js";
import { PURPOSE } from "../core/seeds.js";
import { isAsynchronous, settled } from "../envs/async-kernels.js";
import type { VecEnv } from "../envs/vec-env.js";
import { Column } from "../wasm/heap.js";
import { instantiate, MODULES, type NnKernels, type ReturnsKernels, type RolloutKernels } from "../wasm/kernels.js";
import type { DenseLayer } from "../wasm/layers.js";
import { type RolloutColumns, rolloutColumns } from "./columns.js";
import { addressesOf, type ObservationNormalizer, observationView, rewardScaling, scalingAddresses } from "./normalisation.js";
import { planRollout, writePlan } from "./plan.js";
import { type Sampler, SamplerRecord } from "./sampler.js";

/** The network that acts, by where its parameters live: the very memory that the optimizer writes. */
export interface ActingNetwork {
  /** Observations to what the sampler makes actions of: logits, means, action values. */
  readonly actor: readonly DenseLayer[];
  /** Observations to values; empty for none. */
  readonly critic: readonly DenseLayer[];
  readonly sampler: Sampler;
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

/** An odd number, far from small ones: between the seeds of one restart and the next, so that no two runs with near seeds share episodes. */
const SEED_STRIDE = 0x9e3779b9;

/** What {@link RolloutKernels.collect} is made of, for environments whose step is only begun by the call. */
interface StepwiseKernels extends RolloutKernels {
  begin(plan: number, steps: number, isFirst: number): void;
  stepAt(plan: number, t: number): number;
  recordAt(plan: number, t: number, ended: number): void;
  finish(plan: number, steps: number): void;
}

/** T steps of N lanes, collected again and again: columns [T,N,…]. */
export class Rollout implements Resumable {
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
  /** What one rollout leaves to the next, beside the environment's state and the sampler's. */
  readonly #lasting: Readonly<Record<string, Column>>;
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
    this.normalizer = view.statistics && { mean: view.mean, scale: view.scale, statistics: view.statistics };
    const rewards = rewardScaling(env, options, nn);
    const { seed, gamma = 0.99, rescaleAction = false } = options;
    this.sampler = new SamplerRecord(env.heap, nn, network.sampler, env.spec.actionSpace, env.numEnvs, {
      seed,
      isRescaled: rescaleAction,
      firstLane: env.firstLane,
    });
    const plan = {
      ...planRollout(env, network, options, this.columns, this.sampler),
      ...addressesOf(view),
      ...scalingAddresses(rewards),
      gamma,
    };
    this.#plan = writePlan(env.heap, plan, kernels.planBytes());
    this.#first = view.raw?.address ?? this.columns.observation.address;
    this.#lasting = { observation: lastRow(this.columns.observation), ...this.normalizer, ...rewards };
    env.resetInto(this.#first, options.seed, PURPOSE.environment);
  }

  /** Has a run keep all that later rollouts depend on. */
  keepIn(state: RunState): void {
    state.keep("environment", this.env);
    state.keep("sampler", this.sampler);
    state.keep("rollout", this);
  }

  /** Beside the environment's state and the sampler's. */
  snapshot(): Snapshot {
    return { restarts: this.#restarts, isFirst: Number(this.#isFirst), ...dataOf(this.#lasting) };
  }

  restore(saved: Snapshot): void {
    this.#restarts = saved["restarts"] as number;
    this.#isFirst = saved["isFirst"] !== 0;
    fillAll(this.#lasting, saved);
  }

  /** Begins a new episode in every lane, so that the next rollout starts at the start of episodes. */
  restart(): void {
    this.#restarts++;
    this.#isFirst = true;
    this.env.resetInto(this.#first, (this.options.seed + this.#restarts * SEED_STRIDE) >>> 0, PURPOSE.environment);
  }

  /** Running statistics of observations, as assembly/nn/normalise.ts keeps them: a view, empty where there are none. */
  get statistics(): Float64Array {
    const { normalizer, env } = this;
    return new Float64Array(env.heap.memory.buffer, normalizer?.statistics.address ?? 0, normalizer ? 1 + 2 * normalizer.mean.length : 0);
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

  /** Scales recorded rewards, where that is wished, of a rollout that was recorded without. */
  protected scaleRewards(): void {
    if (this.options.normalizeReward) this.#kernels.scaleAll(this.#plan, this.options.steps);
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
  return new Rollout(...(await rolloutParts(env, network, options)));
}

/** What a {@link Rollout} is made of. */
export async function rolloutParts(
  env: VecEnv,
  network: ActingNetwork,
  options: RolloutOptions,
): Promise<ConstructorParameters<typeof Rollout>> {
  const { heap } = env;
  const nn = await instantiate<NnKernels>(heap, MODULES.nn);
  const kernels = await instantiate<StepwiseKernels>(heap, MODULES.rollout, { environment: { step: env.stepFunction } });
  const returns = await instantiate<ReturnsKernels>(heap, MODULES.returns);
  return [env, network, options, nn, kernels, returns];
}

/** Row T of observations `[T+1,N,D]`, with which the next rollout begins. */
function lastRow({ heap, address, shape, length, type }: Column): Column {
  const row = shape.slice(1);
  const size = row.reduce((product, n) => product * n, 1);
  return new Column(heap, address + 4 * (length - size), row, type);
}
