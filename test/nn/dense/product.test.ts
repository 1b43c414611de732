/** Matrix products in all transposed forms, against float64 and against their scalar twins. */
import { expect, it } from "vitest";
import { bitsOf } from "../../oracle/bits.js";
import { product64, randomColumn, type Setup, scalarModule, scratchOf, setUp, UNIT_ROUNDOFF } from "./setup.js";

const SHAPES = [1, 2, 3, 4, 5, 13].flatMap((m) => [1, 3, 8, 17, 300].flatMap((k) => [1, 3, 4, 7, 8, 13].map((n) => ({ m, k, n }))));

function multiply(setup: Setup, { m, k, n }: (typeof SHAPES)[number], transposeA: boolean, transposeB: boolean) {
  const a = randomColumn(setup, transposeA ? [k, m] : [m, k], 1);
  const b = randomColumn(setup, transposeB ? [n, k] : [k, n], 2);
  const c = randomColumn(setup, [m, n], 3);
  const scratch = scratchOf(setup, setup.nn.matMulScratchBytes(k, n));
  scratch.data.fill(Number.NaN);
  setup.nn.matMul(c.address, a.address, b.address, m, k, n, Number(transposeA), Number(transposeB), scratch.address);
  return { a, b, c };
}

it.each([
  [false, false],
  [true, false],
  [false, true],
  [true, true],
])(
  "a product of matrices is within float32's rounding of float64 and has its scalar twin's bits (transposed: %s, %s)",
  async (transposeA, transposeB) => {
    for (const shape of SHAPES) {
      const { m, k, n } = shape;
      const [setup, twin] = [await setUp(), await setUp(scalarModule)];
      const { a, b, c } = multiply(setup, shape, transposeA, transposeB);
      const [as, bs] = [a.data, b.data];
      const errors = Array.from(c.data, (got, i) => {
        const [row, j] = [Math.floor(i / n), i % n];
        const { sum, size } = product64(
          k,
          (step) => as[transposeA ? step * m + row : row * k + step] as number,
          (step) => bs[transposeB ? j * k + step : step * n + j] as number,
        );
        return Math.abs(got - sum) / (k * UNIT_ROUNDOFF * size);
      });
      expect(Math.max(...errors), `[${m},${k}]·[${k},${n}]`).toBeLessThanOrEqual(1);
      expect(setup.heap.damaged()).toEqual([]);
      expect(bitsOf(c.data)).toBe(bitsOf(multiply(twin, shape, transposeA, transposeB).c.data));
    }
  },
);
