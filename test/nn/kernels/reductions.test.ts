/** Sums, extrema, products, positions and softmax: against float64, against their scalar twins, for every shape, empty ones included. */
import { beforeAll, describe, expect, it } from "vitest";
import { reduction } from "../../../src/nn/kernels/shapes.js";
import { column } from "../../../src/wasm/heap.js";
import { bitsOf } from "../../oracle/bits.js";
import { logSoftmax64 } from "../../oracle/network.js";
import { drawn, randomNormals } from "../../oracle/random.js";
import { blank, bothTwins, comparable, floats, integers, LENGTHS, type Setup } from "./setup.js";

const UNIT_ROUNDOFF = 2 ** -24;

const SHAPES = [1, 2, 3].flatMap((outer) => LENGTHS.flatMap((size) => [1, 2, 3, 4, 5, 8, 9].map((inner) => ({ outer, size, inner }))));

let twins: readonly [Setup, Setup];

beforeAll(async () => {
  twins = await bothTwins();
});

type Shape = (typeof SHAPES)[number];

/** The numbers that a result is made of. */
function numbersOf(x: ArrayLike<number>, { size, inner }: Shape, k: number): number[] {
  const [i, j] = [Math.floor(k / inner), k % inner];
  return Array.from({ length: size }, (_, at) => x[(i * size + at) * inner + j] as number);
}

type Run = (setup: Setup, y: number, x: number, shape: Shape) => void;

/** Runs a kernel on both twins for every shape; both must have the same bits. */
function forAll(
  run: Run,
  check: (got: Float32Array, x: Float32Array, shape: Shape) => void,
  sample = (normal: () => number) => normal(),
): void {
  for (const shape of SHAPES) {
    const { outer, size, inner } = shape;
    const normal = randomNormals(outer + 10 * size + 100 * inner);
    const x = drawn(outer * size * inner, () => sample(normal));
    const results = twins.map((setup) => {
      const y = blank(setup, outer * inner);
      run(setup, y.address, floats(setup, x).address, shape);
      return y.data.slice();
    }) as [Float32Array, Float32Array];
    expect(comparable(results[0]), `[${outer},${size},${inner}]`).toBe(comparable(results[1]));
    check(results[0], x, shape);
  }
}

describe("over the middle axis", () => {
  it("sums are within the rounding of their terms", () => {
    const run: Run = ({ nn }, y, x, { outer, size, inner }) => nn.sumAxis(y, x, outer, size, inner, 0.5);
    forAll(run, (got, x, shape) => {
      got.forEach((value, k) => {
        const terms = numbersOf(x, shape, k);
        const bound = (shape.size + 1) * UNIT_ROUNDOFF * terms.reduce((sum, term) => sum + Math.abs(term), 0);
        expect(Math.abs(value - 0.5 * terms.reduce((a, b) => a + b, 0))).toBeLessThanOrEqual(bound);
      });
    });
  });

  it("products are within the rounding of their factors", () => {
    const run: Run = ({ nn }, y, x, { outer, size, inner }) => nn.prodAxis(y, x, outer, size, inner);
    forAll(run, (got, x, shape) => {
      got.forEach((value, k) => {
        const wanted = numbersOf(x, shape, k).reduce((a, b) => a * b, 1);
        expect(Math.abs(value - wanted)).toBeLessThanOrEqual((shape.size + 1) * UNIT_ROUNDOFF * Math.abs(wanted));
      });
    });
  });

  it.each([
    ["largest", "maxAxis", Math.max],
    ["smallest", "minAxis", Math.min],
  ] as const)("the %s is exact, and a NaN is kept", (_, kernel, of) => {
    const run: Run = ({ nn }, y, x, { outer, size, inner }) => nn[kernel](y, x, outer, size, inner);
    const check = (got: Float32Array, x: Float32Array, shape: Shape) =>
      expect([...got]).toEqual(Array.from(got, (_, k) => of(...numbersOf(x, shape, k))));
    forAll(run, check);
    forAll(run, check, (normal) => (normal() > 1.5 ? Infinity : normal()));
    forAll(run, check, (normal) => (normal() > 2 ? Number.NaN : normal()));
  });

  it.each([
    ["largest", "argMaxAxis", (a: number, b: number) => a > b],
    ["smallest", "argMinAxis", (a: number, b: number) => a < b],
  ] as const)("the first %s's position is found among equals", (_, kernel, isBetter) => {
    for (const { outer, size, inner } of SHAPES.filter((shape) => shape.size > 0)) {
      const x = drawn(outer * size * inner, randomNormals(size)).map(Math.round);
      for (const setup of twins) {
        const y = integers(setup, new Int32Array(outer * inner).fill(-1));
        setup.nn[kernel](y.address, floats(setup, x).address, outer, size, inner);
        const wanted = Array.from(y.data, (_, k) =>
          numbersOf(x, { outer, size, inner }, k).reduce((best, value, i, all) => (isBetter(value, all[best] as number) ? i : best), 0),
        );
        expect([...y.data]).toEqual(wanted);
      }
    }
  });
});

