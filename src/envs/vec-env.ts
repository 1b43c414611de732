/** A batch of N environments of one kind, stepped together: `[N]` rows in, `[N]` rows out. */
import { ensure } from "../core/errors.js";
import { fill, type Resumable, type Snapshot } from "../core/run-state.js";
import { checkSeed, PURPOSE, type Purpose } from "../core/seeds.js";
import { sizeOf } from "../core/spaces.js";
import { type Column, column, type Heap, ownHeap, zeroed } from "../wasm/heap.js";
import { type EnvironmentKernels, instantiate } from "../wasm/kernels.js";
import { setWasmUrl } from "../wasm/modules.js";
import type { EnvironmentSpec } from "./spec.js";

/** One vector step. Views on rows that the next step overwrites. */
export interface StepResult {
  /** `[N,D]`, of the next episode in lanes where one ended. */
  readonly observation: Float32Array;
  /** `[N]` */
  readonly reward: Float32Array;
  /** `[N]`, 1 where the episode reached a terminal state. */
  readonly terminated: Float32Array;
  /** `[N]`, 1 where the time limit cut the episode. */
  readonly truncated: Float32Array;
  /** `[N,D]`: the last observation of the episode, in the lanes where one ended; elsewhere without meaning. */
  readonly finalObservation: Float32Array;
}

/** How many lanes, and on which memory. */
export interface VecEnvOptions {
  readonly numEnvs: number;
  /** The memory to live on; its own unless given. */
  readonly heap?: Heap;
  /** Steps after which an episode is truncated; the environment's own unless given, 0 for none. */
  readonly timeLimit?: number;
  /** What lanes are counted from, 0 unless given, where others run elsewhere: lane i here draws what lane firstLane + i draws in one batch. */
  readonly firstLane?: number;
  /** The URL of a folder with the package's .wasm files, for code that was bundled without them; from then on for all that is loaded. */
  readonly wasmUrl?: string | URL;
}

/** Many environments of one kind, stepped together, lane by lane. */
export class VecEnv implements Resumable {
  readonly #kernels: EnvironmentKernels;
  readonly #rows: ReturnType<typeof rowsOf>;
  readonly #state: Column<"float32">;

  /** Use {@link makeVec}. */
  constructor(
    readonly spec: EnvironmentSpec,
    readonly numEnvs: number,
    readonly heap: Heap,
    kernels: EnvironmentKernels,
    timeLimit: number,
    /** See {@link VecEnvOptions}. */
    readonly firstLane = 0,
  ) {
    this.#kernels = kernels;
    this.#rows = rowsOf(heap, spec, numEnvs);
    this.#state = column(heap, [kernels.stateSize()]);
    this.address = zeroed(heap, kernels.batchBytes(numEnvs));
    kernels.createBatch(this.address, numEnvs, timeLimit, firstLane);
  }

  /** Where the batch lies on the heap; `stepFunction` takes it first. */
  readonly address: number;

  /** The kernel that steps this batch, for a rollout on the same heap. */
  get stepFunction(): EnvironmentKernels["stepBatch"] {
    return this.#kernels.stepBatch;
  }

  /** Starts a new episode in every lane; lane i's stream of episodes depends on the seed and i alone. Returns observations `[N,D]`. */
  reset(seed: number, purpose: Purpose = PURPOSE.environment): Float32Array {
    this.resetInto(this.#rows.observation.address, seed, purpose);
    return this.#rows.observation.data;
  }

  /** {@link reset}, with the observations written to an address on the heap. */
  resetInto(observation: number, seed: number, purpose: Purpose = PURPOSE.environment): void {
    this.#kernels.resetBatch(this.address, checkSeed(seed), purpose, observation);
  }

  /** Steps every lane once. actions: `[N]` indices, or `[N,A]` numbers for a continuous space. */
  step(actions: ArrayLike<number>): StepResult {
    const { action, observation, reward, terminated, truncated, finalObservation } = this.#rows;
    this.#checkActions(actions);
    action.data.set(actions);
    this.#kernels.stepBatch(
      this.address,
      action.address,
      observation.address,
      reward.address,
      terminated.address,
      truncated.address,
      finalObservation.address,
    );
    return {
      observation: observation.data,
      reward: reward.data,
      terminated: terminated.data,
      truncated: truncated.data,
      finalObservation: finalObservation.data,
    };
  }

  /** The physical state of one lane, in Gymnasium's order. A copy. */
  state(lane: number): Float32Array {
    this.#checkLane(lane);
    this.#kernels.getState(this.address, lane, this.#state.address);
    return this.#state.data.slice();
  }

