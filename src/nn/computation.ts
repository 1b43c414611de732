/**
 * Tensors computed again and again from columns and parameters, without gradients: a target network's values, a divergence.
 * As with updates, on a shared heap the first run is recorded and later ones are replayed.
 */
import * as tf from "@tensorflow/tfjs";
import { type Column, column } from "../wasm/heap.js";
import { type Backend, STOCK_KERNELS } from "./backend.js";
import type { Program } from "./kernels/recorder.js";

/** A result that is computed again and again from columns and parameters. */
export interface Computation<T extends tf.Tensor> {
  /** Computes it again from what its columns and parameters now hold. */
  run(): void;
  /** What the last run gave. Losses ask for it each time they are built. Throws before the first run. */
  readonly result: T;
  /** The same as a column on the heap, for kernels that don't belong to TensorFlow.js; the next run may overwrite it. */
  column(): Promise<Column<"float32">>;
}

const NOTHING_YET = "nothing was computed yet: call run() first";

/** Prepares a computation of float32. `compute` must build the same operations at each call, on tensors of columns and parameters. */
export function computation<T extends tf.Tensor>(backend: Backend, compute: () => T): Computation<T> {
  return backend.sharesMemory ? new RecordedComputation(backend, compute) : new EagerComputation(backend, compute);
}

/** The result is copied to one place, whether a run was replayed or not, so that others may be recorded reading it. */
class RecordedComputation<T extends tf.Tensor> implements Computation<T> {
  #program: Program | undefined;
  #address = 0;
  #column: Column<"float32"> | undefined;
  #obstacle: string | undefined;

  constructor(
    readonly backend: Backend,
    readonly compute: () => T,
  ) {}

  get result(): T {
    return this.backend.tensor(this.#computed) as T;
  }

  async column(): Promise<Column<"float32">> {
    return this.#computed;
  }

  get #computed(): Column<"float32"> {
    if (!this.#column) throw new Error(NOTHING_YET);
    return this.#column;
  }

  run(): void {
    if (this.#program) {
      this.#program.replay();
      this.#copy();
    } else {
      this.#runOnce();
    }
  }

  #copy(): void {
    const { address, data } = this.#computed;
    new Uint8Array(this.backend.heap.memory.buffer).copyWithin(address, this.#address, this.#address + data.byteLength);
    this.backend.markWritten(this.result);
  }

  /** The ordinary path, recorded unless that failed before. */
  #runOnce(): void {
    const work = () => tf.keep(tf.tidy(this.compute));
    const { result, program, obstacle } = this.#obstacle === undefined ? this.backend.record(work) : { result: work() };
    this.#column ??= column(this.backend.heap, result.shape);
    this.#address = this.backend.address(result);
    this.#program = program;
    this.#copy();
    result.dispose(); // after which the allocator may write there; a recording's memory stays its own
    if (obstacle === undefined) return;
    this.#obstacle = obstacle;
    if (obstacle !== STOCK_KERNELS) {
      console.warn(`lanewise: a result is computed through TensorFlow.js one operation at a time, because ${obstacle} can't be recorded`);
    }
  }
}

/** Where memory isn't shared: every run through TensorFlow.js, read back only when a column is asked for. */
class EagerComputation<T extends tf.Tensor> implements Computation<T> {
  #result: T | undefined;
  #column: Column<"float32"> | undefined;

  constructor(
    readonly backend: Backend,
    readonly compute: () => T,
  ) {
    backend.defer(() => this.#result?.dispose());
  }

  get result(): T {
    if (!this.#result) throw new Error(NOTHING_YET);
    return this.#result;
  }

  async column(): Promise<Column<"float32">> {
    const { result } = this;
    this.#column ??= column(this.backend.heap, result.shape);
    this.#column.data.set(await this.backend.read(result));
    return this.#column;
  }

  run(): void {
    this.#result?.dispose();
    this.#result = tf.keep(tf.tidy(this.compute));
  }
}
