/**
 * Softmax over the rows of x[rows,size] and its gradients, LANES rows at a time. A row's sums are in the order of its numbers, whatever
 * rows there are with it. A row that holds a NaN, an Infinity or nothing but -Infinity becomes NaN.
 */
import { exp, log } from "../lanes/math";
import { atLeast } from "../lanes/primitives";
import { lanesToRows, rowsToLanes } from "../lanes/rows";
import { Vector, vectorBytes } from "../lanes/vector";

const SOFTMAX = 0;
const LOG_SOFTMAX = 1;
const SOFTMAX_GRADIENT = 2;
const LOG_SOFTMAX_GRADIENT = 3;

/** Bytes that these kernels need at `scratch` for rows of `size` numbers. */
export function softmaxScratchBytes(size: i32): usize {
  return 2 * vectorBytes(size);
}

/** y ← e^x / Σ e^x */
export function softmax(y: usize, x: usize, rows: i32, size: i32, scratch: usize): void {
  map(SOFTMAX, y, x, 0, rows, size, scratch);
}

/** y ← x − ln Σ e^x */
export function logSoftmax(y: usize, x: usize, rows: i32, size: i32, scratch: usize): void {
  map(LOG_SOFTMAX, y, x, 0, rows, size, scratch);
}

/** dx ← y · (dy − Σ y · dy) for y = softmax(x) */
export function softmaxGradient(dx: usize, y: usize, dy: usize, rows: i32, size: i32, scratch: usize): void {
  map(SOFTMAX_GRADIENT, dx, y, dy, rows, size, scratch);
}

/** dx ← dy − e^y · Σ dy for y = ln softmax(x) */
export function logSoftmaxGradient(dx: usize, y: usize, dy: usize, rows: i32, size: i32, scratch: usize): void {
  map(LOG_SOFTMAX_GRADIENT, dx, y, dy, rows, size, scratch);
}

/** The result takes the first operand's place in its vector. One loop for all four, since it is the way in and out of lanes that is long. */
function map(op: i32, out: usize, first: usize, second: usize, rows: i32, size: i32, scratch: usize): void {
  const other = scratch + vectorBytes(size);
  const step = <usize>(size * LANES) << 2;
  for (let row = 0; row < rows; row += LANES) {
    const live = min<i32>(LANES, rows - row);
    rowsToLanes(scratch, first, size, live);
    if (op >= SOFTMAX_GRADIENT) rowsToLanes(other, second, size, live);
    if (op == SOFTMAX) normalise(changetype<Vector>(scratch), size);
    else if (op == LOG_SOFTMAX) normaliseLogs(changetype<Vector>(scratch), size);
    else if (op == SOFTMAX_GRADIENT) differentiate(changetype<Vector>(scratch), changetype<Vector>(other), size);
    else differentiateLogs(changetype<Vector>(scratch), changetype<Vector>(other), size);
    lanesToRows(out, scratch, size, live);
    out += step;
    first += step;
    second += step;
  }
}

@lanes
@inline
function largestOf(x: Vector, size: i32): f32 {
  let largest = x.get(0);
  for (let i = 1; i < size; i++) largest = atLeast(largest, x.get(i));
  return largest;
}

@lanes
function normalise(x: Vector, size: i32): void {
  const largest = largestOf(x, size);
  let total: f32 = 0;
  for (let i = 0; i < size; i++) {
    const term = exp(x.get(i) - largest);
    x.set(i, term);
    total += term;
  }
  for (let i = 0; i < size; i++) x.set(i, x.get(i) / total);
}

@lanes
function normaliseLogs(x: Vector, size: i32): void {
  const largest = largestOf(x, size);
  let total: f32 = 0;
  for (let i = 0; i < size; i++) total += exp(x.get(i) - largest);
  const logTotal = log(total);
  for (let i = 0; i < size; i++) x.set(i, x.get(i) - largest - logTotal);
}

@lanes
function differentiate(y: Vector, dy: Vector, size: i32): void {
  let total: f32 = 0;
  for (let i = 0; i < size; i++) total += dy.get(i) * y.get(i);
  for (let i = 0; i < size; i++) y.set(i, dy.get(i) * y.get(i) - total * y.get(i));
}

@lanes
function differentiateLogs(y: Vector, dy: Vector, size: i32): void {
  let total: f32 = 0;
  for (let i = 0; i < size; i++) total += dy.get(i);
  for (let i = 0; i < size; i++) y.set(i, dy.get(i) - total * exp(y.get(i)));
}
