/** Random numbers in bulk, for memory that is not counted in lanes: uniforms, normals, shuffled indices. */
import { cosTurns, sinTurns } from "./math";
import { philox, splat } from "./philox";
import { broadcast, unitFromBits } from "./primitives";
import { radiusFromBits } from "./random";
import { storeLanes } from "./rows";

/** Stands in the counter where Random counts blocks, which never get so far: no stream is drawn twice. */
const BULK: u32 = u32.MAX_VALUE;
/** Blocks that are drawn together, and their bytes. */
const BLOCKS: u32 = 4;
const GROUP_BYTES = 64;

/** dst f32 `[n]` ← uniform in [0, 1), multiples of 2^-24. */
export function fillUniform(dst: usize, n: i32, seed: u32, purpose: u32, stream: u32): void {
  fillBits(dst, n, seed, purpose, stream);
  const end = dst + (<usize>n << 2);
  if (LANES == 4) for (; dst + 16 <= end; dst += 16) v128.store(dst, unitFromBits<v128>(v128.load(dst)));
  for (; dst < end; dst += 4) store<f32>(dst, unitFromBits<f32>(load<f32>(dst)));
}

/** dst f32 `[n]` ← standard normals (Box & Muller 1958), |x| <= 5.77: pairs four places apart, singles in the last n mod 8 places. */
export function fillNormal(dst: usize, n: i32, seed: u32, purpose: u32, stream: u32): void {
  fillBits(dst, n, seed, purpose, stream);
  const whole = n & ~7;
  for (let i = 0; i < whole; i += 8) {
    for (let lane = 0; lane < 4; lane += LANES) makePairs(dst + (<usize>(i + lane) << 2), dst + (<usize>(i + lane + 4) << 2));
  }
  for (let i = whole; i < n; i++) makeSingle(dst + (<usize>i << 2), i, seed, purpose, stream);
}

/** Two times LANES normals in the place of their bits. */
@lanes
function makePairs(first: usize, second: usize): void {
  const radius = radiusFromBits(load<f32>(first));
  const angle = unitFromBits(load<f32>(second));
  store<f32>(first, radius * cosTurns(angle));
  store<f32>(second, radius * sinTurns(angle));
}

/** One normal in the place of its bits. */
@lanes
function makeSingle(slot: usize, i: i32, seed: u32, purpose: u32, stream: u32): void {
  const radius = radiusFromBits(broadcast<f32>(slot));
  redraw(slot, i, 1, seed, purpose, stream);
  storeLanes(slot, radius * cosTurns(unitFromBits(broadcast<f32>(slot))), 1);
}

/**
 * indices u32 `[n]` ← a permutation of 0 … n-1, all equally likely: Fisher & Yates' shuffle in its "inside-out" form,
 * which reads each random word from the place that it then fills.
 */
export function shuffle(indices: usize, n: i32, seed: u32, purpose: u32, epoch: u32): void {
  fillBits(indices, n, seed, purpose, epoch);
  for (let i = 0; i < n; i++) {
    const slot = indices + (<usize>i << 2);
    const other = indices + (<usize>bounded(slot, i, i + 1, seed, purpose, epoch) << 2);
    store<u32>(slot, load<u32>(other));
    store<u32>(other, i);
  }
}

/** dst u32 `[n]` ← integers in 0 … range-1, all equally likely. */
export function fillIntegers(dst: usize, n: i32, range: u32, seed: u32, purpose: u32, stream: u32): void {
  fillBits(dst, n, seed, purpose, stream);
  for (let i = 0; i < n; i++) {
    const slot = dst + (<usize>i << 2);
    store<u32>(slot, bounded(slot, i, range, seed, purpose, stream));
  }
}

/** Element i's integer in 0 … range-1, from the word at `slot` (Lemire 2019, "Fast random integer generation in an interval"). */
@inline
function bounded(slot: usize, i: i32, range: u32, seed: u32, purpose: u32, stream: u32): u32 {
  let product = <u64>load<u32>(slot) * range;
  if (<u32>product < range) {
    const biased = -range % range; // 2^32 mod range: so many words too many
    for (let attempt: u32 = 1; <u32>product < biased; attempt++) {
      redraw(slot, i, attempt, seed, purpose, stream);
      product = <u64>load<u32>(slot) * range;
    }
  }
  return <u32>(product >> 32);
}

/** slot ← another word for element i. */
function redraw(slot: usize, i: i32, attempt: u32, seed: u32, purpose: u32, stream: u32): void {
  philox<u32>(slot, 4, slot + 4, i, stream, attempt, BULK, seed, purpose);
}

/** dst u32 `[n]` ← random bits: the words of four blocks at a time, word 0 of all four first. */
export function fillBits(dst: usize, n: i32, seed: u32, purpose: u32, stream: u32): void {
  const end = dst + (<usize>n << 2);
  for (let block: u32 = 0; dst < end; block += BLOCKS) {
    if (LANES == 4) philoxGroup<v128>(dst, end, i32x4.add(i32x4.splat(block), i32x4(0, 1, 2, 3)), stream, seed, purpose);
    else for (let i: u32 = 0; i < BLOCKS; i++) philoxGroup<u32>(dst + (i << 2), end, block + i, stream, seed, purpose);
    dst += GROUP_BYTES;
  }
}

/** Writes block number `block`, or four of them, with 16 bytes from word to word. */
@inline
function philoxGroup<T>(dst: usize, end: usize, block: T, stream: u32, seed: u32, purpose: u32): void {
  philox<T>(dst, 16, end, block, splat<T>(stream), splat<T>(0), splat<T>(BULK), seed, purpose);
}
