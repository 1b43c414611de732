/** lanes/philox.ts, random.ts and sampling.ts against Philox in BigInt, against the laws of chance, and four lanes against one. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { compile } from "../../assembly/compile.mjs";
import { PURPOSE } from "../../src/core/seeds.js";
import { bitsOf } from "../oracle/bits.js";
import { randomNumbers } from "../oracle/random.js";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ hookTimeout: 60_000 });

type Twin = "scalar" | "simd";
type Words = [number, number, number, number];

const TWINS = ["scalar", "simd"] as const;
const LANES = { scalar: 1, simd: 4 };

const SOURCE = `
  import { philox } from "./lanes/philox";
  import { broadcast } from "./lanes/primitives";
  import { Purpose, Random } from "./lanes/random";
  export { fillNormal, fillUniform, shuffle } from "./lanes/sampling";

  export const environment: i32 = Purpose.ENVIRONMENT;
  export const acting: i32 = Purpose.ACTING;
  export const initialisation: i32 = Purpose.INITIALISATION;
  export const shuffling: i32 = Purpose.SHUFFLING;
  export const evaluation: i32 = Purpose.EVALUATION;
  export const replay: i32 = Purpose.REPLAY;
  export const learning: i32 = Purpose.LEARNING;

  export function philoxOne(y: usize, c: usize, key0: u32, key1: u32): void {
    philox<u32>(y, 4, y + 16, load<u32>(c), load<u32>(c + 4), load<u32>(c + 8), load<u32>(c + 12), key0, key1);
  }
  export function philoxFour(y: usize, c: usize, key0: u32, key1: u32): void {
    philox<v128>(y, 16, y + 64, v128.load(c), v128.load(c + 16), v128.load(c + 32), v128.load(c + 48), key0, key1);
  }

  export function begin(random: Random, seed: u32, purpose: u32, lane: i32, episodes: usize): void {
    random.begin(seed, purpose, lane, episodes);
  }
  export function beginStep(random: Random, seed: u32, purpose: u32, lane: i32, step: u32): void {
    random.beginStep(seed, purpose, lane, step);
  }
  @lanes export function drawBits(random: Random, y: usize, n: i32): void {
    for (let i = 0; i < n; i++) store<f32>(y + i * sizeof<f32>(), random.bits());
  }
  @lanes export function drawUniform(random: Random, y: usize, n: i32, bounds: usize): void {
    for (let i = 0; i < n; i++) {
      const x = random.uniform(broadcast<f32>(bounds), broadcast<f32>(bounds + 4));
      store<f32>(y + i * sizeof<f32>(), x);
    }
  }
  @lanes export function drawNormal(random: Random, y: usize, n: i32): void {
    for (let i = 0; i < n; i++) store<f32>(y + i * sizeof<f32>(), random.normal());
  }`;

type Kernel =
  | "philoxOne"
  | "philoxFour"
  | "begin"
  | "beginStep"
  | "drawBits"
  | "drawUniform"
  | "drawNormal"
  | "fillUniform"
  | "fillNormal"
  | "shuffle";
type Kernels = Record<Kernel, (...parameters: number[]) => void> & Record<keyof typeof PURPOSE, WebAssembly.Global>;

interface Probe {
  memory: WebAssembly.Memory;
  kernels: Kernels;
}

const probes = {} as Record<Twin, Probe>;

beforeAll(async () => {
  for (const twin of TWINS) {
    const { binary } = await compile("probe.ts", { twin, files: { "probe.ts": SOURCE } });
    const memory = new WebAssembly.Memory({ initial: 64 });
    const { instance } = await WebAssembly.instantiate(binary as BufferSource, { env: { memory } });
    probes[twin] = { memory, kernels: instance.exports as unknown as Kernels };
  }
});

// Addresses: the group's Random, the counts of its episodes (or a counter), bounds, and results.
const RANDOM = 1024;
const PARAMETERS = 2048;
const BOUNDS = 3072;
const RESULT = 4096;

/** Philox4x32-10 as its paper defines it. */
function philox(counter: Words, seed: number, purpose: number): Words {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = [BigInt(seed), BigInt(purpose)];
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c0;
    const p1 = 0xcd9e8d57n * c2;
    [c0, c1, c2, c3] = [(p1 >> 32n) ^ c1 ^ k0, p1 & 0xffffffffn, (p0 >> 32n) ^ c3 ^ k1, p0 & 0xffffffffn];
    k0 = (k0 + 0x9e3779b9n) & 0xffffffffn;
    k1 = (k1 + 0xbb67ae85n) & 0xffffffffn;
  }
  return [c0, c1, c2, c3].map(Number) as Words;
}

const ALL_ONES = 0xffffffff;

/** Word i of the bulk stream: four blocks at a time, word 0 of all four first. */
function bulkWord(i: number, seed: number, purpose: number, stream: number, attempt = 0): number {
  if (attempt > 0) return philox([i, stream, attempt, ALL_ONES], seed, purpose)[0];
  const block = 4 * Math.floor(i / 16) + (i % 4);
  return philox([block, stream, 0, ALL_ONES], seed, purpose)[Math.floor(i / 4) % 4] as number;
}

const unit = (word: number) => Math.floor(word / 256) / 2 ** 24;

const floats = (twin: Twin, length: number, address = RESULT) => new Float32Array(probes[twin].memory.buffer, address, length);
const words = (twin: Twin, length: number, address = RESULT) => new Uint32Array(probes[twin].memory.buffer, address, length);

