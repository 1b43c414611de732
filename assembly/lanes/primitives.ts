/**
 * What lanes code cannot say for itself: bits, and the few steps that need float64.
 * Each function is generic. Lanes code calls it with `T = v128`, its scalar twin with `T = f32` (a condition with
 * `T = bool`), and both give the same bits. "Bits" in a name or comment is an integer carried in an f32: never compute with it.
 */

/** Bits of a float32 below its exponent. */
const FRACTION_BITS: i32 = 23;
const SQRT_HALF_BITS: i32 = 0x3f3504f3;

/** 1 if the condition holds in any lane, else 0. */
@inline
export function anyLane<T>(condition: T): i32 {
  if (isVector<T>()) return i32(v128.any_true(condition));
  return i32(condition);
}

/** One f32 of memory, in all lanes. */
@inline
export function broadcast<T>(address: usize): T {
  if (isVector<T>()) return v128.load32_splat(address);
  return load<f32>(address);
}

/** The smaller of both, in one instruction where `min` takes several; a NaN in x stays, one in limit doesn't count. */
@inline
export function atMost<T>(x: T, limit: T): T {
  if (isVector<T>()) return f32x4.pmin(x, limit);
  return limit < x ? limit : x;
}

/** The larger of both, in one instruction where `max` takes several; a NaN in x stays, one in limit doesn't count. */
@inline
export function atLeast<T>(x: T, limit: T): T {
  if (isVector<T>()) return f32x4.pmax(x, limit);
  return x < limit ? limit : x;
}

/** 2^n, where the bits of t end in the nine bits of n + 127; 0 for n = -127. */
@inline
export function exponentFromBits<T>(t: T): T {
  if (isVector<T>()) return i32x4.shl(t, FRACTION_BITS);
  return reinterpret<f32>(reinterpret<i32>(t) << FRACTION_BITS);
}

/** The e in x = m·2^e with √½ <= m < √2, for positive normal x. */
@inline
export function exponent<T>(x: T): T {
  if (isVector<T>()) return f32x4.convert_i32x4_s(exponentBits<v128>(x));
  return <f32>exponentBits<i32>(reinterpret<i32>(x));
}

/** The m in x = m·2^e with √½ <= m < √2, for positive normal x. */
@inline
export function mantissa<T>(x: T): T {
  if (isVector<T>()) return i32x4.sub(x, i32x4.shl(exponentBits<v128>(x), FRACTION_BITS));
  const bits = reinterpret<i32>(x);
  return reinterpret<f32>(bits - (exponentBits<i32>(bits) << FRACTION_BITS));
}

/** `T = i32` or four of them in a v128. */
@inline
function exponentBits<T>(bits: T): T {
  if (isVector<T>()) return i32x4.shr_s(i32x4.sub(bits, i32x4.splat(SQRT_HALF_BITS)), FRACTION_BITS);
  return (bits - SQRT_HALF_BITS) >> FRACTION_BITS;
}

const TWO_OVER_PI: f64 = 0.6366197723675814;
/** π/2 in two parts: 33 bits, so that products with up to 2^20 quarter turns are exact, and the rest (fdlibm, e_rem_pio2.c). */
const PIO2_HIGH: f64 = 1.5707963267341256;
const PIO2_LOW: f64 = 6.077100506506192e-11;
/** 1.5·2^52: adding it rounds to an integer, which then stands in the low bits. */
const ROUND: f64 = 6755399441055744;

/** Bits of k, the whole number of quarter turns nearest to x radians; its low bits hold up to |x| = 2^51. */
@inline
export function quarterTurns<T>(x: T): T {
  if (isVector<T>()) return v128.shuffle<i32>(roundedTurns<v128>(lowHalf(x)), roundedTurns<v128>(highHalf(x)), 0, 2, 4, 6);
  return reinterpret<f32>(<i32>reinterpret<i64>(roundedTurns<f64>(x)));
}

/** x - k·π/2 for the k of {@link quarterTurns}, rounded once from float64; exact in float64 up to |x| = 2^20. */
@inline
export function withinQuarter<T>(x: T): T {
  if (isVector<T>()) {
    const low = f32x4.demote_f64x2_zero(quarterRemainder<v128>(lowHalf(x)));
    const high = f32x4.demote_f64x2_zero(quarterRemainder<v128>(highHalf(x)));
    return v128.shuffle<i64>(low, high, 0, 2);
  }
  return <f32>quarterRemainder<f64>(x);
}

@inline
function lowHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

@inline
function highHalf(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

/** `T = f64` or two of them in a v128, here and below. */
@inline
function roundedTurns<T>(x: T): T {
  if (isVector<T>()) return f64x2.add(f64x2.mul(x, f64x2.splat(TWO_OVER_PI)), f64x2.splat(ROUND));
  return x * TWO_OVER_PI + ROUND;
}

@inline
function quarterRemainder<T>(x: T): T {
  if (isVector<T>()) {
    const k = f64x2.sub(roundedTurns<v128>(x), f64x2.splat(ROUND));
    return f64x2.sub(f64x2.sub(x, f64x2.mul(k, f64x2.splat(PIO2_HIGH))), f64x2.mul(k, f64x2.splat(PIO2_LOW)));
  }
  const k = roundedTurns<f64>(x) - ROUND;
  return x - k * PIO2_HIGH - k * PIO2_LOW;
}

/** Bits of k + 1. */
@inline
export function nextTurn<T>(turns: T): T {
  if (isVector<T>()) return i32x4.sub(turns, i32x4.splat(-1));
  return reinterpret<f32>(reinterpret<i32>(turns) + 1);
}

/** `odd` where the bits of turns are odd, else `even`. */
@inline
export function byParity<T>(turns: T, odd: T, even: T): T {
  if (isVector<T>()) return v128.bitselect(odd, even, i32x4.shr_s(i32x4.shl(turns, 31), 31));
  return reinterpret<i32>(turns) & 1 ? odd : even;
}

/** -y in every second half turn: where bit 1 of turns is set. */
@inline
export function byHalfTurn<T>(turns: T, y: T): T {
  if (isVector<T>()) return v128.xor(y, i32x4.shl(i32x4.shr_u(turns, 1), 31));
  return reinterpret<f32>(reinterpret<i32>(y) ^ ((reinterpret<i32>(turns) >>> 1) << 31));
}

/** The numbers of a group's lanes, from `first` on, as bits. */
@inline
export function laneNumbers<T>(first: u32): T {
  if (isVector<T>()) return i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3));
  return reinterpret<f32>(first);
}

/** The same bits in all lanes. */
@inline
export function sameBits<T>(bits: u32): T {
  if (isVector<T>()) return i32x4.splat(bits);
  return reinterpret<f32>(bits);
}

const UNIT: f32 = 5.9604644775390625e-8; // 2^-24

/** The upper 24 of 32 bits as a number in [0, 1): a multiple of 2^-24, so that nothing is rounded. */
@inline
export function unitFromBits<T>(bits: T): T {
  if (isVector<T>()) return f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 8)), f32x4.splat(UNIT));
  return <f32>(reinterpret<u32>(bits) >> 8) * UNIT;
}
