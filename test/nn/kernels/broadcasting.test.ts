/** Operations of two operands in every layout of repetition: against a naive loop, and against their scalar twins. */
import { beforeAll, describe, expect, it } from "vitest";
import { broadcast } from "../../../src/nn/kernels/shapes.js";
import { BINARY, COMPARISON } from "../../../src/wasm/kernels.js";
import { bitsOf } from "../../oracle/bits.js";
import { drawn, randomNormals } from "../../oracle/random.js";
import { blank, bothTwins, bytes, floats, type Setup } from "./setup.js";

const { fround } = Math;

/** Each in float32: one rounding of float64's result, but for the square of a difference, which takes two. */
const ARITHMETIC: Readonly<Record<(typeof BINARY)[number], (a: number, b: number) => number>> = {
  Add: (a, b) => fround(a + b),
  Sub: (a, b) => fround(a - b),
  Multiply: (a, b) => fround(a * b),
  RealDiv: (a, b) => fround(a / b),
  Minimum: Math.min,
  Maximum: Math.max,
  SquaredDifference: (a, b) => fround(fround(a - b) * fround(a - b)),
};

const CONDITIONS: Readonly<Record<(typeof COMPARISON)[number], (a: number, b: number) => boolean>> = {
  Greater: (a, b) => a > b,
  GreaterEqual: (a, b) => a >= b,
  Equal: (a, b) => a === b,
  NotEqual: (a, b) => a !== b,
};

/** Small wholes often meet their equals; the rest are special. */
function sample(length: number, seed: number): Float32Array {
  const normal = randomNormals(seed);
  const special = [Number.NaN, Infinity, -Infinity, 0, 1e-20];
  return drawn(length, () =>
    normal() > 1.8 ? (special[Math.floor(Math.abs(normal() * 10)) % 5] as number) : Math.round(2 * normal()) / 2,
  );
}

/** How a row and a column of the result find their number in an operand. */
const LAYOUTS = {
  whole: { rows: false, columns: false },
  "one row": { rows: true, columns: false },
  "one column": { rows: false, columns: true },
  "one number": { rows: true, columns: true },
} as const;

type Layout = keyof typeof LAYOUTS;

const NAMES = Object.keys(LAYOUTS) as Layout[];
const PAIRS = NAMES.flatMap((a) => NAMES.map((b) => ({ a, b }))).filter(({ a, b }) => !LAYOUTS[a].columns || !LAYOUTS[b].columns);

const SIZES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33].flatMap((columns) => [1, 2, 5].map((rows) => ({ rows, columns })));

function operand(layout: Layout, rows: number, columns: number, seed: number) {
  const repeats = LAYOUTS[layout];
  const values = sample((repeats.rows ? 1 : rows) * (repeats.columns ? 1 : columns), seed);
  const stride = repeats.rows ? 0 : repeats.columns ? 1 : columns;
  return { values, at: (i: number, j: number) => values[i * stride + (repeats.columns ? 0 : j)] as number };
}

const bitsOfRepeats = (a: Layout, b: Layout) =>
  (LAYOUTS[a].rows ? 1 : 0) + (LAYOUTS[a].columns ? 2 : 0) + (LAYOUTS[b].rows ? 4 : 0) + (LAYOUTS[b].columns ? 8 : 0);

let twins: readonly [Setup, Setup];

beforeAll(async () => {
  twins = await bothTwins();
});

/** Calls `check` with both operands of every size, on both twins, and what a naive loop gives. */
function forAll<T>(
  a: Layout,
  b: Layout,
  of: (x: number, y: number) => T,
  check: (setup: Setup, x: number, y: number, rows: number, columns: number, wanted: T[], place: string) => void,
): void {
  for (const { rows, columns } of SIZES) {
    const [left, right] = [operand(a, rows, columns, 1), operand(b, rows, columns, 2)];
    const wanted = Array.from({ length: rows * columns }, (_, k) => {
      const [i, j] = [Math.floor(k / columns), k % columns];
      return of(left.at(i, j), right.at(i, j));
    });
    for (const setup of twins) {
      check(setup, floats(setup, left.values).address, floats(setup, right.values).address, rows, columns, wanted, `[${rows},${columns}]`);
    }
  }
}

describe.each(BINARY)("%s", (name) => {
  it.each(PAIRS)("takes $a with $b", ({ a, b }) => {
    forAll(a, b, ARITHMETIC[name], (setup, x, y, rows, columns, wanted, place) => {
      const result = blank(setup, rows * columns);
      setup.nn[`binary${name}`](result.address, x, y, rows, columns, bitsOfRepeats(a, b));
      expect([...result.data], place).toEqual(wanted);
    });
  });
});

describe.each(COMPARISON)("%s", (name) => {
  it.each(PAIRS)("takes $a with $b", ({ a, b }) => {
    forAll(a, b, CONDITIONS[name], (setup, x, y, rows, columns, wanted, place) => {
      const result = bytes(setup, Array(rows * columns).fill(7));
      setup.nn[`compare${name}`](result.address, x, y, rows, columns, bitsOfRepeats(a, b));
      expect(result.read(), place).toEqual(wanted.map(Number));
    });
  });
});

it("a result may take an operand's place where there is one row", () => {
  for (const setup of twins) {
    const [a, b] = [floats(setup, sample(33, 3)), floats(setup, sample(33, 4))];
    const wanted = blank(setup, 33);
    setup.nn.binaryAdd(wanted.address, a.address, b.address, 1, 33, 0);
    setup.nn.binaryAdd(a.address, a.address, b.address, 1, 33, 0);
    expect(bitsOf(a.data)).toBe(bitsOf(wanted.data));
  }
});

it("of nothing there is nothing", () => {
  for (const { nn, heap } of twins) {
    nn.binaryAdd(16, 16, 16, 0, 5, 0);
    nn.binaryAdd(16, 16, 16, 5, 0, 0);
    nn.compareEqual(16, 16, 16, 0, 0, 0);
    expect(new Uint8Array(heap.memory.buffer, 0, 64).every((byte) => byte === 0 || byte === 0xa5)).toBe(true);
  }
});

it("nothing was written beside a result", () => {
  for (const { heap } of twins) expect(heap.damaged()).toEqual([]);
});

describe("shapes are seen as rows and columns", () => {
  it.each([
    [[], [], { shape: [], rows: 1, columns: 1, repeats: 0 }],
    [[4], [], { shape: [4], rows: 1, columns: 4, repeats: 8 }],
    [[], [4], { shape: [4], rows: 1, columns: 4, repeats: 2 }],
    [[2, 3], [2, 3], { shape: [2, 3], rows: 1, columns: 6, repeats: 0 }],
    [[2, 3], [3], { shape: [2, 3], rows: 2, columns: 3, repeats: 4 }],
    [[2, 3], [2, 1], { shape: [2, 3], rows: 2, columns: 3, repeats: 8 }],
    [[2, 1], [1, 3], { shape: [2, 3], rows: 2, columns: 3, repeats: 6 }],
    [[2, 1, 4], [1, 3, 1], { shape: [2, 3, 4], isDirect: false }],
    [[1, 4, 1], [4], { shape: [1, 4, 4] }],
    [[0, 3], [3], { shape: [0, 3], rows: 0, columns: 0 }],
    [[1], [0], { shape: [0], rows: 0, columns: 0 }],
  ])("[%s] with [%s]", (a, b, wanted) => {
    expect(broadcast(a, b)).toMatchObject(wanted);
  });
});
