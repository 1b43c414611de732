/** Minibatches of a rollout: all indices shuffled each epoch, rows gathered into columns of the batch's size. */
import { ensure } from "../core/errors.js";
import type { Resumable } from "../core/run-state.js";
import { PURPOSE } from "../core/seeds.js";
import { type Column, column, type Heap } from "../wasm/heap.js";
import type { NnKernels } from "../wasm/kernels.js";

/** One column gathered: rows of `[size,…]` into `[batchSize,…]`. */
interface Gather {
  readonly source: Column;
  readonly target: Column;
  readonly rowBytes: number;
}

/** The orders in which epochs go through `size` rows, each decided by the epoch's number. */
export class EpochOrders implements Resumable {
  /** Orders that were made together `[ahead,size]`. */
  readonly column: Column<"int32">;
  /** The next epoch, and the first of those whose orders are in the column. */
  #epoch = 0;
  #first = -Infinity;

  /** @param ahead how many are made together */
  constructor(
    heap: Heap,
    readonly kernels: NnKernels,
    readonly size: number,
    readonly seed: number,
    readonly ahead = 1,
  ) {
    this.column = column(heap, [ahead, size], "int32");
  }

  /** The row of {@link column} that holds the next epoch's order. Where it has none, all rows are made anew. */
  next(): number {
    if (this.#epoch >= this.#first + this.ahead) this.#make();
    return this.#epoch++ - this.#first;
  }

  #make(): void {
    this.#first = this.#epoch;
    for (let row = 0; row < this.ahead; row++) {
      this.kernels.shuffle(this.column.address + 4 * row * this.size, this.size, this.seed, PURPOSE.shuffling, this.#first + row);
    }
  }

  snapshot() {
    return { epoch: this.#epoch };
  }

  restore({ epoch }: { readonly epoch: number }): void {
    this.#epoch = epoch;
    this.#first = -Infinity;
  }
}

export class Minibatches<Names extends string> implements Resumable {
  readonly #gathers: readonly Gather[];
  readonly #orders: EpochOrders;

  /** The gathered columns; each minibatch overwrites them. */
  readonly columns: Readonly<Record<Names, Column>>;

  /** @param sources time-major columns `[T,N,…]` (rows beyond the T·N = `size` transitions don't count), flattened to `[size,…]` */
  constructor(
    heap: Heap,
    readonly kernels: NnKernels,
    sources: Readonly<Record<Names, Column>>,
    readonly size: number,
    readonly batchSize: number,
    seed: number,
  ) {
    checkDivides(size, batchSize);
    const entries = Object.entries<Column>(sources).map(([name, source]) => {
      const width = source.shape.slice(2);
      return [
        name,
        { source, target: column(heap, [batchSize, ...width], source.type), rowBytes: 4 * width.reduce((a, b) => a * b, 1) },
      ] as const;
    });
    this.#gathers = entries.map(([, gather]) => gather);
    this.columns = Object.fromEntries(entries.map(([name, { target }]) => [name, target])) as Record<Names, Column>;
    this.#orders = new EpochOrders(heap, kernels, size, seed);
  }

  /** One epoch: every row once, in a new order; {@link columns} hold the current minibatch at each turn. */
  *epoch(): Generator<void> {
    this.#orders.next();
    for (let start = 0; start < this.size; start += this.batchSize) {
      const index = this.#orders.column.address + 4 * start;
      for (const { source, target, rowBytes } of this.#gathers) {
        this.kernels.gatherRows(target.address, source.address, index, this.batchSize, rowBytes);
      }
      yield;
    }
  }

  snapshot() {
    return this.#orders.snapshot();
  }

  restore(saved: { readonly epoch: number }): void {
    this.#orders.restore(saved);
  }
}

/** Refuses batches that don't go into a rollout a whole number of times. */
export function checkDivides(size: number, batchSize: number): void {
  ensure(size % batchSize === 0, () => `a batch of ${batchSize} does not divide the ${size} transitions of a rollout`);
}
