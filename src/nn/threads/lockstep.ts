/**
 * How threads on one shared memory keep step: counters that only grow, which are waited for by looking at them for a while, then asleep.
 */

/** Words of the control block, in which threads that work together meet. Those that are written often stand in cache lines of their own. */
const STARTED = 0;
const ARRIVED = 16;
const SLEEPERS = 32;
const FAILED = 33;
const PROGRAMS = 48;

/** The most threads that work together. */
export const MOST_THREADS = 16;

export const CONTROL_BYTES = 4 * (PROGRAMS + MOST_THREADS);

/** Looks at a counter before sleeping: some hundred microseconds, the time between two minibatches. */
const LOOKS = 50_000;
/** Milliseconds of one sleep. */
const SLEEP = 1000;
/** Sleeps after which a thread that others wait for counts as dead. */
const PATIENCE = 60;

type KernelFunction = (...numbers: number[]) => unknown;

/** A kernel call, or undefined where all threads meet. */
export type Step = { readonly run: KernelFunction; readonly args: readonly number[] } | undefined;

/** One thread's view of the control block. */
export class Lockstep {
  readonly #words: Int32Array;
  #meetings = 0;
  #starts = 0;

  constructor(
    memory: WebAssembly.Memory,
    control: number,
    readonly threads: number,
  ) {
    this.#words = new Int32Array(memory.buffer, control, CONTROL_BYTES / 4);
  }

  /** Sets the other threads to work: each on the program at its address. */
  start(programs: readonly number[]): void {
    programs.forEach((address, thread) => {
      this.#words[PROGRAMS + thread] = address;
    });
    this.#signal(STARTED);
  }

  /** Waits for the next {@link start} and gives the address of a thread's program. The owner may take any time. */
  started(thread: number): number {
    this.#starts = (this.#starts + 1) | 0;
    this.#wait(STARTED, this.#starts, Infinity);
    return this.#words[PROGRAMS + thread] as number;
  }

  /** Runs one thread's steps; returns when all threads have. */
  run(steps: readonly Step[], patience = PATIENCE): void {
    for (const step of steps) {
      if (step) step.run(...step.args);
      else this.#meet(patience);
    }
    this.#meet(patience);
  }

  /** Tells those who wait, or will, that this thread never comes. */
  fail(): void {
    Atomics.store(this.#words, FAILED, 1);
    Atomics.notify(this.#words, ARRIVED);
  }

  #meet(patience: number): void {
    this.#meetings = (this.#meetings + this.threads) | 0;
    this.#signal(ARRIVED);
    this.#wait(ARRIVED, this.#meetings, patience);
  }

  #signal(counter: number): void {
    Atomics.add(this.#words, counter, 1);
    if (Atomics.load(this.#words, SLEEPERS) > 0) Atomics.notify(this.#words, counter);
  }

  /** Waits until a counter has come to `goal`; counters may wrap around. */
  #wait(counter: number, goal: number, patience: number): void {
    const words = this.#words;
    for (let look = 0; look < LOOKS; look++) {
      if (((Atomics.load(words, counter) - goal) | 0) >= 0) return;
    }
    Atomics.add(words, SLEEPERS, 1);
    try {
      this.#sleep(counter, goal, patience);
    } finally {
      Atomics.sub(words, SLEEPERS, 1);
    }
  }

  #sleep(counter: number, goal: number, patience: number): void {
    const words = this.#words;
    for (let sleeps = 0; sleeps < patience; ) {
      const count = Atomics.load(words, counter);
      if (((count - goal) | 0) >= 0) return;
      if (Atomics.load(words, FAILED)) throw new Error("a thread of the update failed");
      if (Atomics.wait(words, counter, count, patience === Infinity ? Infinity : SLEEP) === "timed-out") sleeps++;
    }
    throw new Error(`a thread of the update has not answered for ${(patience * SLEEP) / 1000} s`);
  }
}
