/** Minibatches of a rollout as tensors: gathered on the heap where memory is shared, else where the tensors live. */
import * as tf from "@tensorflow/tfjs";
import { checkDivides, EpochOrders, Minibatches } from "../rollout/minibatches.js";
import type { Column } from "../wasm/heap.js";
import type { Backend } from "./backend.js";

export interface MinibatchTensors<Names extends string> {
  /** The current minibatch; where memory isn't shared, the caller's scope owns it. */
  readonly tensors: Readonly<Record<Names, tf.Tensor>>;
  /** One epoch: every row once, in a new order; {@link tensors} are the current minibatch at each turn. */
  epoch(): Generator<void>;
}

export interface MinibatchOptions {
  readonly batchSize: number;
  /** How many epochs go through a rollout. */
  readonly epochs: number;
  readonly seed: number;
}

/** @param sources time-major columns `[T,N,…]` (rows beyond the T·N = `size` transitions don't count), flattened to `[size,…]` */
export function minibatchTensors<Names extends string>(
  backend: Backend,
  sources: Readonly<Record<Names, Column>>,
  size: number,
  options: MinibatchOptions,
): MinibatchTensors<Names> {
  return backend.sharesMemory ? new OnHeap(backend, sources, size, options) : new OnDevice(backend, sources, size, options);
}

class OnHeap<Names extends string> implements MinibatchTensors<Names> {
  readonly #minibatches: Minibatches<Names>;

  constructor(
    readonly backend: Backend,
    sources: Readonly<Record<Names, Column>>,
    size: number,
    { batchSize, seed }: MinibatchOptions,
  ) {
    const { heap, kernels, state } = backend;
    this.#minibatches = state.keep("minibatches", new Minibatches(heap, kernels, sources, size, batchSize, seed));
  }

  get tensors(): Readonly<Record<Names, tf.Tensor>> {
    return mapped(this.#minibatches.columns, (column) => this.backend.tensor(column));
  }

  epoch(): Generator<void> {
    return this.#minibatches.epoch();
  }
}

/** Whole rollouts go over once, with the orders of all epochs. */
class OnDevice<Names extends string> implements MinibatchTensors<Names> {
  readonly #sources: Readonly<Record<Names, Column>>;
  readonly #orders: EpochOrders;
  readonly #batchSize: number;
  /** Where the minibatch begins among the orders. */
  #start = 0;

  constructor(
    readonly backend: Backend,
    sources: Readonly<Record<Names, Column>>,
    readonly size: number,
    { batchSize, epochs, seed }: MinibatchOptions,
  ) {
    checkDivides(size, batchSize);
    this.#batchSize = batchSize;
    this.#sources = mapped(sources, (source) => source.as([size, ...source.shape.slice(2)]));
    const { heap, kernels, state } = backend;
    this.#orders = state.keep("minibatches", new EpochOrders(heap, kernels, size, seed, epochs));
  }

  get tensors(): Readonly<Record<Names, tf.Tensor>> {
    const orders = tf.reshape(this.backend.tensor(this.#orders.column), [-1]);
    const index = tf.slice1d(orders as tf.Tensor1D, this.#start, this.#batchSize);
    return mapped(this.#sources, (source) => tf.gather(this.backend.tensor(source), index));
  }

  *epoch(): Generator<void> {
    const first = this.#orders.next() * this.size;
    for (let start = 0; start < this.size; start += this.#batchSize) {
      this.#start = first + start;
      yield;
    }
  }
}

function mapped<Names extends string, A, B>(of: Readonly<Record<Names, A>>, change: (value: A) => B): Record<Names, B> {
  return Object.fromEntries(Object.entries<A>(of).map(([name, value]) => [name, change(value)])) as Record<Names, B>;
}
