/** lanes/philox.ts, random.ts and sampling.ts as both twins, Philox in BigInt, and the laws of chance. */
import { compile } from "../../../assembly/compile.mjs";
import { PURPOSE } from "../../../src/core/seeds.js";

export type Twin = "scalar" | "simd";
export type Words = [number, number, number, number];

export const TWINS = ["scalar", "simd"] as const;
export const LANES = { scalar: 1, simd: 4 };

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

export const probes = {} as Record<Twin, Probe>;

/** Both twins, for {@link probes}: to be called before all tests. */
export async function compileProbes(): Promise<void> {
  for (const twin of TWINS) {
    const { binary } = await compile("probe.ts", { twin, files: { "probe.ts": SOURCE } });
    const memory = new WebAssembly.Memory({ initial: 64 });
    const { instance } = await WebAssembly.instantiate(binary as BufferSource, { env: { memory } });
    probes[twin] = { memory, kernels: instance.exports as unknown as Kernels };
  }
}

// Addresses: the group's Random, the counts of its episodes (or a counter), bounds, and results.
export const RANDOM = 1024;
export const PARAMETERS = 2048;
export const BOUNDS = 3072;
export const RESULT = 4096;

/** Philox4x32-10 as its paper defines it. */
export function philox(counter: Words, seed: number, purpose: number): Words {
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

export const ALL_ONES = 0xffffffff;

/** Word i of the bulk stream: four blocks at a time, word 0 of all four first. */
export function bulkWord(i: number, seed: number, purpose: number, stream: number, attempt = 0): number {
  if (attempt > 0) return philox([i, stream, attempt, ALL_ONES], seed, purpose)[0];
  const block = 4 * Math.floor(i / 16) + (i % 4);
  return philox([block, stream, 0, ALL_ONES], seed, purpose)[Math.floor(i / 4) % 4] as number;
}

export const unit = (word: number) => Math.floor(word / 256) / 2 ** 24;

export const floats = (twin: Twin, length: number, address = RESULT) => new Float32Array(probes[twin].memory.buffer, address, length);
export const words = (twin: Twin, length: number, address = RESULT) => new Uint32Array(probes[twin].memory.buffer, address, length);

/** Starts lane `lane` and the lanes of its group in their episodes. */
export function begin(twin: Twin, { seed = 5, purpose = 0, lane = 0, episodes = [0, 0, 0, 0] }) {
  words(twin, 4, PARAMETERS).set(episodes);
  probes[twin].kernels.begin(RANDOM, seed, purpose, lane, PARAMETERS);
}

/** Draws uniforms from the group that was begun, `[n][LANES]`. */
export function draw(twin: Twin, n: number, [low, high]: readonly [number, number] = [0, 1]): Float32Array {
  floats(twin, 2, BOUNDS).set([low, high]);
  probes[twin].kernels.drawUniform(RANDOM, RESULT, n, BOUNDS);
  return floats(twin, n * LANES[twin]).slice();
}

/** Draws normals from the group that was begun, `[n][LANES]`. */
export function drawNormals(twin: Twin, n: number): Float32Array {
  probes[twin].kernels.drawNormal(RANDOM, RESULT, n);
  return floats(twin, n * LANES[twin]).slice();
}

export const column = (rows: Float32Array, lane: number) => rows.filter((_, i) => i % 4 === lane);

export function fill(twin: Twin, kernel: "fillUniform" | "fillNormal", n: number, seed = 3, purpose = 2, stream = 9): Float32Array {
  probes[twin].kernels[kernel](RESULT, n, seed, purpose, stream);
  return floats(twin, n).slice();
}

export function shuffled(twin: Twin, n: number, seed = 3, epoch = 0): Uint32Array {
  probes[twin].kernels.shuffle(RESULT, n, seed, PURPOSE.shuffling, epoch);
  return words(twin, n).slice();
}

export const mean = (xs: Float32Array, f: (x: number) => number = (x) => x) => xs.reduce((sum, x) => sum + f(x), 0) / xs.length;

/** Pearson's statistic of counts that should all be alike, in standard deviations from its mean. */
export function chiSquareDeviation(counts: readonly number[]): number {
  const expected = counts.reduce((a, b) => a + b, 0) / counts.length;
  const statistic = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  return (statistic - (counts.length - 1)) / Math.sqrt(2 * (counts.length - 1));
}

/** Seeds are fixed, so that these tests give the same answer always; by chance one in some 10,000 seeds would fail one. */
export const FOUR_SIGMA = 4;

export function histogram(bins: number, values: Iterable<number>): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) counts[value] = (counts[value] as number) + 1;
  return counts;
}

/** Lengths around groups of 4, 8 and 16, and several full ones. */
export const LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 23, 31, 33, 48, 63, 64, 65, 77];
export const MANY = 1 << 18;
