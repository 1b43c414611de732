/** The latest frames of each row, for policies that see several observations at once. */

export class FrameHistory {
  /** `[rows, count · size]`, the newest frame last. */
  #stacks = new Float32Array(0);
  /** Whether a row's next frame is its episode's first. */
  #isFresh: boolean[] = [];

  /** @param size numbers of a frame */
  constructor(
    readonly count: number,
    readonly size: number,
  ) {}

  /** Where frames `[rows, size]` are to be written before {@link push}. Another number of rows starts new episodes. */
  room(rows: number): Float32Array {
    if (this.#isFresh.length !== rows) this.#begin(rows);
    return this.#frames;
  }

  #frames = new Float32Array(0);

  #begin(rows: number): void {
    this.#frames = new Float32Array(rows * this.size);
    this.#stacks = new Float32Array(rows * this.size * this.count);
    this.#isFresh = Array<boolean>(rows).fill(true);
  }

  /** target `[rows, count · size]` ← each row's latest frames; the first of an episode stands for those before it. */
  push(target: Float32Array): void {
    const width = this.count * this.size;
    for (const [row, isFresh] of this.#isFresh.entries()) {
      const stack = this.#stacks.subarray(row * width, (row + 1) * width);
      const frame = this.#frames.subarray(row * this.size, (row + 1) * this.size);
      if (isFresh) for (let at = 0; at < width; at += this.size) stack.set(frame, at);
      else stack.copyWithin(0, this.size);
      stack.set(frame, width - this.size);
      this.#isFresh[row] = false;
    }
    target.set(this.#stacks);
  }

  /** The row's next frame begins an episode; all rows' if none is named. */
  reset(row?: number): void {
    if (row === undefined) this.#isFresh.fill(true);
    else this.#isFresh[row] = true;
  }
}
