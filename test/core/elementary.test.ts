/** exp and log of our own against the host's, which err by less than one unit of the last place. */
import { describe, expect, it } from "vitest";
import { exp, log } from "../../src/core/elementary.js";
import { randomNumbers } from "../oracle/random.js";

/** Relative error in units of float64's 2^-52. Measured: exp 1.0, log 2.1. */
const UNITS = 3;

function units(got: number, wanted: number): number {
  return got === wanted ? 0 : Math.abs(got - wanted) / Math.abs(wanted) / 2 ** -52;
}

describe("exp", () => {
  it("agrees with the host's over all that float64 holds", () => {
    const random = randomNumbers(1);
    const worst = Math.max(...Array.from({ length: 100_000 }, () => 1416 * random() - 708).map((x) => units(exp(x), Math.exp(x))));
    expect(worst).toBeLessThan(UNITS);
    const small = Math.max(...Array.from({ length: 100_000 }, () => 2 * random() - 1).map((x) => units(exp(x), Math.exp(x))));
    expect(small).toBeLessThan(UNITS);
  });

  it.each([
    [0, 1],
    [-Infinity, 0],
    [-746, 0],
    [709.9, Infinity],
    [Infinity, Infinity],
    [Number.NaN, Number.NaN],
  ])("of %d is %d", (x, wanted) => {
    expect(exp(x)).toBe(wanted);
  });

  it("fades out through the smallest numbers", () => {
    for (const x of [-709, -720, -740, -745.1]) expect(Math.abs(exp(x) - Math.exp(x))).toBeLessThanOrEqual(2 * Number.MIN_VALUE);
  });
});

describe("log", () => {
  it("agrees with the host's over all that float64 holds, and near 1", () => {
    const random = randomNumbers(2);
    const wide = Array.from({ length: 100_000 }, () => 2 ** (2040 * random() - 1020));
    const near = Array.from({ length: 100_000 }, () => 0.5 + 1.5 * random());
    expect(Math.max(...wide.map((x) => units(log(x), Math.log(x))))).toBeLessThan(UNITS);
    expect(Math.max(...near.map((x) => units(log(x), Math.log(x))))).toBeLessThan(UNITS);
  });

  it.each([
    [1, 0],
    [0, -Infinity],
    [Infinity, Infinity],
    [-1, Number.NaN],
    [Number.NaN, Number.NaN],
  ])("of %d is %d", (x, wanted) => {
    expect(log(x)).toBe(wanted);
  });
});
