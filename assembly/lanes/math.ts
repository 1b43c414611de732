/**
 * Elementary functions for lanes code, free of branches; the scalar twins give the same bits.
 * A NaN gives a NaN, the sign of a zero is not kept. Nothing here depends on the host's Math. Errors in units of the last
 * place, held to by test/assembly/math.test.ts: log and log1p 0.9, exp 1, sin and cos 1.6, expm1 1.7, softplus 2,
 * sinTurns and cosTurns 2.1, sigmoid 2.6, tanh 3.9.
 */
import {
  anyLane,
  atLeast,
  atMost,
  byHalfTurn,
  byParity,
  exponent,
  exponentFromBits,
  mantissa,
  nextTurn,
  quarterTurns,
  withinQuarter,
} from "./primitives";

const LOG2_E: f32 = 1.4426950408889634;
/** ln 2 in two parts: 15 bits, so that products with exponents are exact, and the rest (fdlibm, e_expf.c). */
const LN2_HIGH: f32 = 6.9314575195e-1;
const LN2_LOW: f32 = 1.4286067653e-6;
const HALF_PI: f32 = 1.5707963267948966;

/** 1.5·2^23: adding it rounds to an integer n, which then stands in the low bits … */
const ROUND: f32 = 12582912;
/** … and here n + 127 does, the exponent field of 2^n. */
const ROUND_EXPONENT: f32 = 12583039;

/** e^x. Infinity from x = 88.7228 on, where it leaves float32. Flushes to 0 below 2^-126.5 (x < -87.68). */
@lanes
@inline
export function exp(x: f32): f32 {
  const n = exponentForExp(x);
  const r = remainderForExp(x, n);
  return (r * r * expTail(r) + r + 1) * exponentFromBits(n);
}

/** e^x - 1, accurate near 0. */
@lanes
@inline
export function expm1(x: f32): f32 {
  const n = exponentForExp(x);
  const r = remainderForExp(x, n);
  const power = exponentFromBits(n);
  return power * (r * r * expTail(r) + r) + (power - 1);
}

/** Below this e^x flushes to 0: 2^n with n = -127 has the bits of 0. */
const EXP_LOWEST: f32 = -88.3;
/** Above this n stays 127, the largest exponent, and the remainder grows up to ln 2 before the result overflows. */
const EXP_HIGHEST: f32 = 88;

/** The integer n nearest to x·log2(e), plus ROUND_EXPONENT. */
@lanes
@inline
function exponentForExp(x: f32): f32 {
  return atMost(atLeast(x, EXP_LOWEST), EXP_HIGHEST) * LOG2_E + ROUND_EXPONENT;
}

/** x - n·ln 2 in [-½ ln 2, ln 2] (Cody & Waite 1980). */
@lanes
@inline
function remainderForExp(x: f32, n: f32): f32 {
  const k = n - ROUND_EXPONENT;
  return atLeast(x, EXP_LOWEST) - k * LN2_HIGH - k * LN2_LOW;
}

/** (e^r - 1 - r) / r². Minimax (Remez) for r in [-½ ln 2, ln 2]: relative error of e^r 1.5e-9. */
@lanes
@inline
function expTail(r: f32): f32 {
  const r2 = r * r;
  const highest: f32 = 2.32431005e-4 * r + 1.38398027e-3;
  const middle: f32 = 8.32676329e-3 * r + 4.16680537e-2;
  const lowest: f32 = 1.66666999e-1 * r + 4.9999994e-1;
  return (highest * r2 + middle) * r2 + lowest;
}

const TANH_SATURATED: f32 = 10;
const TWO_LOG2_E: f32 = 2.8853900817779268;

/** tanh x = (e^2x - 1) / (e^2x + 1), never beyond ±1. One rounding of 2x·log2(e) suffices: tanh flattens as it grows. */
@lanes
@inline
export function tanh(x: f32): f32 {
  const t = atMost(atLeast(x, -TANH_SATURATED), TANH_SATURATED) * TWO_LOG2_E;
  const n = t + ROUND_EXPONENT;
  const power = exponentFromBits(n);
  const growth = power * exp2m1(t - (n - ROUND_EXPONENT)) + (power - 1);
  return growth / (growth + 2);
}

/** 2^f - 1 for f in [-½, ½]. Minimax (Remez): relative error 1.1e-8. */
@lanes
@inline
function exp2m1(f: f32): f32 {
  const f2 = f * f;
  const highest: f32 = 1.54035137e-4 * f + 1.3390966e-3;
  const middle: f32 = 9.61823855e-3 * f + 5.55035733e-2;
  return ((highest * f2 + middle) * f2 + f * 2.40226507e-1 + 6.93147182e-1) * f;
}

/** The logistic function 1 / (1 + e^-x). */
@lanes
@inline
export function sigmoid(x: f32): f32 {
  return 1 / (1 + exp(-x));
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|). */
@lanes
@inline
export function softplus(x: f32): f32 {
  return atLeast(x, 0) + log1pOfUnit(exp(-abs(x)));
}

