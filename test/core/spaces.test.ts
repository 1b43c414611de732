import { describe, expect, it } from "vitest";
import { box, describeSpace, discrete, featuresOf, type Space, sizeOf } from "../../src/core/spaces.js";

const INFINITE = Infinity;

describe("a space", () => {
  it.each<[Space, number, number, string]>([
    [discrete(2), 1, 2, "Discrete(2)"],
    [discrete(500), 1, 500, "Discrete(500)"],
    [box([-2], [2]), 1, 1, "Box(-2, 2, (1,))"],
    [box([-1, -1, -1], [1, 1, 1]), 3, 3, "Box(-1, 1, (3,))"],
    [box([-1, -1, -8], [1, 1, 8]), 3, 3, "Box([-1, -1, -8], [1, 1, 8], (3,))"],
    [box([0, 0], [INFINITE, 1]), 2, 2, "Box(0, [inf, 1], (2,))"],
    [box([-INFINITE], [INFINITE]), 1, 1, "Box(-inf, inf, (1,))"],
    [box([-0.41887903], [12.566371]), 1, 1, "Box(-0.4189, 12.57, (1,))"],
  ])("%j takes %d numbers in memory and %d features, and is called %s as in Gymnasium", (space, size, features, text) => {
    expect(sizeOf(space)).toBe(size);
    expect(featuresOf(space)).toBe(features);
    expect(describeSpace(space)).toBe(text);
  });
});
