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

export class Minibatches<Names extends string> implements Resumable {
  readonly #gathers: readonly Gather[];
  readonly #index: Column<"int32">;
  #epoch = 0;

  /** The gathered columns; each minibatch overwrites them. */
  readonly columns: Readonly<Record<Names, Column>>;

  /** @param sources time-major columns `[T,N,…]` (rows beyond the T·N = `size` transitions don't count), flattened to `[size,…]` */
  constructor(
    heap: Heap,
    readonly kernels: NnKernels,
    sources: Readonly<Record<Names, Column>>,
    readonly size: number,
    readonly batchSize: number,
    readonly seed: number,
  ) {
    ensure(size % batchSize === 0, () => `a batch of ${batchSize} does not divide the ${size} transitions of a rollout`);
    const entries = Object.entries<Column>(sources).map(([name, source]) => {
      const width = source.shape.slice(2);
      return [
        name,
        { source, target: column(heap, [batchSize, ...width], source.type), rowBytes: 4 * width.reduce((a, b) => a * b, 1) },
      ] as const;
    });
    this.#gathers = entries.map(([, gather]) => gather);
    this.columns = Object.fromEntries(entries.map(([name, { target }]) => [name, target])) as Record<Names, Column>;
    this.#index = column(heap, [size], "int32");
    this.#index.data.set(Int32Array.from({ length: size }, (_, i) => i));
  }

  /** One epoch: every row once, in a new order; {@link columns} hold the current minibatch at each turn. */
  *epoch(): Generator<void> {
    this.kernels.shuffle(this.#index.address, this.size, this.seed, PURPOSE.shuffling, this.#epoch++);
    for (let start = 0; start < this.size; start += this.batchSize) {
      const index = this.#index.address + 4 * start;
      for (const { source, target, rowBytes } of this.#gathers) {
        this.kernels.gatherRows(target.address, source.address, index, this.batchSize, rowBytes);
      }
      yield;
    }
  }

  snapshot() {
    return { epoch: this.#epoch };
  }

  restore({ epoch }: { readonly epoch: number }): void {
    this.#epoch = epoch;
  }
}