  /** The physical states of all lanes `[N,S]`; S = 0 where an environment of your own has none to tell. A copy. */
  states(): Float32Array<ArrayBuffer> {
    const size = this.#state.length;
    const states = new Float32Array(this.numEnvs * size);
    if (size > 0) for (let lane = 0; lane < this.numEnvs; lane++) states.set(this.state(lane), lane * size);
    return states;
  }

  /** Sets the physical state of one lane; its clock goes on. The inverse of {@link state}. */
  setState(lane: number, values: ArrayLike<number>): void {
    this.#checkLane(lane);
    const size = this.#state.length;
    ensure(values.length === size, () => `a state of ${this.spec.id} has ${size} numbers, not ${values.length}`);
    this.#state.data.set(values);
    this.#kernels.setState(this.address, lane, this.#state.address);
  }

  /** Where every lane stands: its state, its clock and its random numbers. */
  snapshot(): Snapshot | Promise<Snapshot> {
    return this.#kernels.resumable?.(this.address).snapshot() ?? { batch: this.#batch };
  }

  restore(saved: Snapshot): void | Promise<void> {
    if (this.#kernels.resumable) return this.#kernels.resumable(this.address).restore(saved);
    fill(this.#batch, saved["batch"]);
  }

  /** The bytes of the batch, in which there are no addresses. */
  get #batch(): Uint8Array {
    return new Uint8Array(this.heap.memory.buffer, this.address, this.#kernels.batchBytes(this.numEnvs));
  }

  #checkLane(lane: number): void {
    ensure(
      Number.isInteger(lane) && lane >= 0 && lane < this.numEnvs,
      () => `there is no lane ${lane}; lanes go from 0 to ${this.numEnvs - 1}`,
    );
  }

  #checkActions(actions: ArrayLike<number>): void {
    const { actionSpace, id } = this.spec;
    const length = this.numEnvs * sizeOf(actionSpace);
    ensure(actions.length === length, () => `${id} with ${this.numEnvs} lanes takes ${length} action numbers, not ${actions.length}`);
    for (let i = 0; i < length; i++) {
      const value = actions[i] as number;
      const fits = actionSpace.kind === "box" ? Number.isFinite(value) : Number.isInteger(value) && value >= 0 && value < actionSpace.n;
      ensure(fits, () => `action ${value} of lane ${Math.floor(i / sizeOf(actionSpace))} is outside the action space of ${id}`);
    }
  }
}

/** A lane's clock is a float32, which counts exactly so far. */
const MAX_TIME_LIMIT = 2 ** 24;

/** A batch of environments on a heap. */
export async function makeVec(
  spec: EnvironmentSpec,
  { numEnvs, heap = ownHeap(), timeLimit = spec.timeLimit, firstLane = 0, wasmUrl }: VecEnvOptions,
): Promise<VecEnv> {
  ensure(Number.isSafeInteger(numEnvs) && numEnvs > 0, () => `numEnvs is a positive integer, not ${numEnvs}`);
  ensure(
    Number.isInteger(timeLimit) && timeLimit >= 0 && timeLimit <= MAX_TIME_LIMIT,
    () => `timeLimit is an integer from 0 (none) to ${MAX_TIME_LIMIT}, not ${timeLimit}`,
  );
  setWasmUrl(wasmUrl);
  const kernels = "kernels" in spec ? await spec.kernels(heap) : await instantiate<EnvironmentKernels>(heap, spec.module);
  return new VecEnv(spec, numEnvs, heap, kernels, timeLimit, firstLane);
}

function rowsOf(heap: Heap, spec: EnvironmentSpec, numEnvs: number) {
  const { observationSpace, actionSpace } = spec;
  const width = sizeOf(observationSpace);
  return {
    action: actionColumn(heap, [numEnvs], spec),
    observation: column(heap, [numEnvs, width]),
    reward: column(heap, [numEnvs]),
    terminated: column(heap, [numEnvs]),
    truncated: column(heap, [numEnvs]),
    finalObservation: column(heap, [numEnvs, width]),
    actionSpace,
  };
}

/** Actions: i32 of the leading shape for indices, f32 with a last dimension for vectors. */
export function actionColumn(heap: Heap, leading: readonly number[], { actionSpace }: EnvironmentSpec): Column {
  if (actionSpace.kind === "discrete") return column(heap, leading, "int32");
  return column(heap, [...leading, sizeOf(actionSpace)]);
}
