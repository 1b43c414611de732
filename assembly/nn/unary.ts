/**
 * y[n] ← f(x[n]) on f32. Named after TensorFlow.js's kernels; `x` and `y` may be the same address.
 * Each function is a loop of its own, which ends in its middle: so its formula is compiled once, for whole groups and for the rest.
 * Up to three numbers past the end of x are read, none is written. A NaN gives a NaN; the sign of a zero is not kept.
 */
import { exp, expm1, log, log1p, sigmoid, softplus, tanh } from "../lanes/math";
import { atLeast, atMost } from "../lanes/primitives";
import { storeLanes } from "../lanes/rows";
import { GROUP, lanesOfLast, lastGroup } from "./groups";

const NEG = 0;
const ABS = 1;
const SQUARE = 2;
const SQRT = 3;
const RSQRT = 4;
const RECIPROCAL = 5;
const EXP = 6;
const EXPM1 = 7;
const LOG = 8;
const LOG1P = 9;
const TANH = 10;
const SIGMOID = 11;
const SOFTPLUS = 12;
const RELU = 13;
const RELU6 = 14;
const ELU = 15;
const SIGN = 16;
const FLOOR = 17;
const CEIL = 18;
const ROUND = 19;

export function unaryNeg(y: usize, x: usize, n: i32): void { map(NEG, y, x, n); }
export function unaryAbs(y: usize, x: usize, n: i32): void { map(ABS, y, x, n); }
export function unarySquare(y: usize, x: usize, n: i32): void { map(SQUARE, y, x, n); }
export function unarySqrt(y: usize, x: usize, n: i32): void { map(SQRT, y, x, n); }
export function unaryRsqrt(y: usize, x: usize, n: i32): void { map(RSQRT, y, x, n); }
export function unaryReciprocal(y: usize, x: usize, n: i32): void { map(RECIPROCAL, y, x, n); }
export function unaryExp(y: usize, x: usize, n: i32): void { map(EXP, y, x, n); }
export function unaryExpm1(y: usize, x: usize, n: i32): void { map(EXPM1, y, x, n); }
export function unaryLog(y: usize, x: usize, n: i32): void { map(LOG, y, x, n); }
export function unaryLog1p(y: usize, x: usize, n: i32): void { map(LOG1P, y, x, n); }
export function unaryTanh(y: usize, x: usize, n: i32): void { map(TANH, y, x, n); }
export function unarySigmoid(y: usize, x: usize, n: i32): void { map(SIGMOID, y, x, n); }
export function unarySoftplus(y: usize, x: usize, n: i32): void { map(SOFTPLUS, y, x, n); }
export function unaryRelu(y: usize, x: usize, n: i32): void { map(RELU, y, x, n); }
export function unaryRelu6(y: usize, x: usize, n: i32): void { map(RELU6, y, x, n); }
export function unaryElu(y: usize, x: usize, n: i32): void { map(ELU, y, x, n); }
export function unarySign(y: usize, x: usize, n: i32): void { map(SIGN, y, x, n); }
export function unaryFloor(y: usize, x: usize, n: i32): void { map(FLOOR, y, x, n); }
export function unaryCeil(y: usize, x: usize, n: i32): void { map(CEIL, y, x, n); }
export function unaryRound(y: usize, x: usize, n: i32): void { map(ROUND, y, x, n); }

@inline
function map(op: i32, y: usize, x: usize, n: i32): void {
  if (n <= 0) return;
  const last = lastGroup(y, n);
  for (;;) {
    const value = mapped(op, x);
    if (y >= last) return storeLanes(y, value, lanesOfLast(n));
    storeLanes(y, value, LANES);
    y += GROUP;
    x += GROUP;
  }
}

@lanes
@inline
function mapped(op: i32, address: usize): f32 {
  const x = load<f32>(address);
  if (op == NEG) return -x;
  if (op == ABS) return abs<f32>(x);
  if (op == SQUARE) return x * x;
  if (op == SQRT) return sqrt<f32>(x);
  if (op == RSQRT) return 1 / sqrt<f32>(x);
  if (op == RECIPROCAL) return 1 / x;
  if (op == EXP) return exp(x);
  if (op == EXPM1) return expm1(x);
  if (op == LOG) return log(x);
  if (op == LOG1P) return log1p(x);
  if (op == TANH) return tanh(x);
  if (op == SIGMOID) return sigmoid(x);
  if (op == SOFTPLUS) return softplus(x);
  if (op == RELU) return atLeast(x, 0);
  if (op == RELU6) return atMost(atLeast(x, 0), 6);
  if (op == ELU) return x > 0 ? x : expm1(x);
  if (op == SIGN) return x > 0 ? 1 : x < 0 ? -1 : x;
  if (op == FLOOR) return floor<f32>(x);
  if (op == CEIL) return ceil<f32>(x);
  return nearest<f32>(x);
}
