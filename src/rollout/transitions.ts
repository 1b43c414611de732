/**
 * The transitions that a replay buffer keeps: a ring of rows of N lanes, each row one step of all lanes, the oldest overwritten first.
 * Minibatches of them are put together by one call into WebAssembly.
 */
import { ensure } from "../core/errors.js";
import { type Column, column, type Heap, zeroed } from "../wasm/heap.js";
import type { ReplayKernels } from "../wasm/kernels.js";

/** Time-major columns as a rollout has them. Rows beyond the T of `reward` don't count. */
export interface TransitionColumns {
  /** `[T,N,D]` */
  readonly observation: Column<"float32">;
  /** `[T,N]` int32 or `[T,N,A]` float32 */
  readonly action: Column;
  /** `[T,N]` */
  readonly reward: Column<"float32">;
  /** What each step led to `[T,N,D]`: the final observation where an episode ended, not the first of the next. Must be there. */
  readonly nextObservation?: Column<"float32"> | undefined;
  /** `[T,N]` */
  readonly terminated: Column<"float32">;
  /** `[T,N]` */
  readonly truncated: Column<"float32">;
}

const NAMES = ["observation", "action", "reward", "nextObservation", "terminated", "truncated"] as const;

type Stored = Readonly<Record<(typeof NAMES)[number], Column>>;

/** A minibatch of B transitions of up to n steps, k in each. */
export interface ReplayColumns {
  /** `[B,D]` */
  readonly observation: Column<"float32">;
  /** `[B]` int32 or `[B,A]` float32 */
  readonly action: Column;
  /** Σ_{i<k} γ^i r_{t+i} `[B]` */
  readonly reward: Column<"float32">;
  /** What the last of the k steps led to `[B,D]`. */
  readonly nextObservation: Column<"float32">;
  /** γ^k, but 0 where the episode terminated `[B]`: the target is reward + discount · V(nextObservation). */
  readonly discount: Column<"float32">;
  /** What each loss counts `[B]`, at most 1; 1 for all under uniform draws. */
  readonly weight: Column<"float32">;
}

/** Slots that were written, `count` of them from `first` on. */
export type OnWritten = (first: number, count: number) => void;

export class TransitionRing {
  /** N */
  readonly lanes: number;
  /** R, the most rows that it holds. */
  readonly rows: number;
  /** Everything stored `[R,N,…]`; the rows beyond {@link size} transitions are 0. */
  readonly columns: Stored;
  /** Rows written since the start. */
  written = 0;
  readonly #record: number;
  /** What was pushed last: the same columns are checked once. */
  #known: { readonly from: TransitionColumns; readonly source: Stored } | undefined;

  /** @param like columns of the shapes that will be pushed */
  constructor(
    readonly heap: Heap,
    readonly kernels: ReplayKernels,
    like: TransitionColumns,
    capacity: number,
  ) {
    const source = complete(like);
    const [steps = 0, lanes = 0] = source.reward.shape;
    this.lanes = lanes;
    this.rows = Math.floor(capacity / lanes);
    ensure(Number.isSafeInteger(capacity), () => `capacity is a positive integer, not ${capacity}`);
    ensure(
      this.rows >= steps,
      () =>
        `a capacity of ${capacity} transitions does not hold a rollout of ${steps} steps × ${lanes} lanes; ${steps * lanes} is the least`,
    );
    const stored = ({ shape, type }: Column) => column(heap, [this.rows, ...shape.slice(1)], type);
    this.columns = Object.fromEntries(NAMES.map((name) => [name, stored(source[name])])) as Stored;
    this.#record = writeRecord(heap, ringRecord(this), kernels.ringBytes());
  }

  /** How many transitions are stored: slots 0 … size−1. */
  get size(): number {
    return Math.min(this.written, this.rows) * this.lanes;
  }

