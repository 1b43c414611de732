/** y[n] ← f(x[n]) on f32, where f has parameters; otherwise as in unary.ts. Parameters are f64 here, and rounded to f32 before use. */
import { exp, log } from "../lanes/math";
import { atLeast, atMost } from "../lanes/primitives";
import { storeLanes } from "../lanes/rows";
import { GROUP, lanesOfLast, lastGroup } from "./groups";

const LEAKY_RELU = 0;
const STEP = 1;
const CLIP = 2;
const REAL_POWER = 3;

/** y ← x > 0 ? x : slope · x */
export function leakyRelu(y: usize, x: usize, n: i32, slope: f64): void { map(LEAKY_RELU, y, x, n, slope, 0); }

/** y ← x > 0 ? 1 : slope; NaN for a NaN. */
export function step(y: usize, x: usize, n: i32, slope: f64): void { map(STEP, y, x, n, slope, 0); }

/** y ← min(max(x, low), high); NaN for a NaN. */
export function clip(y: usize, x: usize, n: i32, low: f64, high: f64): void { map(CLIP, y, x, n, low, high); }

@inline
function map(op: i32, y: usize, x: usize, n: i32, first: f64, second: f64): void {
  if (n <= 0) return;
  const last = lastGroup(y, n);
  for (;;) {
    const value = mapped(op, x, first, second);
    if (y >= last) return storeLanes(y, value, lanesOfLast(n));
    storeLanes(y, value, LANES);
    y += GROUP;
    x += GROUP;
  }
}

@lanes
@inline
function mapped(op: i32, address: usize, first: f64, second: f64): f32 {
  const x = load<f32>(address);
  if (op == LEAKY_RELU) return x > 0 ? x : x * <f32>first;
  if (op == STEP) return x > 0 ? 1 : x == x ? <f32>first : x;
  if (op == CLIP) return atMost(atLeast(x, <f32>first), <f32>second);
  return exp(log(x) * <f32>first);
}

/** Beyond this an integer exponent's multiplications lose more digits than logarithms do. */
const LARGEST_WHOLE_EXPONENT: f32 = 64;

/**
 * y[n] ← x[n] to the power of the one number at `exponent`. Integers up to 64 multiply, with a relative error of at most that many
 * roundings; others take exp(exponent · ln x), whose error grows with |exponent · ln x| and which is NaN for x < 0, -Infinity included.
 */
export function power(y: usize, x: usize, exponent: usize, n: i32): void {
  const e = load<f32>(exponent);
  if (e == nearest(e) && abs(e) <= LARGEST_WHOLE_EXPONENT) {
    for (let i = 0; i < n; i += LANES) wholePower(y + (<usize>i << 2), x + (<usize>i << 2), <i32>e, min<i32>(n - i, LANES));
  } else {
    map(REAL_POWER, y, x, n, e, 0);
  }
}

/** By squaring: the bits of the exponent say which squares take part. */
@lanes
function wholePower(y: usize, x: usize, exponent: i32, live: i32): void {
  let result: f32 = 1;
  let square = load<f32>(x);
  for (let bits = abs<i32>(exponent); bits; bits >>= 1) {
    if (bits & 1) result *= square;
    square *= square;
  }
  if (exponent < 0) result = 1 / result;
  storeLanes(y, result, live);
}
