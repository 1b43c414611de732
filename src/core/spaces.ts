/** Observation and action spaces, with Gymnasium's names and meaning. */

/** One of the integers 0 … n-1. */
export interface Discrete {
  readonly kind: "discrete";
  readonly n: number;
}

/** A vector of real numbers, each within its bounds (which may be ±Infinity). */
export interface Box {
  readonly kind: "box";
  readonly low: readonly number[];
  readonly high: readonly number[];
}

/** What observations or actions may be. */
export type Space = Discrete | Box;

/** One of n choices: 0 … n−1. */
export function discrete(n: number): Discrete {
  return { kind: "discrete", n };
}

/** A box with one pair of bounds for each component. */
export function box(low: readonly number[], high: readonly number[]): Box {
  return { kind: "box", low, high };
}

/** How many numbers one element of the space takes in memory: 1 for an index, the length of the vector for a box. */
export function sizeOf(space: Space): number {
  return space.kind === "discrete" ? 1 : space.low.length;
}

/** How many numbers describe one element to a network: one-hot for an index, the vector itself for a box. */
export function featuresOf(space: Space): number {
  return space.kind === "discrete" ? space.n : space.low.length;
}

export function describeSpace(space: Space): string {
  if (space.kind === "discrete") return `Discrete(${space.n})`;
  const bound = (values: readonly number[]) =>
    values.every((v) => v === values[0]) ? format(values[0] ?? 0) : `[${values.map(format).join(", ")}]`;
  return `Box(${bound(space.low)}, ${bound(space.high)}, (${space.low.length},))`;
}

function format(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : value > 0 ? "inf" : "-inf";
}