  /** Writes the T rows of a rollout over the oldest ones. */
  push(from: TransitionColumns, onWritten: OnWritten): void {
    if (from !== this.#known?.from) this.#known = { from, source: this.#checked(from) };
    const { source } = this.#known;
    const steps = source.reward.shape[0] ?? 0;
    for (let done = 0; done < steps; ) {
      const row = this.written % this.rows;
      const count = Math.min(steps - done, this.rows - row);
      for (const name of NAMES) copyRows(this.columns[name], row, source[name], done, count);
      done += count;
      this.written += count;
      onWritten(row * this.lanes, count * this.lanes);
    }
  }

  /** Puts the transitions of a minibatch's slots together; see assembly/replay/minibatch.ts. */
  gather(minibatch: number, nStep: number, gamma: number): void {
    this.kernels.gather(minibatch, this.#record, (this.written - 1) % this.rows, nStep, gamma);
  }

  #checked(from: TransitionColumns): Stored {
    const source = complete(from);
    const steps = source.reward.shape[0] ?? 0;
    ensure(steps <= this.rows, () => `a rollout of ${steps} steps does not fit in a buffer of ${this.rows} rows`);
    for (const name of NAMES) {
      const [got, wanted] = [source[name], this.columns[name]];
      const fits = got.type === wanted.type && String(got.shape.slice(1)) === String(wanted.shape.slice(1)) && (got.shape[0] ?? 0) >= steps;
      ensure(fits, () => `${name} is ${got.type} [${got.shape}]; this buffer takes ${wanted.type} [${[steps, ...wanted.shape.slice(1)]}]`);
    }
    return source;
  }
}

function complete({ nextObservation, ...columns }: TransitionColumns): Stored {
  ensure(nextObservation !== undefined, () => "these columns hold no nextObservation; a rollout keeps it with keepSuccessors");
  return { ...columns, nextObservation };
}

function copyRows(target: Column, targetRow: number, source: Column, sourceRow: number, count: number): void {
  const width = widthOf(target);
  target.data.set(source.data.subarray(sourceRow * width, (sourceRow + count) * width), targetRow * width);
}

/** Numbers in a row of a column. */
function widthOf({ shape }: Column): number {
  return shape.slice(1).reduce((size, length) => size * length, 1);
}

/** Columns for minibatches of B transitions of a ring, and the address of the record that says where they are. */
export function minibatchOf(ring: TransitionRing, index: Column<"int32">) {
  const { heap, columns } = ring;
  const batchSize = index.length;
  const row = ({ shape, type }: Column) => column(heap, [batchSize, ...shape.slice(2)], type);
  const made = {
    observation: row(columns.observation) as Column<"float32">,
    action: row(columns.action),
    reward: column(heap, [batchSize]),
    nextObservation: row(columns.nextObservation) as Column<"float32">,
    discount: column(heap, [batchSize]),
  };
  const last = column(heap, [batchSize], "int32");
  const record = { size: batchSize, index: index.address, last: last.address, ...addressesOf(made) };
  return { columns: made, address: writeRecord(heap, record, ring.kernels.minibatchBytes()) };
}

function ringRecord({ lanes, rows, columns }: TransitionRing): Readonly<Record<string, number>> {
  const observationSize = widthOf(columns.observation) / lanes;
  return { lanes, rows, observationSize, actionSize: widthOf(columns.action) / lanes, ...addressesOf(columns) };
}

function addressesOf(columns: Readonly<Record<string, Column>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(columns).map(([name, { address }]) => [name, address]));
}

/** Writes a record whose fields stand in the order of the kernel's class. `bytes`, the kernel's size of it, guards against drift. */
function writeRecord(heap: Heap, fields: Readonly<Record<string, number>>, bytes: number): number {
  const values = Object.values(fields);
  if (bytes !== 4 * values.length)
    throw new Error(`the replay kernel's record has ${bytes} bytes, not ${4 * values.length}; run npm run build`);
  const address = zeroed(heap, bytes);
  new Uint32Array(heap.memory.buffer, address, values.length).set(values);
  return address;
}
