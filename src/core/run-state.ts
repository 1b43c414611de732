/** All that decides the rest of a run, part by part: gathered to be saved, and put back where an earlier run is to go on. */

/** Numbers of one type, as a checkpoint keeps them. */
export type Numbers = Float64Array | Float32Array | Int32Array | Uint32Array | Uint8Array;

/** A part's numbers by name. Arrays may be views on memory: whoever takes a snapshot uses it before anything else happens. */
export type Snapshot = Readonly<Record<string, Numbers | number>>;

/** A part of a run that goes on from where another one like it stood. */
export interface Resumable {
  /** All that decides what it does next. */
  snapshot(): Snapshot | Promise<Snapshot>;
  /** Goes on from a snapshot of a part that was made in the same way. The inverse of {@link snapshot}. */
  restore(saved: Snapshot): void | Promise<void>;
}

/** What a run saved. */
export interface SavedState {
  /** By part and name: "minibatches/epoch". */
  readonly numbers: ReadonlyMap<string, Numbers | number>;
  /** Parts that were left out, being too large. */
  readonly omitted: readonly string[];
}

/** What is to be known of a part. */
export interface PartTraits {
  /** Bytes that it may grow to, for parts that a run may choose to leave out. */
  readonly bulk?: number;
  /** Whether it was learned: then all of it is finite, or there is nothing worth going on from. */
  readonly isLearned?: boolean;
}

interface Part extends PartTraits {
  readonly part: Resumable;
}

const SEPARATOR = "/";

/** The parts of one run. They are told apart by name and by the order in which they were made, which is the same in every run of a configuration. */
export class RunState {
  readonly #parts = new Map<string, Part>();
  readonly #saved = new Map<string, Record<string, Numbers | number>>();
  #omitted: readonly string[] = [];
  #isResumed = false;
  #hasBegun = false;

  /**
   * Keeps a part, and returns it. In a run that goes on from an earlier one the part is restored: with all others once they are made, or
   * at once if it is made after that.
   */
  keep<P extends Resumable>(name: string, part: P, traits: PartTraits = {}): P {
    const own = this.#freshName(name);
    this.#parts.set(own, { part, ...traits });
    if (this.#hasBegun) this.#restore(own, part);
    return part;
  }

  /** Keeps numbers that are assigned to as the run goes on, such as how many steps were taken; returns them. */
  numbers<N extends Record<string, number>>(name: string, values: N): N {
    this.keep(name, { snapshot: () => ({ ...values }), restore: (saved) => void Object.assign(values, saved) });
    return values;
  }

  /** Keeps what is learned in arrays, or columns, that stay in their place. */
  learned(name: string, arrays: Readonly<Record<string, { readonly data: Numbers }>>): void {
    this.keep(name, { snapshot: () => dataOf(arrays), restore: (saved) => fillAll(arrays, saved) }, { isLearned: true });
  }

  /** The run is to go on from here. Called before any part is made. */
  resumeFrom({ numbers, omitted }: SavedState): void {
    this.#isResumed = true;
    this.#omitted = omitted;
    for (const [name, value] of numbers) {
      const at = name.indexOf(SEPARATOR);
      const [part, field] = [name.slice(0, at), name.slice(at + 1)];
      this.#saved.set(part, { ...this.#saved.get(part), [field]: value });
    }
  }

  /** All parts that are needed before the first step are made: those of a resumed run stand now where the earlier run stood. */
  async begin(): Promise<void> {
    this.#hasBegun = true;
    for (const [name, { part }] of this.#parts) await this.#restore(name, part);
  }

  /** Fails if a resumed run lacks a part that the earlier one had. Called after the first iteration, when all are made. */
  ensureComplete(): void {
    const [lost] = this.#saved.keys();
    if (lost !== undefined) throw new Error(`the checkpoint has a part "${lost}" that this run never made`);
  }

  /** Parts that may grow beyond so many bytes. */
  bulkierThan(limit: number): string[] {
    return [...this.#parts].filter(([, { bulk = 0 }]) => bulk > limit).map(([name]) => name);
  }

  /** Whether all that was learned is finite in a snapshot of this state. */
  isSound({ numbers }: SavedState): boolean {
    return [...numbers].every(([name, value]) => {
      const isLearned = this.#parts.get(name.slice(0, name.indexOf(SEPARATOR)))?.isLearned === true;
      return !isLearned || (typeof value === "number" ? Number.isFinite(value) : value.every(Number.isFinite));
    });
  }

  /**
   * What all parts hold now, without those that may grow beyond `limit` bytes. Between two iterations only; the arrays are views, to be used
   * before the run goes on.
   */
  async snapshot(limit = Infinity): Promise<SavedState> {
    const omitted = this.bulkierThan(limit);
    const parts = [...this.#parts].filter(([name]) => !omitted.includes(name));
    const awaited = new Map<string, Snapshot>();
    for (const [name, { part }] of parts) {
      const taken = part.snapshot();
      if (taken instanceof Promise) awaited.set(name, await taken);
    }
    // Views are taken after all waiting, while which memory may have moved.
    const numbers = parts.flatMap(([name, { part }]) => {
      const taken = awaited.get(name) ?? (part.snapshot() as Snapshot);
      return Object.entries(taken).map(([field, value]) => [name + SEPARATOR + field, value] as const);
    });
    return { numbers: new Map(numbers), omitted };
  }

  /** All of it as one part of another run's state: in copies, which may cross over to another thread. */
  asPart(): Resumable {
    return {
      snapshot: async () => {
        const { numbers } = await this.snapshot();
        return Object.fromEntries([...numbers].map(([name, value]) => [name, typeof value === "number" ? value : value.slice()]));
      },
      restore: (saved) => {
        this.resumeFrom({ numbers: new Map(Object.entries(saved)), omitted: [] });
        return this.begin();
      },
    };
  }

  #restore(name: string, part: Resumable): void | Promise<void> {
    if (!this.#isResumed || this.#omitted.includes(name)) return;
    const saved = this.#saved.get(name);
    if (!saved) throw new Error(`the checkpoint has no part "${name}"`);
    this.#saved.delete(name);
    return part.restore(saved);
  }

  #freshName(name: string): string {
    let fresh = name;
    for (let n = 2; this.#parts.has(fresh); n++) fresh = `${name}#${n}`;
    return fresh;
  }
}

/** target ← saved; both must be as long. */
export function fill(target: Numbers, saved: Numbers | number | undefined): void {
  const isAlike = typeof saved === "object" && saved.length === target.length;
  if (!isAlike) throw new Error(`the checkpoint has ${describe(saved)} where ${target.length} numbers belong`);
  target.set(saved);
}

/** {@link fill} for each of these; the saved ones may hold more. */
export function fillAll(arrays: Readonly<Record<string, { readonly data: Numbers }>>, saved: Snapshot): void {
  for (const [name, { data }] of Object.entries(arrays)) fill(data, saved[name]);
}

/** The arrays of columns, as a snapshot. */
export function dataOf<K extends string>(arrays: Readonly<Record<K, { readonly data: Numbers }>>): Record<K, Numbers> {
  return Object.fromEntries(Object.entries<{ readonly data: Numbers }>(arrays).map(([name, { data }]) => [name, data])) as Record<
    K,
    Numbers
  >;
}

function describe(saved: Numbers | number | undefined): string {
  return typeof saved === "object" ? `${saved.length} numbers` : saved === undefined ? "nothing" : "a single number";
}
