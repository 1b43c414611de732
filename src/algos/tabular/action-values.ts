/** Q as a table. */
import type { Sizes } from "./sizes.js";

/** An estimate of each action's value in each state. */
export class ActionValues {
  /** `[S,A]`, row-major. */
  readonly table: Float64Array;
  readonly #actions: number;
  readonly #rows: readonly Float64Array[];

  constructor({ states, actions }: Sizes, initialValue = 0) {
    this.table = new Float64Array(states * actions).fill(initialValue);
    this.#actions = actions;
    this.#rows = Array.from({ length: states }, (_, state) => this.table.subarray(state * actions, (state + 1) * actions));
  }

  /** Q(state, ·) `[A]`: a view. */
  row(state: number): Float64Array {
    return this.#rows[state] as Float64Array;
  }

  /** Where Q(state, action) stands in the table. */
  entry(state: number, action: number): number {
    return state * this.#actions + action;
  }

  get(state: number, action: number): number {
    return this.table[this.entry(state, action)] as number;
  }

  /** Q(state, action) ← Q(state, action) + change */
  add(state: number, action: number, change: number): void {
    const entry = this.entry(state, action);
    this.table[entry] = (this.table[entry] as number) + change;
  }
}
