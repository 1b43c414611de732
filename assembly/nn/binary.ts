/**
 * y[rows,columns] ← op(a, b) on f32, named after TensorFlow.js's kernels; comparisons give bytes 0 or 1.
 * `repeats` says along what an operand repeats: its bits are A_ROWS … B_COLUMNS. Not both operands' columns do.
 *
 * A row's last group may run over into the next row, which is written after it; nothing is written past the end of y. So y may be a or b
 * only where there is one row. Up to three numbers past the end of an operand are read. Minima and maxima keep a NaN of either operand.
 */
import { broadcast } from "../lanes/primitives";
import { storeLanes, storeMask } from "../lanes/rows";
import { GROUP } from "./groups";

/** One row of a serves all rows of y. */
const A_ROWS = 1;
/** One number of a serves a whole row of y. */
const A_COLUMNS = 2;
const B_ROWS = 4;
const B_COLUMNS = 8;

const ADD = 0;
const SUB = 1;
const MULTIPLY = 2;
const REAL_DIV = 3;
const MINIMUM = 4;
const MAXIMUM = 5;
const SQUARED_DIFFERENCE = 6;
/** From here on the result is a condition. Less is greater the other way round. */
const GREATER = 7;
const GREATER_EQUAL = 8;
const EQUAL = 9;
const NOT_EQUAL = 10;

export function binaryAdd(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combineEither(ADD, y, a, b, rows, columns, repeats);
}

export function binarySub(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combine(SUB, y, a, b, rows, columns, repeats);
}

export function binaryMultiply(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combineEither(MULTIPLY, y, a, b, rows, columns, repeats);
}

export function binaryRealDiv(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combine(REAL_DIV, y, a, b, rows, columns, repeats);
}

export function binaryMinimum(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combineEither(MINIMUM, y, a, b, rows, columns, repeats);
}

export function binaryMaximum(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combineEither(MAXIMUM, y, a, b, rows, columns, repeats);
}

export function binarySquaredDifference(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combineEither(SQUARED_DIFFERENCE, y, a, b, rows, columns, repeats);
}

export function compareGreater(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combine(GREATER, y, a, b, rows, columns, repeats);
}

export function compareGreaterEqual(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combine(GREATER_EQUAL, y, a, b, rows, columns, repeats);
}

export function compareEqual(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combineEither(EQUAL, y, a, b, rows, columns, repeats);
}

export function compareNotEqual(y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  combineEither(NOT_EQUAL, y, a, b, rows, columns, repeats);
}

/** Bytes of one result. */
@inline
function sizeOf(op: i32): usize {
  return op < GREATER ? 4 : 1;
}

/** Bytes from one row of an operand to its next. */
@inline
function strideOf(columns: i32, repeatsRows: i32, repeatsColumns: i32): usize {
  return repeatsRows ? 0 : repeatsColumns ? 4 : <usize>columns << 2;
}

/** For operations of which the order of operands matters: one loop for each of the three ways in which columns can repeat. */
@inline
function combine(op: i32, y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  const aRow = strideOf(columns, repeats & A_ROWS, repeats & A_COLUMNS);
  const bRow = strideOf(columns, repeats & B_ROWS, repeats & B_COLUMNS);
  const rowBytes = <usize>columns * sizeOf(op);
  const end = y + <usize>rows * rowBytes;
  for (; y < end; y += rowBytes, a += aRow, b += bRow) {
    if (repeats & A_COLUMNS) repeatLeft(op, y, a, b, y + rowBytes, end);
    else if (repeats & B_COLUMNS) repeatRight(op, y, a, b, y + rowBytes, end);
    else repeatNone(op, y, a, b, y + rowBytes, end);
  }
}

/** For operations of which it doesn't: an operand whose columns repeat becomes the right one. */
@inline
function combineEither(op: i32, y: usize, a: usize, b: usize, rows: i32, columns: i32, repeats: i32): void {
  const isSwapped = repeats & A_COLUMNS;
  const aRow = strideOf(columns, repeats & A_ROWS, repeats & A_COLUMNS);
  const bRow = strideOf(columns, repeats & B_ROWS, repeats & B_COLUMNS);
  const leftRow = isSwapped ? bRow : aRow;
  const rightRow = isSwapped ? aRow : bRow;
  const rowBytes = <usize>columns * sizeOf(op);
  const end = y + <usize>rows * rowBytes;
  let left = isSwapped ? b : a;
  let right = isSwapped ? a : b;
  for (; y < end; y += rowBytes, left += leftRow, right += rightRow) {
    if (repeats & (A_COLUMNS | B_COLUMNS)) repeatRight(op, y, left, right, y + rowBytes, end);
    else repeatNone(op, y, left, right, y + rowBytes, end);
  }
}

@inline
function repeatNone(op: i32, y: usize, a: usize, b: usize, rowEnd: usize, end: usize): void {
  for (; y < rowEnd; y += LANES * sizeOf(op)) {
    put(op, y, varying(a), varying(b), end);
    a += GROUP;
    b += GROUP;
  }
}

@inline
function repeatLeft(op: i32, y: usize, a: usize, b: usize, rowEnd: usize, end: usize): void {
  const left = repeated(a);
  for (; y < rowEnd; y += LANES * sizeOf(op)) {
    put(op, y, left, varying(b), end);
    b += GROUP;
  }
}

@inline
function repeatRight(op: i32, y: usize, a: usize, b: usize, rowEnd: usize, end: usize): void {
  const right = repeated(b);
  for (; y < rowEnd; y += LANES * sizeOf(op)) {
    put(op, y, varying(a), right, end);
    a += GROUP;
  }
}

@lanes
@inline
function varying(address: usize): f32 {
  return load<f32>(address);
}

@lanes
@inline
function repeated(address: usize): f32 {
  return broadcast<f32>(address);
}

/** Stores a group, or what of it lies before `end`. */
@lanes
@inline
function put(op: i32, y: usize, a: f32, b: f32, end: usize): void {
  if (op < GREATER) {
    const value = arithmetic(op, a, b);
    if (y + LANES * 4 <= end) storeLanes(y, value, LANES);
    else storeLanes(y, value, <i32>((end - y) >> 2));
  } else {
    const condition = comparison(op, a, b);
    if (y + LANES <= end) storeMask(y, condition, LANES);
    else storeMask(y, condition, <i32>(end - y));
  }
}

@lanes
@inline
function arithmetic(op: i32, a: f32, b: f32): f32 {
  if (op == ADD) return a + b;
  if (op == SUB) return a - b;
  if (op == MULTIPLY) return a * b;
  if (op == REAL_DIV) return a / b;
  if (op == MINIMUM) return min<f32>(a, b);
  if (op == MAXIMUM) return max<f32>(a, b);
  return (a - b) * (a - b);
}

@lanes
@inline
function comparison(op: i32, a: f32, b: f32): bool {
  if (op == GREATER) return a > b;
  if (op == GREATER_EQUAL) return a >= b;
  if (op == EQUAL) return a == b;
  return a != b;
}
