/** Which transitions a minibatch is made of: drawn uniformly, or in proportion to their priorities. */
import { ensure } from "../core/errors.js";
import { PURPOSE } from "../core/seeds.js";
import { type Column, column, type Heap, zeroed } from "../wasm/heap.js";
import type { ReplayKernels } from "../wasm/kernels.js";

/** Where drawn slots go, and the generator that they are drawn by. */
export interface Draw {
  /** Slots of the stored transitions `[B]`. */
  readonly index: Column<"int32">;
  /** Their importance weights `[B]`, 1 at the start. */
  readonly weight: Column<"float32">;
  readonly seed: number;
}

/** A way to draw. */
export interface Draws {
  /** Draws B of the first `size` slots, with replacement. `count` draws were made before; the generator's counter. */
  draw(into: Draw, size: number, beta: number, count: number): void;
  /** New transitions stand in `count` slots from `first` on. */
  admit(first: number, count: number): void;
  /** Takes in the temporal-difference errors `[B]` of the slots that were drawn. */
  learn(index: Column<"int32">, error: Column<"float32">): void;
  /** What is to be kept beside the transitions. */
  readonly columns: Readonly<Record<string, Column>>;
  /** The priority that a new transition gets. */
  readonly largest: number;
  /** Goes on with the {@link columns} and the largest priority of a checkpoint. */
  restore(largest: number): void;
}

/** All transitions are equally likely. */
export class UniformDraws implements Draws {
  readonly columns = {};
  readonly largest = 1;

  constructor(readonly kernels: ReplayKernels) {}

  draw({ index, seed }: Draw, size: number, _beta: number, count: number): void {
    this.kernels.drawUniform(index.address, index.length, size, seed, PURPOSE.replay, count);
  }

  admit(): void {}

  learn(): void {}

  restore(): void {}
}

export interface PriorityOptions {
  /** α, how much priorities count: 0 for not at all, 1 for in proportion. The paper's choice is 0.6. */
  readonly alpha: number;
  /** ε, added to an error's size so that no transition is lost; 1e-6 unless given. */
  readonly epsilon?: number;
}

/** Leaves that the kernels sum at a time; mirrors assembly/replay/sum-tree.ts. */
const BLOCK = 16;

/** In proportion to (|δ| + ε)^α, the size of the last error; new transitions get the largest priority so far (Schaul et al. 2016). */
export class ProportionalDraws implements Draws {
  readonly columns: { readonly priority: Column<"float32"> };
  readonly #priority: Column<"float32">;
  readonly #tree: number;
  readonly #scratch: Column<"float32">;
  readonly #epsilon: number;
  #largest = 1; // Algorithm 1, line 2

  constructor(
    readonly kernels: ReplayKernels,
    heap: Heap,
    readonly slots: number,
    batchSize: number,
    readonly options: PriorityOptions,
  ) {
    const { alpha, epsilon = 1e-6 } = options;
    ensure(alpha >= 0 && alpha <= 1, () => `alpha is a number from 0 to 1, not ${alpha}`);
    ensure(epsilon > 0 && epsilon < Infinity, () => `epsilon is a number above 0, not ${epsilon}`);
    this.#epsilon = epsilon;
    this.#priority = column(heap, [BLOCK * Math.ceil(slots / BLOCK)]);
    this.#tree = zeroed(heap, kernels.sumTreeBytes(slots));
    this.#scratch = column(heap, [batchSize]);
    this.columns = { priority: this.#priority.as([slots]) };
  }

  get largest(): number {
    return this.#largest;
  }

  restore(largest: number): void {
    this.#largest = largest;
    this.kernels.updateSums(this.#tree, this.#priority.address, this.slots, 0, this.slots);
  }

  draw({ index, weight, seed }: Draw, _size: number, beta: number, count: number): void {
    const { kernels, slots } = this;
    const priority = this.#priority.address;
    kernels.drawProportional(index.address, weight.address, this.#tree, priority, slots, index.length, beta, seed, PURPOSE.replay, count);
  }

  admit(first: number, count: number): void {
    this.#priority.data.fill(this.#largest, first, first + count);
    this.kernels.updateSums(this.#tree, this.#priority.address, this.slots, first, count);
  }

  learn(index: Column<"int32">, error: Column<"float32">): void {
    this.#largest = this.kernels.updatePriorities(
      this.#tree,
      this.#priority.address,
      this.#scratch.address,
      index.address,
      error.address,
      this.slots,
      index.length,
      this.options.alpha,
      this.#epsilon,
      this.#largest,
    );
  }
}