describe("softmax", () => {
  const SIZES = [1, 2, 3, 4, 5, 8, 18, 33];

  type RowKernel = "softmax" | "logSoftmax" | "softmaxGradient" | "logSoftmaxGradient";

  /** A kernel over rows on both twins, whose bits must agree. */
  function onBoth(kernel: RowKernel, rows: number, size: number, ...inputs: Float32Array[]): Float32Array {
    const results = twins.map((setup) => {
      const y = blank(setup, rows * size);
      const scratch = column(setup.heap, [setup.nn.softmaxScratchBytes(size) / 4]).address;
      const [first = 0, second = 0] = inputs.map((input) => floats(setup, input).address);
      if (kernel === "softmax" || kernel === "logSoftmax") setup.nn[kernel](y.address, first, rows, size, scratch);
      else setup.nn[kernel](y.address, first, second, rows, size, scratch);
      return y.data.slice();
    }) as [Float32Array, Float32Array];
    expect(comparable(results[0])).toBe(comparable(results[1]));
    return results[0];
  }

  const rowsOf = (x: ArrayLike<number>, size: number) =>
    Array.from({ length: x.length / size }, (_, i) => Array.from({ length: size }, (_, j) => x[i * size + j] as number));

  function expectClose(got: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
    wanted.forEach((value, i) => {
      expect(Math.abs((got[i] as number) - value) / (1 + Math.abs(value))).toBeLessThanOrEqual(tolerance);
    });
  }

  it.each(SIZES)("of %i numbers a row, its logarithm and both gradients are float64's", (size) => {
    for (const rows of LENGTHS) {
      const normal = randomNormals(rows + size);
      const [x, dy] = [drawn(rows * size, () => 5 * normal()), drawn(rows * size, normal)];
      const logs = rowsOf(x, size).map(logSoftmax64);
      const tolerance = (size + 8) * UNIT_ROUNDOFF;
      expectClose(onBoth("logSoftmax", rows, size, x), logs.flat(), tolerance);
      const softmax = logs.map((row) => row.map(Math.exp));
      expectClose(onBoth("softmax", rows, size, x), softmax.flat(), tolerance);
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      const gradients = rowsOf(dy, size).map((d, i) => {
        const y = softmax[i] as number[];
        const dot = sum(d.map((value, j) => value * (y[j] as number)));
        return { soft: d.map((value, j) => (y[j] as number) * (value - dot)), log: d.map((value, j) => value - (y[j] as number) * sum(d)) };
      });
      const size32 = Math.max(1, ...rowsOf(dy, size).map((d) => sum(d.map(Math.abs))));
      expectClose(
        onBoth("softmaxGradient", rows, size, Float32Array.from(softmax.flat()), dy),
        gradients.flatMap(({ soft }) => soft),
        tolerance * size32,
      );
      expectClose(
        onBoth("logSoftmaxGradient", rows, size, Float32Array.from(logs.flat()), dy),
        gradients.flatMap(({ log }) => log),
        8 * tolerance * size32,
      );
    }
  });

  it("gives a row the same bits whatever rows there are with it", () => {
    const x = drawn(9 * 5, randomNormals(1));
    const all = onBoth("logSoftmax", 9, 5, x);
    for (let row = 0; row < 9; row++) {
      const alone = onBoth("logSoftmax", 1, 5, x.slice(5 * row, 5 * row + 5));
      expect(bitsOf(alone)).toBe(bitsOf(all.slice(5 * row, 5 * row + 5)));
    }
  });

  it("leaves out what is -Infinity, takes large numbers, and keeps a NaN in its row", () => {
    const x = Float32Array.of(1, -Infinity, 1, 1000, 0, 0, Number.NaN, 0, 0, -Infinity, -Infinity, -Infinity);
    const nans = Array(3).fill(Number.NaN);
    expect([...onBoth("softmax", 4, 3, x)]).toEqual([0.5, 0, 0.5, 1, 0, 0, ...nans, ...nans]);
    const logs = onBoth("logSoftmax", 4, 3, x);
    expect([...logs.slice(3)]).toEqual([0, -1000, -1000, ...nans, ...nans]);
    expect(logs[1]).toBe(-Infinity);
    expect([...onBoth("logSoftmaxGradient", 1, 3, logs.slice(0, 3), Float32Array.of(0, 0, 0))]).toEqual([0, 0, 0]);
  });
});

it("nothing was written beside a result", () => {
  for (const { heap } of twins) expect(heap.damaged()).toEqual([]);
});

describe("axes are seen as steps", () => {
  it.each([
    [[2, 3, 4], undefined, false, [], [[1, 24, 1]]],
    [[2, 3, 4], 1, false, [2, 4], [[2, 3, 4]]],
    [[2, 3, 4], [-1], true, [2, 3, 1], [[6, 4, 1]]],
    [[2, 3, 4], [0, 1], false, [4], [[1, 6, 4]]],
    [
      [2, 3, 4],
      [2, 0],
      false,
      [3],
      [
        [1, 2, 12],
        [3, 4, 1],
      ],
    ],
    [[2, 3], [], false, [2, 3], []],
    [[], undefined, false, [], []],
    [[0, 3], 0, false, [3], [[1, 0, 3]]],
  ] as const)("[%s] over %s", (shape, axis, keepDims, result, steps) => {
    expect(reduction(shape, axis, keepDims)).toEqual({
      shape: result,
      steps: steps.map(([outer, size, inner]) => ({ outer, size, inner })),
    });
  });
});
