/**
 * Gradient steps on one loss. Shapes and addresses stay the same from one minibatch to the next, so on a shared heap the first
 * step is recorded (forward and backward) and later ones are replayed as a flat list of kernel calls, without TensorFlow.js.
 */
import * as tf from "@tensorflow/tfjs";
import { Column, column } from "../wasm/heap.js";
import type { Optimizer } from "./adam.js";
import { type Backend, STOCK_KERNELS } from "./backend.js";
import type { Program } from "./kernels/recorder.js";
import type { Parameters } from "./parameters.js";

/** A loss and the scalars that are worth reporting with it. */
export interface LossReport {
  readonly loss: tf.Scalar;
  readonly diagnostics: Readonly<Record<string, tf.Scalar>>;
}

/** Gradient steps on one loss. */
export interface Updater {
  /** Takes one gradient step on the loss of what its columns now hold. */
  step(learningRate: number): void;
  /** A diagnostic of the last step, for losses of other parameters. Throws before the first step. */
  latest(name: string): tf.Scalar;
  /** The diagnostics' means over the steps since the last call. */
  means(): Promise<Record<string, number>>;
  /** Why steps are not replayed; undefined if they are, or none was taken yet. */
  readonly obstacle: string | undefined;
}

/**
 * Prepares gradient steps. `lossOf` must build the same operations at each call, on tensors of columns and parameters: numbers that
 * change from step to step, such as a schedule's value, live in columns too.
 */
export function updater(backend: Backend, parameters: Parameters, optimizer: Optimizer, lossOf: () => LossReport): Updater {
  return backend.sharesMemory
    ? new RecordedUpdater(backend, parameters, optimizer, lossOf)
    : new EagerUpdater(backend, parameters, optimizer, lossOf);
}

/** Loss, gradients in the parameters' order, and diagnostics; the caller's scope owns them. */
export function differentiate(
  parameters: Parameters,
  lossOf: () => LossReport,
): { grads: tf.Tensor[]; diagnostics: LossReport["diagnostics"] } {
  let diagnostics: LossReport["diagnostics"] = {};
  const { grads } = tf.valueAndGrads(() => {
    const report = lossOf();
    diagnostics = report.diagnostics;
    for (const scalar of Object.values(diagnostics)) tf.keep(scalar);
    return report.loss;
  })(parameters.tensors);
  return { grads, diagnostics };
}

function notReported(name: string): string {
  return `no step has reported ${name} yet`;
}

class RecordedUpdater implements Updater {
  obstacle: string | undefined;
  #program: Program | undefined;
  #gradients: readonly number[] = [];
  #scalars: Readonly<Record<string, number>> = {};
  /** The last step's scalars, side by side. */
  #latest: Column<"float32"> | undefined;
  #totals: Record<string, number> = {};
  #count = 0;

  constructor(
    readonly backend: Backend,
    readonly parameters: Parameters,
    readonly optimizer: Optimizer,
    readonly lossOf: () => LossReport,
  ) {}

  step(learningRate: number): void {
    if (this.#program) {
      this.#program.replay();
      this.#finish(this.#gradients, this.#scalars, learningRate);
    } else {
      this.#run(learningRate);
    }
    this.backend.onStep?.();
  }

  latest(name: string): tf.Scalar {
    const place = Object.keys(this.#scalars).indexOf(name);
    if (!this.#latest || place < 0) throw new Error(notReported(name));
    const { heap, address } = this.#latest;
    const scalar = this.backend.tensor(new Column(heap, address + 4 * place, [], "float32")) as tf.Scalar;
    this.backend.markWritten(scalar);
    return scalar;
  }

  async means(): Promise<Record<string, number>> {
    const means = Object.fromEntries(Object.entries(this.#totals).map(([name, total]) => [name, total / this.#count]));
    this.#totals = {};
    this.#count = 0;
    return means;
  }

  /** The ordinary path, recorded unless that failed before. */
  #run(learningRate: number): void {
    tf.tidy(() => {
      const work = () => differentiate(this.parameters, this.lossOf);
      const { result, program, obstacle } = this.obstacle === undefined ? this.backend.record(work) : { result: work() };
      const { grads, diagnostics } = result;
      const gradients = grads.map((gradient) => this.backend.address(gradient));
      const scalars = Object.fromEntries(Object.entries(diagnostics).map(([name, scalar]) => [name, this.backend.address(scalar)]));
      this.#finish(gradients, scalars, learningRate);
      tf.dispose(Object.values(diagnostics));
      this.#program = program;
      this.#gradients = gradients;
      this.#scalars = scalars;
      if (obstacle !== undefined) this.#giveUp(obstacle);
    });
  }

  #giveUp(obstacle: string): void {
    this.obstacle = obstacle;
    if (obstacle !== STOCK_KERNELS)
      console.warn(`lanewise: updates run through TensorFlow.js one operation at a time, because ${obstacle} can't be recorded`);
  }

  #finish(gradients: readonly number[], scalars: Readonly<Record<string, number>>, learningRate: number): void {
    const entries = Object.entries(scalars);
    this.#latest ??= column(this.backend.heap, [entries.length]);
    const first = this.#latest.address >> 2;
    const numbers = new Float32Array(this.backend.heap.memory.buffer);
    for (const [i, [name, address]] of entries.entries()) {
      const value = numbers[address >> 2] as number;
      this.#totals[name] = (this.#totals[name] ?? 0) + value;
      numbers[first + i] = value;
    }
    this.#count++;
    this.optimizer.step(gradients, learningRate);
  }
}

/** Where memory isn't shared: every step through TensorFlow.js, diagnostics summed on the backend and read once. */
class EagerUpdater implements Updater {
  readonly obstacle = "a backend without shared memory";
  #names: readonly string[] = [];
  #total: tf.Tensor | undefined;
  #latest: tf.Tensor1D | undefined;
  #count = 0;

  constructor(
    readonly backend: Backend,
    readonly parameters: Parameters,
    readonly optimizer: Optimizer,
    readonly lossOf: () => LossReport,
  ) {
    backend.defer(() => this.#latest?.dispose());
  }

  latest(name: string): tf.Scalar {
    const place = this.#names.indexOf(name);
    if (!this.#latest || place < 0) throw new Error(notReported(name));
    return tf.reshape(tf.slice1d(this.#latest, place, 1), []);
  }

  step(learningRate: number): void {
    tf.tidy(() => {
      const { grads, diagnostics } = differentiate(this.parameters, this.lossOf);
      this.optimizer.stepTensors(grads, learningRate);
      this.#add(diagnostics);
      tf.dispose(Object.values(diagnostics));
    });
    this.backend.onStep?.();
  }

  #add(scalars: LossReport["diagnostics"]): void {
    this.#names = Object.keys(scalars);
    const row = tf.stack(Object.values(scalars)) as tf.Tensor1D;
    const previous = this.#total;
    this.#total = tf.keep(previous ? tf.add(previous, row) : tf.clone(row));
    previous?.dispose();
    this.#latest?.dispose();
    this.#latest = tf.keep(row);
    this.#count++;
  }

  async means(): Promise<Record<string, number>> {
    const [total, count] = [this.#total, this.#count];
    this.#total = undefined;
    this.#count = 0;
    const totals = total ? await this.backend.read(total) : [];
    total?.dispose();
    return Object.fromEntries(this.#names.map((name, i) => [name, (totals[i] ?? Number.NaN) / count]));
  }
}
