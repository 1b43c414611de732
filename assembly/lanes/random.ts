/** Random numbers for lanes code: every lane has a stream of its own, the same however many lanes run beside it. */
import { cosTurns, logOfNormal, sinTurns } from "./math";
import { philox } from "./philox";
import { laneNumbers, sameBits, unitFromBits } from "./primitives";

/** What a stream is for: the second half of the key, so that one seed serves all without overlap. */
export enum Purpose {
  ENVIRONMENT,
  ACTING,
  INITIALISATION,
  SHUFFLING,
  EVALUATION,
  REPLAY,
  LEARNING,
}

/** Words of a block. */
const WORDS = 4;
/** The episode of draws that belong to none. */
const NO_EPISODE: u32 = u32.MAX_VALUE;

/**
 * The streams of one group of lanes. A draw is a function of (seed, purpose, lane, episode, step) and of how many draws
 * came before it since {@link begin} or {@link beginStep}; there is no other state. Lanes draw together.
 */
@lanes
@unmanaged
export class Random {
  // Philox's counter, as bits: the first three words name the sequence, the fourth counts its blocks.
  lane: f32;
  episode: f32;
  step: f32;
  // The block drawn last, as bits.
  word0: f32;
  word1: f32;
  word2: f32;
  word3: f32;
  // The second of a pair of normals.
  spare: f32;
  hasSpare: i32;
  seed: u32;
  purpose: u32;
  blocks: u32; // drawn
  used: i32; // words of the last one
  firstLane: i32; // what lanes are counted from, where others run elsewhere; 0 in zeroed memory

  /** Starts the sequence of an episode's beginning. The counts of episodes, u32 `[LANES]`, stand at `episodes`. */
  begin(seed: u32, purpose: u32, lane: i32, episodes: usize): void {
    this.restart(seed, purpose, lane);
    this.episode = load<f32>(episodes);
    this.step = sameBits<f32>(0);
  }

  /** Starts the sequence of one step, which all lanes count alike. */
  beginStep(seed: u32, purpose: u32, lane: i32, step: u32): void {
    this.restart(seed, purpose, lane);
    this.episode = sameBits<f32>(NO_EPISODE);
    this.step = sameBits<f32>(step);
  }

  private restart(seed: u32, purpose: u32, lane: i32): void {
    this.seed = seed;
    this.purpose = purpose;
    this.lane = laneNumbers<f32>(this.firstLane + lane);
    this.blocks = 0;
    this.used = WORDS;
    this.hasSpare = 0;
  }

  /** Uniform in [low, high), on a grid of (high - low)·2^-24. */
  uniform(low: f32, high: f32): f32 {
    const x = low + (high - low) * this.unit();
    return x < high ? x : low; // rounding may reach high
  }

  /** Uniform in [0, 1): a multiple of 2^-24. */
  unit(): f32 {
    return unitFromBits(this.bits());
  }

  /** Standard normal (Box & Muller 1958), |x| <= 5.77. */
  normal(): f32 {
    if (this.hasSpare) {
      this.hasSpare = 0;
      return this.spare;
    }
    const radius = radiusFromBits(this.bits());
    const angle = unitFromBits(this.bits());
    this.spare = radius * sinTurns(angle);
    this.hasSpare = 1;
    return radius * cosTurns(angle);
  }

  /** 32 random bits, carried in a number: not to be computed with. */
  bits(): f32 {
    if (this.used == WORDS) this.draw();
    const word = this.words() + <usize>this.used * sizeof<f32>();
    this.used++;
    return load<f32>(word);
  }

  private draw(): void {
    drawBlock(this.words(), this.counter(), this.blocks++, this.seed, this.purpose);
    this.used = 0;
  }

  private words(): usize {
    return changetype<usize>(this) + offsetof<Random>("word0");
  }

  private counter(): usize {
    return changetype<usize>(this) + offsetof<Random>("lane");
  }
}

/** Distance from the origin of a pair of normals; the logarithm's argument is in (0, 1]. */
@lanes
@inline
export function radiusFromBits(bits: f32): f32 {
  return sqrt(logOfNormal(1 - unitFromBits(bits)) * -2);
}

/** Writes block number `block`, `[4][LANES]`, for the rest of the counter, `[3][LANES]`. */
function drawBlock(words: usize, counter: usize, block: u32, seed: u32, purpose: u32): void {
  if (LANES == 4) drawWords<v128>(words, counter, i32x4.splat(block), seed, purpose);
  else drawWords<u32>(words, counter, block, seed, purpose);
}

@inline
function drawWords<T>(words: usize, counter: usize, block: T, seed: u32, purpose: u32): void {
  const size = sizeof<T>();
  const episode = load<T>(counter + size);
  const step = load<T>(counter + 2 * size);
  philox<T>(words, size, usize.MAX_VALUE, load<T>(counter), episode, step, block, seed, purpose);
}