/** Smallest normal f32, 2^-126. */
const SMALLEST_NORMAL: f32 = 1.1754943508222875e-38;

/** ln x: -Infinity for 0, NaN below. Positive subnormals count as 2^-126. */
@lanes
@inline
export function log(x: f32): f32 {
  const beyond: f32 = x == 0 ? -Infinity : sqrt(x);
  return x > 0 && x < Infinity ? logOfNormal(atLeast(x, SMALLEST_NORMAL)) : beyond;
}

/** ln x for positive normal x only. */
@lanes
@inline
export function logOfNormal(x: f32): f32 {
  return logOfParts(exponent(x), mantissa(x) - 1, 0);
}

/** ln(1 + x), accurate near 0: -Infinity for -1, NaN below. */
@lanes
@inline
export function log1p(x: f32): f32 {
  const y = x + 1;
  const beyond: f32 = y == 0 ? -Infinity : sqrt(y);
  const lost = x - (y - 1); // in rounding 1 + x
  return y > 0 && y < Infinity ? logOfParts(exponent(y), mantissa(y) - 1, lost / y) : beyond;
}

/** ln(1 + x) for x in [0, 1] only: as {@link logOfParts}, but with a minimax (Remez) fit to that range, relative error 4.5e-9. */
@lanes
@inline
function log1pOfUnit(x: f32): f32 {
  const s = x / (x + 2);
  const z = s * s;
  const highest: f32 = 0.280119866 * z + 0.280018061;
  const lowest: f32 = 0.400215268 * z + 0.666664183;
  const half = x * x * 0.5;
  return s * (half + (highest * (z * z) + lowest) * z) - half + x;
}

/** k·ln 2 + ln(1 + f) + correction for f in [√½ - 1, √2 - 1], by s = f / (2 + f) (fdlibm, e_logf.c in its FreeBSD form). */
@lanes
@inline
function logOfParts(k: f32, f: f32, correction: f32): f32 {
  const s = f / (f + 2);
  const z = s * s;
  const w = z * z;
  const odd: f32 = (0.28498786688 * w + 0.66666662693) * z;
  const even: f32 = (0.24279078841 * w + 0.40000972152) * w;
  const half = f * f * 0.5;
  return s * (half + (odd + even)) + (k * LN2_LOW + correction) - half + f + k * LN2_HIGH;
}

/** Up to here the nearest quarter turn is none: reduction would change no bit, so it is left out where all lanes are this near. */
const NEAR_ZERO: f32 = 0.785;

/** sin x, x in radians. Accurate to |x| = 2^20; loses digits with the size of x beyond, but stays in [-1, 1]. */
@lanes
@inline
export function sin(x: f32): f32 {
  if (!anyLane(abs<f32>(x) > NEAR_ZERO)) return sinOfEighth(x);
  return wave(quarterTurns(x), bounded(withinQuarter(x)));
}

/** cos x, x in radians, as {@link sin}. Both of one angle share most of their work. */
@lanes
@inline
export function cos(x: f32): f32 {
  if (!anyLane(abs<f32>(x) > NEAR_ZERO)) return cosOfEighth(x);
  return wave(nextTurn(quarterTurns(x)), bounded(withinQuarter(x)));
}

/** sin 2πx for |x| <= 2^20. */
@lanes
@inline
export function sinTurns(x: f32): f32 {
  return wave(quartersOf(x), remainderOf(x));
}

/** cos 2πx for |x| <= 2^20. */
@lanes
@inline
export function cosTurns(x: f32): f32 {
  return wave(nextTurn(quartersOf(x)), remainderOf(x));
}

@lanes
@inline
function quartersOf(x: f32): f32 {
  return 4 * x + ROUND;
}

@lanes
@inline
function remainderOf(x: f32): f32 {
  return (4 * x - (quartersOf(x) - ROUND)) * HALF_PI;
}

/** A little more than π/4. */
const EIGHTH_TURN: f32 = 0.7854;

/** Beyond 2^20 rounding can carry the remainder out of the polynomials' range. */
@lanes
@inline
function bounded(r: f32): f32 {
  return atMost(atLeast(r, -EIGHTH_TURN), EIGHTH_TURN);
}

/** sin(turns·π/2 + r) for |r| <= π/4; of turns only the low bits count. */
@lanes
@inline
function wave(turns: f32, r: f32): f32 {
  return byHalfTurn(turns, byParity(turns, cosOfEighth(r), sinOfEighth(r)));
}

/** sin r for |r| <= π/4 (Cephes, sinf.c). */
@lanes
@inline
function sinOfEighth(r: f32): f32 {
  const z = r * r;
  return ((-1.9515295891e-4 * z + 8.3321608736e-3) * z - 1.6666654611e-1) * z * r + r;
}

/** cos r for |r| <= π/4 (Cephes, cosf.c). */
@lanes
@inline
function cosOfEighth(r: f32): f32 {
  const z = r * r;
  return ((2.443315711809948e-5 * z - 1.388731625493765e-3) * z + 4.166664568298827e-2) * (z * z) - z * 0.5 + 1;
}
