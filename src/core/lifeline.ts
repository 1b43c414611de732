/** Waiting for someone who may die. */

export class Lifeline {
  readonly #waiting = new Set<(reason: Error) => void>();
  #death: Error | undefined;

  /** The promise; but it rejects when the line is cut, or has been. */
  hold<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#death) reject(this.#death);
      else this.#waiting.add(reject);
      const settle =
        <V>(how: (value: V) => void) =>
        (value: V) => {
          this.#waiting.delete(reject);
          how(value);
        };
      promise.then(settle(resolve), settle(reject));
    });
  }

  /** From now on nothing is answered any more. The first reason counts. */
  cut(reason: Error): void {
    this.#death ??= reason;
    for (const reject of this.#waiting) reject(this.#death);
    this.#waiting.clear();
  }
}
