/**
 * The largest, smallest and multiplied numbers of f32 tensors seen as x[outer,size,inner], over the middle axis, and where they stand.
 * Sums are in reduce.ts. A NaN among the numbers makes the result NaN; of none at all it is -Infinity, Infinity and 1.
 */
import { storeLanes } from "../lanes/rows";

const MAX = 0;
const MIN = 1;
const PROD = 2;

/** y[outer,inner] ← the largest of x[outer,size,inner]. */
export function maxAxis(y: usize, x: usize, outer: i32, size: i32, inner: i32): void { reduce(MAX, y, x, outer, size, inner); }
/** y[outer,inner] ← the smallest of x[outer,size,inner]. */
export function minAxis(y: usize, x: usize, outer: i32, size: i32, inner: i32): void { reduce(MIN, y, x, outer, size, inner); }
/** y[outer,inner] ← the product of x[outer,size,inner], in order. */
export function prodAxis(y: usize, x: usize, outer: i32, size: i32, inner: i32): void { reduce(PROD, y, x, outer, size, inner); }

@inline
function reduce(op: i32, y: usize, x: usize, outer: i32, size: i32, inner: i32): void {
  for (let i = 0; i < outer; i++) {
    if (inner == 1) reduceRow(op, y, x, size);
    else reduceColumns(op, y, x, size, inner);
    y += <usize>inner << 2;
    x += <usize>(size * inner) << 2;
  }
}

@inline
function reduceRow(op: i32, y: usize, x: usize, size: i32): void {
  let result = neutral(op);
  for (let k = 0; k < size; k++) result = merged(op, result, load<f32>(x + (<usize>k << 2)));
  store<f32>(y, result);
}

@inline
function neutral(op: i32): f32 {
  if (op == MAX) return -Infinity;
  return op == MIN ? Infinity : 1;
}

@inline
function merged(op: i32, a: f32, b: f32): f32 {
  if (op == MAX) return max<f32>(a, b);
  return op == MIN ? min<f32>(a, b) : a * b;
}

@inline
function reduceColumns(op: i32, y: usize, x: usize, size: i32, inner: i32): void {
  for (let j = 0; j < inner; j += LANES) {
    const at = <usize>j << 2;
    reduceGroup(op, y + at, x + at, size, <usize>inner << 2, min<i32>(inner - j, LANES));
  }
}

@lanes
@inline
function reduceGroup(op: i32, y: usize, x: usize, size: i32, stride: usize, live: i32): void {
  let result: f32 = op == MAX ? -Infinity : op == MIN ? Infinity : 1;
  for (let k = 0; k < size; k++) {
    const next = load<f32>(x + <usize>k * stride);
    if (op == MAX) result = max<f32>(result, next);
    else if (op == MIN) result = min<f32>(result, next);
    else result *= next;
  }
  storeLanes(y, result, live);
}

/** i32 y[outer,inner] ← where the first largest of x[outer,size,inner] stands. A NaN counts only in front, where it wins. */
export function argMaxAxis(y: usize, x: usize, outer: i32, size: i32, inner: i32): void { find(MAX, y, x, outer, size, inner); }
/** i32 y[outer,inner] ← where the first smallest stands. */
export function argMinAxis(y: usize, x: usize, outer: i32, size: i32, inner: i32): void { find(MIN, y, x, outer, size, inner); }

@inline
function find(op: i32, y: usize, x: usize, outer: i32, size: i32, inner: i32): void {
  const stride = <usize>inner << 2;
  for (let i = 0; i < outer; i++) {
    for (let j = 0; j < inner; j++) {
      store<i32>(y, positionOf(op, x + (<usize>j << 2), size, stride));
      y += 4;
    }
    x += <usize>size * stride;
  }
}

@inline
function positionOf(op: i32, x: usize, size: i32, stride: usize): i32 {
  let best = load<f32>(x);
  let position = 0;
  for (let k = 1; k < size; k++) {
    x += stride;
    const next = load<f32>(x);
    if (op == MAX ? next > best : next < best) {
      best = next;
      position = k;
    }
  }
  return position;
}
