/**
 * Tensors computed again and again from columns and parameters, without gradients: a target network's values, a divergence.
 * As with updates, on a shared heap the first run is recorded and later ones are replayed.
 */
import * as tf from "@tensorflow/tfjs";
import { type Backend, STOCK_KERNELS } from "./backend.js";
import type { Program } from "./kernels/recorder.js";

export interface Computation<T extends tf.Tensor> {
  /** Computes it again from what its columns and parameters now hold. */
  run(): void;
  /** What the last run gave; a tensor to use in losses, which must ask for it anew each time. Throws before the first run. */
  readonly result: T;
}

/** Prepares a computation. `compute` must build the same operations at each call, on tensors of columns and parameters. */
export function computation<T extends tf.Tensor>(backend: Backend, compute: () => T): Computation<T> {
  return new Recomputed(backend, compute);
}

class Recomputed<T extends tf.Tensor> implements Computation<T> {
  #program: Program | undefined;
  #isHopeless: boolean;
  #result: T | undefined;

  constructor(
    readonly backend: Backend,
    readonly compute: () => T,
  ) {
    this.#isHopeless = !backend.sharesMemory;
    backend.defer(() => this.#result?.dispose());
  }

  get result(): T {
    if (!this.#result) throw new Error("nothing was computed yet: call run() first");
    return this.#result;
  }

  run(): void {
    if (this.#program) {
      this.#program.replay();
      this.backend.markWritten(this.result);
      return;
    }
    this.#result?.dispose();
    const work = () => tf.keep(tf.tidy(this.compute));
    if (this.#isHopeless) {
      this.#result = work();
      return;
    }
    const { result, program, obstacle } = this.backend.record(work);
    this.#result = result;
    this.#program = program;
    this.#isHopeless = obstacle !== undefined;
    if (obstacle !== undefined && obstacle !== STOCK_KERNELS) {
      console.warn(`lanewise: targets are computed through TensorFlow.js one operation at a time, because ${obstacle} can't be recorded`);
    }
  }
}
