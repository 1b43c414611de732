/** lanes/sampling.ts: bulk uniforms and normals, and permutations, against the laws of chance and one lane against four. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { PURPOSE } from "../../../src/core/seeds.js";
import { bitsOf } from "../../oracle/bits.js";
import {
  ALL_ONES,
  bulkWord,
  chiSquareDeviation,
  compileProbes,
  FOUR_SIGMA,
  fill,
  floats,
  histogram,
  LENGTHS,
  MANY,
  mean,
  RESULT,
  shuffled,
  TWINS,
  unit,
  words,
} from "./probe.js";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ hookTimeout: 60_000 });

beforeAll(compileProbes);

describe("fillUniform", () => {
  it("takes the upper 24 bits of the words of its stream", () => {
    const wanted = Array.from({ length: 77 }, (_, i) => unit(bulkWord(i, 3, 2, 9)));
    for (const twin of TWINS) expect([...fill(twin, "fillUniform", 77)]).toEqual(wanted);
  });

  it("is uniform", () => {
    const xs = fill("simd", "fillUniform", MANY);
    expect(xs.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(Math.abs(mean(xs) - 1 / 2)).toBeLessThan(FOUR_SIGMA * Math.sqrt(1 / 12 / MANY));
    expect(Math.abs(mean(xs, (x) => x * x) - 1 / 3)).toBeLessThan(FOUR_SIGMA * Math.sqrt(4 / 45 / MANY));
    expect(
      Math.abs(
        chiSquareDeviation(
          histogram(
            256,
            xs.map((x) => Math.floor(256 * x)),
          ),
        ),
      ),
    ).toBeLessThan(FOUR_SIGMA);
  });
});

describe("fillNormal", () => {
  it("is standard normal", () => {
    const xs = fill("simd", "fillNormal", MANY);
    const moment = (power: number) => mean(xs, (x) => x ** power);
    const sigma = FOUR_SIGMA / Math.sqrt(MANY);
    expect(Math.abs(moment(1))).toBeLessThan(sigma);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(sigma * Math.sqrt(2));
    expect(Math.abs(moment(3))).toBeLessThan(sigma * Math.sqrt(15));
    expect(Math.abs(moment(4) - 3)).toBeLessThan(sigma * Math.sqrt(96));
    expect(xs.every((x) => Math.abs(x) <= 5.77)).toBe(true);
    // Octiles of the normal distribution.
    const octiles = [
      -1.1503493803760079, -0.6744897501960817, -0.31863936396437514, 0, 0.31863936396437514, 0.6744897501960817, 1.1503493803760079,
    ];
    const counts = histogram(
      8,
      xs.map((x) => octiles.filter((limit) => x >= limit).length),
    );
    expect(Math.abs(chiSquareDeviation(counts))).toBeLessThan(FOUR_SIGMA);
  });

  it("does not correlate its neighbours, nor the two of a pair", () => {
    const xs = fill("simd", "fillNormal", MANY);
    for (const distance of [1, 2, 4, 8]) {
      const products = xs.subarray(distance).map((x, i) => x * (xs[i] as number));
      expect(Math.abs(mean(products))).toBeLessThan(FOUR_SIGMA / Math.sqrt(MANY));
    }
  });
});

describe.each(["fillUniform", "fillNormal"] as const)("%s of any length", (kernel) => {
  it.each(LENGTHS)("gives the same bits in four lanes as in one, and leaves what lies beyond: n = %i", (n) => {
    const results = TWINS.map((twin) => {
      floats(twin, n + 16).fill(-1);
      const filled = fill(twin, kernel, n);
      expect([...floats(twin, 16, RESULT + 4 * n)]).toEqual(new Array(16).fill(-1));
      return bitsOf(filled);
    });
    expect(results[1]).toBe(results[0]);
    expect(new Set(fill("simd", kernel, n)).size).toBe(n);
  });
});

describe("shuffle", () => {
  it.each(LENGTHS)("permutes, alike in four lanes and in one, and leaves what lies beyond: n = %i", (n) => {
    words("simd", n + 16).fill(ALL_ONES);
    const order = shuffled("simd", n);
    expect([...words("simd", 16, RESULT + 4 * n)]).toEqual(new Array(16).fill(ALL_ONES));
    expect([...order].sort((a, b) => a - b)).toEqual([...order.keys()]);
    expect(shuffled("scalar", n)).toEqual(order);
  });

  it("gives every order of four the same chance", () => {
    const epochs = 24_000;
    const orders = Array.from({ length: epochs }, (_, epoch) => shuffled("simd", 4, 1, epoch).join(""));
    const names = [...new Set(orders)];
    expect(names).toHaveLength(24);
    expect(
      Math.abs(
        chiSquareDeviation(
          histogram(
            24,
            orders.map((order) => names.indexOf(order)),
          ),
        ),
      ),
    ).toBeLessThan(FOUR_SIGMA);
  });

  it("gives every index the same chance at every place", () => {
    const counts = new Array<number>(81).fill(0);
    for (let epoch = 0; epoch < 9000; epoch++) {
      for (const [place, index] of shuffled("simd", 9, 2, epoch).entries())
        counts[9 * place + index] = (counts[9 * place + index] as number) + 1;
    }
    expect(Math.abs(chiSquareDeviation(counts))).toBeLessThan(FOUR_SIGMA);
  });

  /** Fisher & Yates inside out with Lemire's bounded integers, in BigInt. */
  function reference(n: number, seed: number, epoch: number): { order: Uint32Array; rejected: number } {
    const order = new Uint32Array(n);
    let rejected = 0;
    for (let i = 0; i < n; i++) {
      const range = BigInt(i + 1);
      const biased = 2n ** 32n % range;
      let attempt = 0;
      let product = BigInt(bulkWord(i, seed, PURPOSE.shuffling, epoch)) * range;
      while (product % 2n ** 32n < biased) product = BigInt(bulkWord(i, seed, PURPOSE.shuffling, epoch, ++attempt)) * range;
      rejected += attempt;
      const j = Number(product >> 32n);
      order[i] = order[j] as number;
      order[j] = i;
    }
    return { order, rejected };
  }

  it("takes words of its stream, and further ones for those that would favour some indices", () => {
    const { order, rejected } = reference(150_000, 0, 0);
    expect(rejected).toBeGreaterThan(0);
    for (const twin of TWINS) expect(bitsOf(new Int32Array(shuffled(twin, 150_000, 0).buffer))).toBe(bitsOf(new Int32Array(order.buffer)));
  });
});