/** Starts lane `lane` and the lanes of its group in their episodes. */
function begin(twin: Twin, { seed = 5, purpose = 0, lane = 0, episodes = [0, 0, 0, 0] }) {
  words(twin, 4, PARAMETERS).set(episodes);
  probes[twin].kernels.begin(RANDOM, seed, purpose, lane, PARAMETERS);
}

/** Draws uniforms from the group that was begun, `[n][LANES]`. */
function draw(twin: Twin, n: number, [low, high]: readonly [number, number] = [0, 1]): Float32Array {
  floats(twin, 2, BOUNDS).set([low, high]);
  probes[twin].kernels.drawUniform(RANDOM, RESULT, n, BOUNDS);
  return floats(twin, n * LANES[twin]).slice();
}

/** Draws normals from the group that was begun, `[n][LANES]`. */
function drawNormals(twin: Twin, n: number): Float32Array {
  probes[twin].kernels.drawNormal(RANDOM, RESULT, n);
  return floats(twin, n * LANES[twin]).slice();
}

const column = (rows: Float32Array, lane: number) => rows.filter((_, i) => i % 4 === lane);

function fill(twin: Twin, kernel: "fillUniform" | "fillNormal", n: number, seed = 3, purpose = 2, stream = 9): Float32Array {
  probes[twin].kernels[kernel](RESULT, n, seed, purpose, stream);
  return floats(twin, n).slice();
}

function shuffled(twin: Twin, n: number, seed = 3, epoch = 0): Uint32Array {
  probes[twin].kernels.shuffle(RESULT, n, seed, PURPOSE.shuffling, epoch);
  return words(twin, n).slice();
}

const mean = (xs: Float32Array, f: (x: number) => number = (x) => x) => xs.reduce((sum, x) => sum + f(x), 0) / xs.length;

/** Pearson's statistic of counts that should all be alike, in standard deviations from its mean. */
function chiSquareDeviation(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return (statistic - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

/** Seeds are fixed, so that these tests give the same answer always; by chance one in some 10,000 seeds would fail one. */
const FOUR_SIGMA = 4;

function histogram(bins: number, values: Iterable<number>): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[value] = (counts[value] as number) + 1;
  return counts;
}

/** Lengths around groups of 4, 8 and 16, and several full ones. */
const LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 23, 31, 33, 48, 63, 64, 65, 77];
const MANY = 1 << 18;

describe("philox", () => {
  /** Random123's kat_vectors, philox4x32 with 10 rounds. */
  const KNOWN = [
    { counter: "00000000 00000000 00000000 00000000", key: "00000000 00000000", out: "6627e8d5 e169c58d bc57ac4c 9b00dbd8" },
    { counter: "ffffffff ffffffff ffffffff ffffffff", key: "ffffffff ffffffff", out: "408f276d 41c83b0e a20bc7c6 6d5451fd" },
    { counter: "243f6a88 85a308d3 13198a2e 03707344", key: "a4093822 299f31d0", out: "d16cfe09 94fdcceb 5001e420 24126ea1" },
  ].map((hex) => ({
    counter: parse(hex.counter) as Words,
    key: parse(hex.key) as [number, number],
    out: parse(hex.out) as Words,
  }));

  function parse(hex: string): number[] {
    return hex.split(" ").map((word) => Number.parseInt(word, 16));
  }

  function one(counter: Words, [key0, key1]: [number, number]): number[] {
    words("scalar", 4, PARAMETERS).set(counter);
    probes.scalar.kernels.philoxOne(RESULT, PARAMETERS, key0, key1);
    return [...words("scalar", 4)];
  }

  function four(counters: readonly Words[], [key0, key1]: [number, number]): number[][] {
    words("simd", 16, PARAMETERS).set([0, 1, 2, 3].flatMap((word) => counters.map((counter) => counter[word] as number)));
    probes.simd.kernels.philoxFour(RESULT, PARAMETERS, key0, key1);
    return counters.map((_, lane) => [0, 1, 2, 3].map((word) => words("simd", 16)[4 * word + lane] as number));
  }

  it.each(KNOWN)("answers Random123's known vector $out", ({ counter, key, out }) => {
    expect(philox(counter, ...key)).toEqual(out);
    expect(one(counter, key)).toEqual(out);
    expect(four([counter, counter, counter, counter], key)).toEqual([out, out, out, out]);
  });

  it("agrees with BigInt arithmetic on random counters and keys, one and four at a time", () => {
    const random = randomNumbers(1);
    const word = () => Math.floor(random() * 2 ** 32);
    for (let trial = 0; trial < 200; trial++) {
      const counters = Array.from({ length: 4 }, () => [word(), word(), word(), word()] as Words);
      const key: [number, number] = [word(), word()];
      const wanted = counters.map((counter) => philox(counter, ...key));
      expect(counters.map((counter) => one(counter, key))).toEqual(wanted);
      expect(four(counters, key)).toEqual(wanted);
    }
  });
});

describe("Purpose", () => {
  it("is the same list in AssemblyScript and in TypeScript", () => {
    const names = Object.keys(PURPOSE) as (keyof typeof PURPOSE)[];
    expect(Object.fromEntries(names.map((name) => [name, probes.simd.kernels[name].value]))).toEqual(PURPOSE);
  });
});

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
