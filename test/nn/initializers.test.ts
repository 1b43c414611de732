/** First weights are orthogonal, of the wanted length, and the same bits wherever they are made. */
import { afterAll, describe, expect, it } from "vitest";
import { startBackend } from "../../src/nn/backend.js";
import { orthogonal } from "../../src/nn/initializers.js";
import { bitsOf } from "../oracle/bits.js";

/** A sum of up to 130 products of numbers that were rounded to float32. Measured: 5e-8. */
const FLOAT32_TOLERANCE = 5e-7;
/** How many standard errors a mean may be off: one test in 10⁶ fails by chance, and the seeds are fixed. */
const SIGMAS = 5;

const SHAPES = [
  [1, 1],
  [1, 7],
  [7, 1],
  [3, 5],
  [5, 3],
  [4, 64],
  [64, 64],
  [64, 2],
  [130, 65],
] as const;

const backend = await startBackend("wasm");
afterAll(() => backend.dispose());

describe.each(SHAPES)("a matrix of %i rows and %i columns", (rows, columns) => {
  it.each([1, Math.SQRT2, 0.01])("has rows or columns, whichever are fewer, at right angles and of length %d", (gain) => {
    const matrix = orthogonal(backend, rows, columns, gain, 3, 5);
    expect(matrix).toHaveLength(rows * columns);
    const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
    const at = (vector: number, k: number) => matrix[rows >= columns ? k * columns + vector : vector * columns + k] as number;
    let worst = 0;
    for (let i = 0; i < count; i++) {
      for (let j = 0; j <= i; j++) {
        const dot = Array.from({ length }, (_, k) => at(i, k) * at(j, k)).reduce((sum, term) => sum + term, 0);
        worst = Math.max(worst, Math.abs(dot / gain ** 2 - Number(i === j)));
      }
    }
    expect(worst).toBeLessThan(FLOAT32_TOLERANCE);
  });
});

it("the same seed and stream give the same bits, others give others", () => {
  const bits = (seed: number, stream: number) => bitsOf(orthogonal(backend, 8, 5, 1, seed, stream));
  const once = bits(1, 0);
  expect(bits(1, 0)).toBe(once);
  expect(new Set([once, bits(1, 1), bits(2, 0), bits(2, 1), bits(4294967295, 0)]).size).toBe(5);
});

it("a backend that shares no memory makes the same bits", async () => {
  const other = await startBackend("cpu");
  for (const [rows, columns] of SHAPES) {
    expect(bitsOf(orthogonal(other, rows, columns, Math.SQRT2, 9, 2))).toBe(bitsOf(orthogonal(backend, rows, columns, Math.SQRT2, 9, 2)));
  }
  await startBackend("wasm").then((again) => again.dispose());
});

it("every direction is as likely as any other: each number has mean 0 and variance 1/n, corners included", () => {
  const [n, draws] = [4, 4000];
  const sums = new Float64Array(n * n);
  const squares = new Float64Array(n * n);
  let positive = 0;
  for (let seed = 0; seed < draws; seed++) {
    const matrix = orthogonal(backend, n, n, 1, seed, 0);
    for (const [i, x] of matrix.entries()) {
      sums[i] = (sums[i] as number) + x;
      squares[i] = (squares[i] as number) + x * x;
    }
    positive += Number((matrix[0] as number) * (matrix[5] as number) > 0);
  }
  const deviation = Math.sqrt(1 / n); // of a number; that of its square is √(2(n−1)/(n²(n+2)))
  const squareDeviation = Math.sqrt((2 * (n - 1)) / (n * n * (n + 2)));
  for (let i = 0; i < n * n; i++) {
    expect(Math.abs((sums[i] as number) / draws)).toBeLessThan((SIGMAS * deviation) / Math.sqrt(draws));
    expect(Math.abs((squares[i] as number) / draws - 1 / n)).toBeLessThan((SIGMAS * squareDeviation) / Math.sqrt(draws));
  }
  expect(Math.abs(positive / draws - 0.5)).toBeLessThan((SIGMAS * 0.5) / Math.sqrt(draws));
});

it("no memory stays allocated", () => {
  const { heap } = backend;
  const probe = () => {
    const address = heap.allocate(4 * 64 * 64 + 16);
    heap.free(address);
    return address;
  };
  const before = probe();
  for (let stream = 0; stream < 10; stream++) orthogonal(backend, 64, 64, 1, 1, stream);
  expect(probe()).toBe(before);
});
