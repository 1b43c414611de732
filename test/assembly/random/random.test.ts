/** lanes/random.ts: what a lane draws, by its place in the counter. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { bitsOf } from "../../oracle/bits.js";
import {
  ALL_ONES,
  begin,
  column,
  compileProbes,
  draw,
  drawNormals,
  FOUR_SIGMA,
  LANES,
  mean,
  philox,
  probes,
  RANDOM,
  RESULT,
  TWINS,
  type Twin,
  unit,
  words,
} from "./probe.js";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ hookTimeout: 60_000 });

beforeAll(compileProbes);

describe("Random", () => {
  const DRAWS = 13;

  /** What a lane's draws should be, by its place in the counter. */
  function wantedWords(lane: number, episode: number, step: number, seed: number, purpose: number): number[] {
    return [0, 1, 2, 3].flatMap((block) => philox([lane, episode, step, block], seed, purpose)).slice(0, DRAWS);
  }

  function drawnWords(twin: Twin): number[][] {
    probes[twin].kernels.drawBits(RANDOM, RESULT, DRAWS);
    const rows = [...words(twin, DRAWS * LANES[twin])];
    return Array.from({ length: LANES[twin] }, (_, lane) => rows.filter((_, i) => i % LANES[twin] === lane));
  }

  it.each(TWINS)("draws the blocks of (lane, episode, 0) under (seed, purpose): %s", (twin) => {
    const episodes = [7, 0, 123_456, ALL_ONES - 1];
    begin(twin, { seed: 0xdeadbeef, purpose: 4, lane: 8, episodes });
    const lanes = Array.from({ length: LANES[twin] }, (_, i) => wantedWords(8 + i, episodes[i] as number, 0, 0xdeadbeef, 4));
    expect(drawnWords(twin)).toEqual(lanes);
  });

  it.each(TWINS)("draws the blocks of (lane, no episode, step) for a step: %s", (twin) => {
    probes[twin].kernels.beginStep(RANDOM, 17, 1, 4, 2 ** 32 - 2);
    const lanes = Array.from({ length: LANES[twin] }, (_, i) => wantedWords(4 + i, ALL_ONES, 2 ** 32 - 2, 17, 1));
    expect(drawnWords(twin)).toEqual(lanes);
  });

  it("starts the same sequence again, wherever the last one was left", () => {
    for (const left of [0, 1, 3, 4, 6]) {
      begin("simd", { lane: 4 });
      draw("simd", left);
      if (left % 2) drawNormals("simd", 1);
      begin("simd", {});
      const again = [draw("simd", 5), drawNormals("simd", 3)];
      begin("simd", {});
      expect(bitsOf(draw("simd", 5), drawNormals("simd", 3))).toBe(bitsOf(...again));
    }
  });

  it("gives a lane the same numbers alone as beside three others", () => {
    const episodes = [3, 1, 4, 1];
    for (const drawn of [draw, drawNormals]) {
      begin("simd", { lane: 4, episodes });
      const rows = drawn("simd", 9);
      for (const [i, episode] of episodes.entries()) {
        begin("scalar", { lane: 4 + i, episodes: [episode] });
        expect(bitsOf(drawn("scalar", 9))).toBe(bitsOf(column(rows, i)));
      }
    }
  });

  it("makes a uniform of a word's upper 24 bits", () => {
    begin("simd", { seed: 11, purpose: 2 });
    const rows = draw("simd", DRAWS);
    for (let lane = 0; lane < 4; lane++) expect([...column(rows, lane)]).toEqual(wantedWords(lane, 0, 0, 11, 2).map(unit));
  });

  it.each([
    [0, 1],
    [-0.05, 0.05],
    [-3, -2],
    [1e6, 1e6 + 1],
    [1, 1 + 2 ** -22],
    [-1e38, 1e38],
  ])("keeps uniform(%f, %f) at or above the lower and below the upper bound", (low, high) => {
    const [lowest, highest] = [Math.fround(low), Math.fround(high)];
    for (const twin of TWINS) {
      begin(twin, {});
      const xs = draw(twin, 20_000, [low, high]);
      expect(xs.every((x) => x >= lowest && x < highest)).toBe(true);
      expect(Math.abs(mean(xs) - (low + high) / 2) / (high - low)).toBeLessThan(low === 1 || low === 1e6 ? 0.3 : 0.01);
    }
  });

  it("gives the bound itself between equal bounds", () => {
    begin("simd", {});
    expect(new Set(draw("simd", 8, [2, 2]))).toEqual(new Set([2]));
  });

  it("makes pairs of normals of pairs of words", () => {
    begin("simd", { seed: 8 });
    const rows = drawNormals("simd", 8);
    const [a, b] = wantedWords(2, 0, 0, 8, 0) as [number, number];
    const radius = Math.sqrt(-2 * Math.log(1 - unit(a)));
    const [x, y] = column(rows, 2) as unknown as [number, number];
    expect(x).toBeCloseTo(radius * Math.cos(2 * Math.PI * unit(b)), 5);
    expect(y).toBeCloseTo(radius * Math.sin(2 * Math.PI * unit(b)), 5);
  });

  const SEQUENCES = [
    { apart: "lanes", other: { lane: 1 } },
    { apart: "episodes", other: { episodes: [1] } },
    { apart: "seeds", other: { seed: 6 } },
    { apart: "purposes", other: { purpose: 1 } },
  ];
  it.each(SEQUENCES)("gives neighbouring $apart sequences that don't correlate", ({ other }) => {
    const n = 50_000;
    begin("scalar", {});
    const a = draw("scalar", n, [-1, 1]);
    begin("scalar", other);
    const b = draw("scalar", n, [-1, 1]);
    const correlation = 3 * mean(a.map((x, i) => x * (b[i] as number)));
    expect(Math.abs(correlation)).toBeLessThan(FOUR_SIGMA / Math.sqrt(n));
  });
});
