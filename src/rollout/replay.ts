/**
 * The replay buffer of off-policy algorithms (Lin 1992; Mnih et al. 2015): the latest transitions, and minibatches of n-step transitions
 * drawn from them, uniformly or by priority (Schaul et al. 2016).
 */
import { ensure } from "../core/errors.js";
import { fill, type Numbers, type Resumable, type Snapshot } from "../core/run-state.js";
import { checkSeed } from "../core/seeds.js";
import { type Column, column, type Heap } from "../wasm/heap.js";
import { instantiate, MODULES, type ReplayKernels } from "../wasm/kernels.js";
import { type Draw, type Draws, type PriorityOptions, ProportionalDraws, UniformDraws } from "./draws.js";
import { minibatchOf, type ReplayColumns, type TransitionColumns, TransitionRing } from "./transitions.js";

export interface ReplayOptions {
  /** Transitions kept at most, rounded down to whole rows of N lanes. */
  readonly capacity: number;
  /** B, transitions in a minibatch. */
  readonly batchSize: number;
  /** γ, discount per step. */
  readonly gamma: number;
  /** n, rewards summed before the bootstrap; 1 unless given. */
  readonly nStep?: number;
  /** Draws by priority; uniform draws unless given. */
  readonly prioritised?: PriorityOptions | undefined;
  readonly seed: number;
}

/** What a buffer saves beside what it stores. */
interface Counters {
  /** Rows of N transitions pushed since the start. */
  readonly rows: number;
  /** Minibatches drawn since the start, which is where the generator stands. */
  readonly draws: number;
  /** The priority of new transitions. */
  readonly largestPriority: number;
}

export class Replay implements Resumable {
  /** The current minibatch; each {@link sample} overwrites it. */
  readonly columns: ReplayColumns;
  readonly #ring: TransitionRing;
  readonly #draws: Draws;
  readonly #into: Draw;
  readonly #minibatch: number;
  #count = 0;
  #isFresh = false;

  /** Use {@link createReplay}. */
  constructor(
    heap: Heap,
    kernels: ReplayKernels,
    like: TransitionColumns,
    readonly options: ReplayOptions,
  ) {
    const { capacity, batchSize, gamma, nStep = 1, prioritised, seed } = options;
    ensure(Number.isSafeInteger(batchSize) && batchSize > 0, () => `batchSize is a positive integer, not ${batchSize}`);
    ensure(Number.isSafeInteger(nStep) && nStep > 0, () => `nStep is a positive integer, not ${nStep}`);
    ensure(gamma >= 0 && gamma <= 1, () => `gamma is a number from 0 to 1, not ${gamma}`);
    this.#ring = new TransitionRing(heap, kernels, like, capacity);
    this.#into = { index: column(heap, [batchSize], "int32"), weight: column(heap, [batchSize]), seed: checkSeed(seed) };
    this.#into.weight.data.fill(1);
    this.#draws = prioritised ? new ProportionalDraws(kernels, heap, this.capacity, batchSize, prioritised) : new UniformDraws(kernels);
    const minibatch = minibatchOf(this.#ring, this.#into.index);
    this.columns = { ...minibatch.columns, weight: this.#into.weight };
    this.#minibatch = minibatch.address;
  }

  /** Transitions kept at most. */
  get capacity(): number {
    return this.#ring.rows * this.#ring.lanes;
  }

  /** Transitions stored now. */
  get size(): number {
    return this.#ring.size;
  }

  /** Slots of the minibatch's transitions `[B]`: row·N + lane, row after row around the ring. */
  get index(): Column<"int32"> {
    return this.#into.index;
  }

  /**
   * Stores all T·N transitions of a rollout over the oldest ones. Each rollout must go on where the one before ended, in every lane:
   * n-step windows run from one into the next.
   */
  push(columns: TransitionColumns): void {
    this.#ring.push(columns, (first, count) => this.#draws.admit(first, count));
    this.#isFresh = false;
  }

  /**
   * Draws a minibatch into {@link columns}, with replacement.
   * @param beta β, how far weights correct for unequal probabilities: 1 (unless given) for fully. Counts with priorities only.
   */
  sample(beta = 1): void {
    ensure(this.size > 0, () => "there is nothing to sample yet; push a rollout first");
    ensure(beta >= 0 && beta <= 1, () => `beta is a number from 0 to 1, not ${beta}`);
    this.#draws.draw(this.#into, this.size, beta, this.#count++);
    this.#ring.gather(this.#minibatch, this.options.nStep ?? 1, this.options.gamma);
    this.#isFresh = true;
  }

  /**
   * Gives the minibatch's transitions new priorities by their temporal-difference errors `[B]`; with uniform draws nothing changes.
   * Must follow {@link sample} before the next push, which may overwrite the transitions.
   */
  updatePriorities(error: Column<"float32">): void {
    const { batchSize } = this.options;
    ensure(error.length === batchSize, () => `priorities take the minibatch's ${batchSize} errors, not ${error.length}`);
    ensure(this.#isFresh, () => "priorities are updated between a sample and the next push");
    this.#draws.learn(this.index, error);
  }

  /** Bytes of all that it stores, once it is full. */
  get bytes(): number {
    return Object.values(this.#stored).reduce((sum, { length }) => sum + 4 * length, 0);
  }

  /** Every stored column as far as it is filled, and `priority` if there are any. */
  snapshot(): Counters & Record<string, Numbers | number> {
    const filled = Object.entries(this.#stored).map(([name, column]) => [name, this.#filled(column)] as const);
    const counters = { rows: this.#ring.written, draws: this.#count, largestPriority: this.#draws.largest };
    return { ...Object.fromEntries(filled), ...counters };
  }

  restore({ rows, draws, largestPriority, ...stored }: Counters & Snapshot): void {
    for (const count of [rows, draws]) ensure(Number.isSafeInteger(count) && count >= 0, () => `${count} is no number of rows or draws`);
    ensure(largestPriority > 0 && largestPriority < Infinity, () => `a priority is a positive number, not ${largestPriority}`);
    this.#ring.written = rows;
    this.#count = draws;
    for (const [name, column] of Object.entries(this.#stored)) {
      column.data.fill(0);
      fill(this.#filled(column), stored[name]);
    }
    this.#draws.restore(largestPriority);
    this.#isFresh = false;
  }

  get #stored(): Readonly<Record<string, Column>> {
    return { ...this.#ring.columns, ...this.#draws.columns };
  }

  /** The part of a column `[R,N,…]` or `[R·N]` that holds transitions. */
  #filled({ data, length }: Column): Numbers {
    return data.subarray(0, (length / this.capacity) * this.size);
  }
}

/**
 * An empty buffer on a heap.
 * @param like columns of the shapes that will be pushed, such as a rollout's; its T·N transitions must fit in the capacity
 */
export async function createReplay(heap: Heap, like: TransitionColumns, options: ReplayOptions): Promise<Replay> {
  return new Replay(heap, await instantiate<ReplayKernels>(heap, MODULES.replay), like, options);
}
