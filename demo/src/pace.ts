/** Calls back at a steady rate with the frames of the screen, and catches up at most a little after a rest. */

const MOST_AT_ONCE = 4;

export class Pace {
  isRunning = false;
  #last = 0;
  #due = 0;

  /**
   * @param rate steps in a second, as it now is
   * @param step one of them
   * @param draw after those of a frame
   */
  constructor(
    readonly rate: () => number,
    readonly step: () => void,
    readonly draw: () => void,
  ) {}

  start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    this.#last = performance.now();
    requestAnimationFrame(this.#frame);
  }

  stop(): void {
    this.isRunning = false;
  }

  readonly #frame = (now: number) => {
    if (!this.isRunning) return;
    this.#due = Math.min(this.#due + ((now - this.#last) / 1000) * this.rate(), MOST_AT_ONCE);
    this.#last = now;
    if (this.#due >= 1) {
      for (; this.#due >= 1; this.#due--) this.step();
      this.draw();
    }
    requestAnimationFrame(this.#frame);
  };
}
