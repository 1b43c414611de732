/** Conditions are bytes 0 or 1: their logic, what they select, and conversions between them, i32 and f32. */
import { loadBytes, storeLanes } from "../lanes/rows";

const AND = 0;
const OR = 1;
const NOT = 2;

/** y[n] ← a and b */
export function logicalAnd(y: usize, a: usize, b: usize, n: i32): void { decide(AND, y, a, b, n); }
/** y[n] ← a or b */
export function logicalOr(y: usize, a: usize, b: usize, n: i32): void { decide(OR, y, a, b, n); }
/** y[n] ← not x */
export function logicalNot(y: usize, x: usize, n: i32): void { decide(NOT, y, x, x, n); }

@inline
function decide(op: i32, y: usize, a: usize, b: usize, n: i32): void {
  let i: usize = 0;
  if (LANES == 4) {
    for (; i + 16 <= <usize>n; i += 16) v128.store(y + i, decided(op, v128.load(a + i), v128.load(b + i)));
  }
  for (; i < <usize>n; i++) store<u8>(y + i, decidedByte(op, load<u8>(a + i), load<u8>(b + i)));
}

@inline
function decided(op: i32, a: v128, b: v128): v128 {
  if (op == AND) return v128.and(a, b);
  if (op == OR) return v128.or(a, b);
  return v128.xor(a, i8x16.splat(1));
}

@inline
function decidedByte(op: i32, a: u8, b: u8): u8 {
  if (op == AND) return a & b;
  if (op == OR) return a | b;
  return a ^ 1;
}

/** y[n] ← condition[n] ? a[n] : b[n]; y, a and b hold f32 or i32, whose bits are moved as they are. */
export function select(y: usize, condition: usize, a: usize, b: usize, n: i32): void {
  for (let i = 0; i < n; i += LANES) {
    const at = <usize>i << 2;
    selectLanes(y + at, condition + <usize>i, a + at, b + at, min<i32>(LANES, n - i));
  }
}

@lanes
@inline
function selectLanes(y: usize, condition: usize, a: usize, b: usize, live: i32): void {
  storeLanes(y, loadBytes<f32>(condition) != 0 ? load<f32>(a) : load<f32>(b), live);
}

/** f32 y[n] ← bytes x[n]. */
export function floatFromBool(y: usize, x: usize, n: i32): void {
  for (let i = 0; i < n; i += LANES) floatLanes(y + (<usize>i << 2), x + <usize>i, min<i32>(LANES, n - i));
}

@lanes
@inline
function floatLanes(y: usize, x: usize, live: i32): void {
  storeLanes(y, loadBytes<f32>(x), live);
}

/** f32 y[n] ← i32 x[n], rounded to nearest. */
export function floatFromInt(y: usize, x: usize, n: i32): void {
  let i: usize = 0;
  if (LANES == 4) {
    for (; i + 4 <= <usize>n; i += 4) v128.store(y + (i << 2), f32x4.convert_i32x4_s(v128.load(x + (i << 2))));
  }
  for (; i < <usize>n; i++) store<f32>(y + (i << 2), <f32>load<i32>(x + (i << 2)));
}

/** i32 y[n] ← f32 x[n] towards 0; NaN gives 0, and what i32 can't hold its nearest end. */
export function intFromFloat(y: usize, x: usize, n: i32): void {
  let i: usize = 0;
  if (LANES == 4) {
    for (; i + 4 <= <usize>n; i += 4) v128.store(y + (i << 2), i32x4.trunc_sat_f32x4_s(v128.load(x + (i << 2))));
  }
  for (; i < <usize>n; i++) store<i32>(y + (i << 2), <i32>load<f32>(x + (i << 2)));
}
