/** TRPO's line search, along policies that are only functions. */
import { describe, expect, it } from "vitest";
import { lineSearch } from "../../src/algos/trpo.js";

describe("the line search", () => {
  const options = { targetKl: 0.01, lineSearchSteps: 10, lineSearchShrinkage: 0.8 };

  /** A policy whose KL and surrogate are functions of the part of the step; it remembers where it was put. */
  function fake(kl: (f: number) => number, improvement: (f: number) => number) {
    const places: number[] = [];
    const at = () => places.at(-1) as number;
    return {
      places,
      move: (_: Float64Array, fraction: number) => void places.push(fraction),
      change: async () => ({ kl: kl(at()), improvement: improvement(at()), entropy: 1 }),
    };
  }
  const step = Float64Array.of(1);

  it.each([
    ["the whole step where it is near enough", 0.01, () => 1, 1],
    ["the first part whose KL is small enough", 0.01 / 0.7 ** 2, () => 1, 0.8 ** 2],
    ["the first part that gains", 0, (f: number) => 0.5 - f, 0.8 ** 4],
    ["nothing where nothing gains", 0, () => -1, 0],
    ["nothing where a gain is exactly 0", 0, () => 0, 0],
    ["nothing where all are too far", 10, () => 1, 0],
    ["nothing where numbers are none", Number.NaN, () => Number.NaN, 0],
  ] as const)("takes %s", async (_, curvature, improvement, wanted) => {
    const policy = fake((f) => curvature * f * f, improvement);
    const { stepFraction, kl } = await lineSearch(policy, step, options);
    expect(stepFraction).toBeCloseTo(wanted, 12);
    expect(policy.places.at(-1)).toBe(stepFraction);
    if (stepFraction > 0) expect(kl).toBeLessThanOrEqual(options.targetKl);
  });

  it("tries no more lengths than it may", async () => {
    const policy = fake(
      () => 1,
      () => 1,
    );
    await lineSearch(policy, step, { ...options, lineSearchSteps: 3, lineSearchShrinkage: 0.5 });
    expect(policy.places).toEqual([1, 0.5, 0.25, 0]);
  });
});
