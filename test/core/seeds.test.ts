import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { checkSeed, PURPOSE } from "../../src/core/seeds.js";

describe("a seed", () => {
  it.each([0, 1, 42, 2 ** 31, 2 ** 32 - 1])("may be %d", (seed) => {
    expect(checkSeed(seed)).toBe(seed);
  });

  it.each([-1, 0.5, 2 ** 32, Number.NaN, Infinity])("may not be %d", (seed) => {
    expect(() => checkSeed(seed)).toThrow(new UsageError(`seed ${seed} is not an integer from 0 to 4294967295`));
  });
});

it("purposes are told apart, and are numbered as the kernels number them", () => {
  const source = readFileSync(new URL("../../assembly/lanes/random.ts", import.meta.url), "utf8");
  const [, names = ""] = /export enum Purpose \{([^}]*)\}/.exec(source) ?? [];
  const kernels = names
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter(Boolean);
  expect(Object.entries(PURPOSE)).toEqual(kernels.map((name, number) => [name, number]));
  expect(kernels.length).toBeGreaterThan(3);
});
