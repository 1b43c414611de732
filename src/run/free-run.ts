/** A run that goes on by itself. Between its iterations it can be held, looked into and ended. */
import { macrotask } from "../core/macrotask.js";
import type { Metrics } from "../core/metrics.js";
import type { Training } from "./train.js";

export class FreeRun {
  /** Metrics that nobody took yet. */
  readonly #metrics: Metrics[] = [];
  readonly #finished: Promise<void>;
  /** The end of whatever has the run to itself: an iteration, or a look between two. */
  #turn: Promise<unknown> = Promise.resolve();
  #held: Latch | undefined;
  #news = new Latch();
  #isStopping = false;
  #isOver = false;
  #failure: { readonly reason: unknown } | undefined;

  /** Sets off, to end after the first iteration that comes to `stopAfter` environment steps. */
  constructor(
    readonly training: Training,
    readonly stopAfter: number,
  ) {
    this.#finished = this.#go();
  }

  /** The metrics of the iterations since the last call, of one at least; none at the end. Rejects, after them, with what failed the run. */
  async take(): Promise<readonly Metrics[]> {
    while (this.#metrics.length === 0 && !this.#isOver) await this.#news.opened;
    if (this.#metrics.length === 0 && this.#failure) throw this.#failure.reason;
    return this.#metrics.splice(0);
  }

  /** Holds the run; resolves when the iteration at hand is done. */
  async pause(): Promise<void> {
    this.#held ??= new Latch();
    await this.between(() => undefined);
  }

  /** Goes on after {@link pause}. */
  resume(): void {
    this.#held?.open();
    this.#held = undefined;
  }

  /** Ends the run after the iteration at hand. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.resume();
    await this.#finished;
  }

  /** What `look` finds between two iterations. */
  between<T>(look: () => T | Promise<T>): Promise<T> {
    const found = this.#turn.then(look);
    this.#turn = found.catch(() => undefined);
    return found;
  }

  async #go(): Promise<void> {
    try {
      while (!this.#isStopping) {
        const { value, done } = await this.between(() => this.training.next());
        if (done) break;
        this.#metrics.push(value);
        this.#tell();
        if (value.steps >= this.stopAfter) break;
        await macrotask(); // so that messages come through
        await this.#held?.opened;
      }
      await this.between(() => this.training.return?.());
    } catch (reason) {
      this.#failure = { reason };
    } finally {
      this.#isOver = true;
      this.#tell();
    }
  }

  #tell(): void {
    this.#news.open();
    this.#news = new Latch();
  }
}

/** Something to wait for that happens once. */
class Latch {
  open: () => void = () => undefined;
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}
