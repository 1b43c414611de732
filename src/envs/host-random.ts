/**
 * Random numbers for environments written in TypeScript: the streams of assembly/lanes/random.ts, bit by bit, in integer
 * arithmetic that every host does alike.
 */
import { log } from "../core/elementary.js";
import type { Numbers } from "../core/run-state.js";
import { checkSeed, PURPOSE, type Purpose } from "../core/seeds.js";

const ROUNDS = 10;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9; // golden ratio
const WEYL_1 = 0xbb67ae85; // √3 - 1
/** Words of a block. */
const WORDS = 4;
const WORD = 2 ** 32;
const UNIT = 2 ** -24;

/**
 * The stream of one episode. A draw is a function of (seed, purpose, lane, episode) and of how many draws came before it in the
 * episode, so that an episode is the same however many others run beside it.
 */
export class HostRandom {
  readonly #words = new Uint32Array(WORDS);
  #seed = 0;
  #purpose: Purpose = PURPOSE.environment;
  #lane = 0;
  #episode = 0;
  #blocks = 0;
  #used = WORDS;
  #spare: number | undefined;

  /** A stream of a seed, for trying an environment by hand; in training each lane has its own. */
  constructor(seed = 0) {
    this.begin(seed, PURPOSE.environment, 0, 0);
  }

  /** Starts the stream of an episode. */
  begin(seed: number, purpose: Purpose, lane: number, episode: number): this {
    this.#seed = checkSeed(seed);
    this.#purpose = purpose;
    this.#lane = lane;
    this.#episode = episode;
    this.#blocks = 0;
    this.#used = WORDS;
    this.#spare = undefined;
    return this;
  }

  /** All that decides the draws to come. */
  get position(): Numbers {
    const spare = this.#spare ?? Number.NaN;
    return Float64Array.of(this.#seed, this.#purpose, this.#lane, this.#episode, this.#blocks, this.#used, spare, ...this.#words);
  }

  set position(numbers: Numbers) {
    const [seed, purpose, lane, episode, blocks, used, spare, ...words] = numbers as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    this.begin(seed, purpose as Purpose, lane, episode);
    this.#blocks = blocks;
    this.#used = used;
    this.#spare = Number.isNaN(spare) ? undefined : spare;
    this.#words.set(words);
  }

  /** Uniform in [low, high), on a grid of (high - low)·2^-24. All numbers are float32, as in compiled environments. */
  uniform(low = 0, high = 1): number {
    const [from, to] = [Math.fround(low), Math.fround(high)];
    const x = Math.fround(from + Math.fround(Math.fround(to - from) * this.#unit()));
    return x < to ? x : from; // rounding may reach high
  }

  /** One of 0 … n-1, all equally likely (Lemire 2019, "Fast random integer generation in an interval"). n is at most 2³². */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > WORD) throw new RangeError(`integer(n) wants an n from 1 to 2³², not ${n}`);
    const biased = WORD % n; // so many words too many
    let word = this.bits();
    while (lowProduct(word, n) < biased) word = this.bits();
    return n === WORD ? word : highProduct(word, n);
  }

  /** Standard normal, by Marsaglia's polar method (1964) with a logarithm of our own: the same bits on every host. */
  normal(): number {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare ?? this.#drawPair();
  }

  /** 32 random bits, as an integer in [0, 2³²). */
  bits(): number {
    if (this.#used === WORDS) {
      philox(this.#words, this.#lane, this.#episode, 0, this.#blocks++, this.#seed, this.#purpose);
      this.#used = 0;
    }
    return this.#words[this.#used++] as number;
  }

  /** Uniform in [0, 1): a multiple of 2^-24. */
  #unit(): number {
    return (this.bits() >>> 8) * UNIT;
  }

  #drawPair(): number {
    for (;;) {
      const [u, v] = [this.#signed(), this.#signed()];
      const square = u * u + v * v;
      if (square >= 1) continue;
      const scale = Math.sqrt((-2 * log(square)) / square);
      this.#spare = v * scale;
      return u * scale;
    }
  }

  /** Uniform in (-1, 1), never 0. */
  #signed(): number {
    return (2 * this.bits() + 1) / WORD - 1;
  }
}

/** Writes the four words of a counter under a key: Philox4x32-10, as in assembly/lanes/philox.ts. */
function philox(words: Uint32Array, c0: number, c1: number, c2: number, c3: number, k0: number, k1: number): void {
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = highProduct(c0, MULTIPLIER_0);
    const high1 = highProduct(c2, MULTIPLIER_1);
    const low0 = lowProduct(c0, MULTIPLIER_0);
    const low1 = lowProduct(c2, MULTIPLIER_1);
    c0 = (high1 ^ c1 ^ k0) >>> 0;
    c1 = low1;
    c2 = (high0 ^ c3 ^ k1) >>> 0;
    c3 = low0;
    k0 = (k0 + WEYL_0) >>> 0;
    k1 = (k1 + WEYL_1) >>> 0;
  }
  words[0] = c0;
  words[1] = c1;
  words[2] = c2;
  words[3] = c3;
}

/** The lower word of a 32×32-bit product. */
function lowProduct(a: number, b: number): number {
  return Math.imul(a, b) >>> 0;
}

/** The upper word of a 32×32-bit product, by halves: no sum leaves the integers below 2³². */
function highProduct(a: number, b: number): number {
  const [aLow, aHigh, bLow, bHigh] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const carried = aLow * bHigh + (middle & 0xffff);
  return aHigh * bHigh + (middle >>> 16) + (carried >>> 16);
}
