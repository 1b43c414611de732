/** Random maps with a way from the upper left corner to the lower right one. */
import { ensure } from "../../core/errors.js";
import { DOWN, type Grid, LEFT, LETTERS, moved, RIGHT, UP } from "./grid.js";

export interface MapOptions {
  readonly width: number;
  readonly height: number;
  /** Part of the cells that are walls, as far as they leave a way. */
  readonly wallDensity: number;
  readonly holes: number;
  /** Start anywhere from where there is a way to the goal. */
  readonly randomStart: boolean;
  readonly seed: number;
}

/** Rows of the letters of grid.ts. */
export function randomMap({ width, height, wallDensity, holes, randomStart, seed }: MapOptions): string[] {
  const grid = { width, height };
  const goal = width * height - 1;
  const cells = Array<string>(width * height).fill(LETTERS.free);
  const between = Array.from({ length: cells.length - 2 }, (_, i) => i + 1);
  const order = shuffled(between, seed);
  place(cells, LETTERS.wall, Math.round(wallDensity * cells.length), order, grid);
  const placed = place(cells, LETTERS.hole, holes, order, grid);
  ensure(placed === holes, () => `GridWorld has room for ${placed} holes, not for ${holes}; lower holes or wallDensity`);
  const starts = randomStart ? [...reach(cells, goal, grid).keys()].filter((cell) => cell !== goal) : [0];
  for (const start of starts) cells[start] = LETTERS.start;
  cells[goal] = LETTERS.goal;
  return Array.from({ length: height }, (_, row) => cells.slice(row * width, (row + 1) * width).join(""));
}

/** Turns up to `count` free cells, the first of `order`, into `letter` where that leaves a way. Returns how many it turned. */
function place(cells: string[], letter: string, count: number, order: readonly number[], grid: Grid): number {
  let way = findWay(cells, grid) as ReadonlySet<number>;
  let placed = 0;
  for (const cell of order) {
    if (placed === count) break;
    if (cells[cell] !== LETTERS.free) continue;
    cells[cell] = letter;
    const other = way.has(cell) ? findWay(cells, grid) : way;
    if (other) placed++;
    else cells[cell] = LETTERS.free;
    way = other ?? way;
  }
  return placed;
}

/** The free cells of a shortest way between the corners; undefined if there is none. */
function findWay(cells: readonly string[], grid: Grid): ReadonlySet<number> | undefined {
  const goal = cells.length - 1;
  const cameFrom = reach(cells, goal, grid);
  if (!cameFrom.has(0)) return undefined;
  const way = new Set<number>();
  for (let cell = 0; cell !== goal; cell = cameFrom.get(cell) as number) way.add(cell);
  return way;
}

/** Every cell from which free cells lead to `target`, with the next cell on the way; breadth first, so that ways are shortest. */
function reach(cells: readonly string[], target: number, grid: Grid): ReadonlyMap<number, number> {
  const cameFrom = new Map([[target, target]]);
  for (const cell of cameFrom.keys()) {
    for (const move of [LEFT, DOWN, RIGHT, UP]) {
      const neighbour = moved(grid, cell, move);
      if (cells[neighbour] === LETTERS.free && !cameFrom.has(neighbour)) cameFrom.set(neighbour, cell);
    }
  }
  return cameFrom;
}

/** A permutation, the same for the same seed (Fisher & Yates). */
function shuffled(items: readonly number[], seed: number): number[] {
  const result = [...items];
  const random = randomIntegers(seed);
  for (let i = result.length - 1; i > 0; i--) {
    const other = random(i + 1);
    [result[i], result[other]] = [result[other] as number, result[i] as number];
  }
  return result;
}

/** Integers below a bound that is far below 2^32: Mulberry32 (Ettinger 2017), in integer arithmetic alone. */
function randomIntegers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}
