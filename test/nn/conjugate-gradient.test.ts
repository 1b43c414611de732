/** Conjugate gradients against a direct solver. */
import { describe, expect, it } from "vitest";
import { conjugateGradient, dot, type MatrixProduct } from "../../src/nn/conjugate-gradient.js";
import { solve, times } from "../oracle/linear.js";
import { randomNormals } from "../oracle/random.js";

/** Of a system of 12 unknowns with a condition number near 30, in float64. Measured: 8e-16. */
const SOLUTION_TOLERANCE = 1e-12;

const SIZE = 12;

/** A symmetric positive definite matrix, and a right-hand side. */
function example(seed: number) {
  const normal = randomNormals(seed);
  const root = Array.from({ length: SIZE }, () => Array.from({ length: SIZE }, normal));
  const matrix = root.map((row, i) => root.map((other, k) => (i === k ? 4 : 0) + row.reduce((sum, x, j) => sum + x * (other[j] ?? 0), 0)));
  return { matrix, b: Float64Array.from({ length: SIZE }, normal) };
}

/** The products of a matrix, counted. */
function counted(matrix: readonly (readonly number[])[]) {
  const calls = { count: 0 };
  const product: MatrixProduct = async (vector) => {
    calls.count++;
    return times(matrix, vector);
  };
  return { product, calls };
}

describe("conjugate gradients", () => {
  it.each([1, 2, 3])("solve what a direct solver solves, in as many steps as there are unknowns (%i)", async (seed) => {
    const { matrix, b } = example(seed);
    const { product, calls } = counted(matrix);
    const x = await conjugateGradient(product, b, { steps: 2 * SIZE, tolerance: 1e-28 });
    const wanted = solve(matrix, b);
    const largest = Math.max(...wanted.map(Math.abs));
    expect(Math.max(...wanted.map((value, i) => Math.abs(value - (x[i] as number)))) / largest).toBeLessThan(SOLUTION_TOLERANCE);
    expect(calls.count).toBeLessThanOrEqual(SIZE + 2);
  });

  it("never take more steps than they may, and have xᵀAx = xᵀb after each number of them", async () => {
    const { matrix, b } = example(4);
    let last = 0;
    for (let steps = 1; steps < 6; steps++) {
      const { product, calls } = counted(matrix);
      const x = await conjugateGradient(product, b, { steps, tolerance: 0 });
      expect(calls.count).toBe(steps);
      expect(dot(x, times(matrix, x)) / dot(x, b)).toBeCloseTo(1, 12);
      expect(dot(x, b)).toBeGreaterThan(last); // for each step lowers ½xᵀAx − xᵀb = −½xᵀb
      last = dot(x, b);
    }
  });

  it("stop as soon as the residual is small enough", async () => {
    const { matrix, b } = example(5);
    const { product, calls } = counted(matrix);
    const tolerance = 1e-4;
    const x = await conjugateGradient(product, b, { steps: SIZE, tolerance });
    const squareOf = (solution: Float64Array) => {
      const residual = times(matrix, solution).map((value, i) => (b[i] as number) - value);
      return dot(residual, residual) / dot(b, b);
    };
    expect(squareOf(x)).toBeLessThanOrEqual(tolerance);
    const before = await conjugateGradient(product, b, { steps: calls.count - 1, tolerance: 0 });
    expect(squareOf(before)).toBeGreaterThan(tolerance);
  });

  it("keep what they have where the matrix turns out not to be positive definite", async () => {
    const diagonal = [1, 2, -1];
    const product: MatrixProduct = async (vector) => vector.map((value, i) => value * (diagonal[i] as number));
    const x = await conjugateGradient(product, Float64Array.of(3, 3, 1), { steps: 3, tolerance: 0 });
    expect(x.every(Number.isFinite)).toBe(true);
    expect(dot(x, Float64Array.of(3, 3, 1))).toBeGreaterThan(0);
    expect(await conjugateGradient(product, Float64Array.of(0, 0, 1), { steps: 3, tolerance: 0 })).toEqual(new Float64Array(3));
    expect(await conjugateGradient(product, Float64Array.of(Number.NaN, 0, 1), { steps: 3, tolerance: 0 })).toEqual(new Float64Array(3));
  });

  it("say 0 for 0 without a product, and leave their right-hand side as it is", async () => {
    const { matrix, b } = example(6);
    const { product, calls } = counted(matrix);
    expect(await conjugateGradient(product, new Float64Array(SIZE), { steps: 5, tolerance: 0 })).toEqual(new Float64Array(SIZE));
    expect(calls.count).toBe(0);
    const copy = b.slice();
    await conjugateGradient(product, b, { steps: 5, tolerance: 0 });
    expect(b).toEqual(copy);
  });
});
