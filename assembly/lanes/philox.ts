/**
 * Philox4x32-10 (Salmon, Moraes, Dror & Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011; Random123): a
 * bijection of 128-bit counters under a 64-bit key, whose outputs pass as random. No state: any word is had by its counter.
 */

const ROUNDS = 10;
const MULTIPLIER_0: u32 = 0xd2511f53;
const MULTIPLIER_1: u32 = 0xcd9e8d57;
const WEYL_0: u32 = 0x9e3779b9; // golden ratio
const WEYL_1: u32 = 0xbb67ae85; // √3 - 1

/**
 * Writes the four words of a counter, `stride` bytes apart from `words` on, those before the address `end`.
 * `T = u32` is one counter, `T = v128` four of them: word i of all four then stands together.
 */
export function philox<T>(words: usize, stride: usize, end: usize, c0: T, c1: T, c2: T, c3: T, key0: u32, key1: u32): void {
  let k0 = splat<T>(key0 - WEYL_0);
  let k1 = splat<T>(key1 - WEYL_1);
  let round = ROUNDS;
  do {
    k0 = add<T>(k0, splat<T>(WEYL_0));
    k1 = add<T>(k1, splat<T>(WEYL_1));
    const low0 = lowProduct<T>(c0, MULTIPLIER_0);
    const high0 = highProduct<T>(c0, MULTIPLIER_0);
    const low1 = lowProduct<T>(c2, MULTIPLIER_1);
    const high1 = highProduct<T>(c2, MULTIPLIER_1);
    c0 = xor<T>(xor<T>(high1, c1), k0);
    c1 = low1;
    c2 = xor<T>(xor<T>(high0, c3), k1);
    c3 = low0;
  } while (--round);
  storeBefore<T>(words, end, c0);
  storeBefore<T>(words + stride, end, c1);
  storeBefore<T>(words + 2 * stride, end, c2);
  storeBefore<T>(words + 3 * stride, end, c3);
}

/** The low words of 32×32-bit products. */
@inline
function lowProduct<T>(x: T, multiplier: u32): T {
  if (isVector<T>()) return i32x4.mul(x, i32x4.splat(multiplier));
  return x * multiplier;
}

/** The high words of 32×32-bit products. */
@inline
function highProduct<T>(x: T, multiplier: u32): T {
  if (isVector<T>()) {
    const m = i32x4.splat(multiplier);
    return v128.shuffle<i32>(i64x2.extmul_low_i32x4_u(x, m), i64x2.extmul_high_i32x4_u(x, m), 1, 3, 5, 7);
  }
  return <u32>((<u64>x * <u64>multiplier) >> 32);
}

/** The same word in each counter. */
@inline
export function splat<T>(x: u32): T {
  if (isVector<T>()) return i32x4.splat(x);
  return x;
}

@inline
function add<T>(a: T, b: T): T {
  if (isVector<T>()) return i32x4.add(a, b);
  return a + b;
}

@inline
function xor<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.xor(a, b);
  return a ^ b;
}

/** Stores the words of `value` that lie before `end`. */
@inline
function storeBefore<T>(address: usize, end: usize, value: T): void {
  if (address + sizeof<T>() <= end) {
    store<T>(address, value);
  } else if (isVector<T>()) {
    if (address < end) v128.store32_lane(address, value, 0);
    if (address + 4 < end) v128.store32_lane(address, value, 1, 4);
    if (address + 8 < end) v128.store32_lane(address, value, 2, 8);
  }
}
