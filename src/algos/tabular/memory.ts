/** What an agent remembers of the steps before, as a part of its run's state. */
import type { Numbers, Resumable } from "../../core/run-state.js";

/** A list of records of numbers, the oldest first. */
export class Memory<Name extends string> implements Resumable {
  readonly items: Readonly<Record<Name, number>>[] = [];

  /** @param names of a record's numbers */
  constructor(readonly names: readonly Name[]) {}

  /** Each number's values over the records. */
  snapshot(): Record<Name, Numbers> {
    return Object.fromEntries(this.names.map((name) => [name, Float64Array.from(this.items, (item) => item[name])])) as Record<
      Name,
      Numbers
    >;
  }

  restore(saved: Readonly<Record<Name, Numbers>>): void {
    const length = saved[this.names[0] as Name].length;
    const recordAt = (i: number) => Object.fromEntries(this.names.map((name) => [name, saved[name][i]])) as Record<Name, number>;
    this.items.splice(0, Infinity, ...Array.from({ length }, (_, i) => recordAt(i)));
  }
}
