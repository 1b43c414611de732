import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bootstrapInterval, interquartileMean } from "../../src/run/statistics.js";

describe("the interquartile mean", () => {
  it("is the mean of the middle half", () => {
    expect(interquartileMean([100, 1, 2, 3, 4, 5, 6, -50])).toBe(3.5); // 2, 3, 4, 5
    expect(interquartileMean([7])).toBe(7);
    expect(interquartileMean([])).toBeNaN();
  });

  it("counts values in part where a quarter isn't whole", () => {
    // of five: 1.25 cut at each end, so that 0.75 of the second and of the fourth remain, and the third
    expect(interquartileMean([1, 2, 3, 5, 100])).toBeCloseTo((0.75 * 2 + 3 + 0.75 * 5) / 2.5, 12);
  });

  it("is what the median half of many copies has for a mean", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 9 }), (values) => {
        const copies = values.flatMap((value) => [value, value, value, value]).sort((a, b) => a - b);
        const middle = copies.slice(values.length, 3 * values.length);
        expect(interquartileMean(values)).toBeCloseTo(middle.reduce((sum, value) => sum + value, 0) / middle.length, 9);
      }),
    );
  });
});

describe("the bootstrap's interval", () => {
  it("is near the normal's for the mean of many values, and the same each time", () => {
    const values = Array.from({ length: 400 }, (_, i) => (i * 7919) % 401); // uniform on 0 … 400, deviation 115.6
    const { low, high } = bootstrapInterval(values);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const reach = (1.96 * 115.6) / Math.sqrt(values.length);
    expect(Math.abs(low - (mean - reach))).toBeLessThan(0.15 * reach);
    expect(Math.abs(high - (mean + reach))).toBeLessThan(0.15 * reach);
    expect(bootstrapInterval(values)).toEqual({ low, high });
  });

  it("has no width for one value, and no place for none", () => {
    expect(bootstrapInterval([3])).toEqual({ low: 3, high: 3 });
    expect(bootstrapInterval([])).toEqual({ low: Number.NaN, high: Number.NaN });
  });
});
