/**
 * y[rows,out] = activation(x[rows,in] · w[in,out] + b[out]), all row-major f32.
 * Every element is summed over the inputs in order, bias last, whatever tile computes it: results don't depend on the number of rows.
 */
import { activate } from "./activation";

export function dense(y: usize, x: usize, w: usize, b: usize, rows: i32, inputs: i32, outputs: i32, activation: i32): void {
  if (LANES == 4) affine(y, x, w, b, rows, inputs, outputs);
  else affineScalar(y, x, w, b, rows, inputs, outputs);
  activate(y, rows * outputs, activation);
}

/** The scalar twin of {@link affine}: tail, fallback and oracle. */
export function affineScalar(y: usize, x: usize, w: usize, b: usize, rows: i32, inputs: i32, outputs: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < outputs; column++) element(y, x, w, b, row, column, inputs, outputs);
  }
}

@inline
function element(y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xRow = x + (<usize>(row * inputs) << 2);
  const wColumn = w + (<usize>column << 2);
  let sum: f32 = 0;
  for (let k = 0; k < inputs; k++) sum += load<f32>(xRow + (<usize>k << 2)) * load<f32>(wColumn + (<usize>(k * outputs) << 2));
  store<f32>(y + (<usize>(row * outputs + column) << 2), sum + load<f32>(b + (<usize>column << 2)));
}

/** Tiles of 4 rows × 8 columns, or of one row × 16 columns, have sums enough that no addition waits for the one before. */
function affine(y: usize, x: usize, w: usize, b: usize, rows: i32, inputs: i32, outputs: i32): void {
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    let column = 0;
    for (; column + 8 <= outputs; column += 8) tile4x8(y, x, w, b, row, column, inputs, outputs);
    if (outputs & 4) tile4(4, y, x, w, b, row, column, inputs, outputs);
    column = outputs & ~3;
    if (outputs & 2) tile4(2, y, x, w, b, row, column, inputs, outputs);
    column = outputs & ~1;
    if (outputs & 1) tile4(1, y, x, w, b, row, column, inputs, outputs);
  }
  for (; row < rows; row++) {
    let column = 0;
    for (; column + 16 <= outputs; column += 16) tile1x16(y, x, w, b, row, column, inputs, outputs);
    for (; column + 4 <= outputs; column += 4) tile1(4, y, x, w, b, row, column, inputs, outputs);
    column = outputs & ~3;
    if (outputs & 2) tile1(2, y, x, w, b, row, column, inputs, outputs);
    column = outputs & ~1;
    if (outputs & 1) tile1(1, y, x, w, b, row, column, inputs, outputs);
  }
}

/** 4, 2 or 1 numbers. */
@inline
function some(source: usize, width: i32): v128 {
  if (width == 4) return v128.load(source);
  return width == 2 ? v128.load64_zero(source) : v128.load32_zero(source);
}

/** The inverse of {@link some}. */
@inline
function putSome(target: usize, value: v128, width: i32): void {
  if (width == 4) v128.store(target, value);
  else if (width == 2) v128.store64_lane(target, value, 0);
  else v128.store32_lane(target, value, 0);
}

@inline
function tile4x8(y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xStride = <usize>inputs << 2;
  const yStride = <usize>outputs << 2;
  let x0 = x + <usize>row * xStride;
  let x1 = x0 + xStride;
  let x2 = x1 + xStride;
  let x3 = x2 + xStride;
  let weight = w + (<usize>column << 2);
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  const end = x0 + xStride;
  while (x0 < end) {
    const w0 = v128.load(weight);
    const w1 = v128.load(weight, 16);
    const a0 = v128.load32_splat(x0);
    s00 = f32x4.add(s00, f32x4.mul(a0, w0));
    s01 = f32x4.add(s01, f32x4.mul(a0, w1));
    const a1 = v128.load32_splat(x1);
    s10 = f32x4.add(s10, f32x4.mul(a1, w0));
    s11 = f32x4.add(s11, f32x4.mul(a1, w1));
    const a2 = v128.load32_splat(x2);
    s20 = f32x4.add(s20, f32x4.mul(a2, w0));
    s21 = f32x4.add(s21, f32x4.mul(a2, w1));
    const a3 = v128.load32_splat(x3);
    s30 = f32x4.add(s30, f32x4.mul(a3, w0));
    s31 = f32x4.add(s31, f32x4.mul(a3, w1));
    x0 += 4;
    x1 += 4;
    x2 += 4;
    x3 += 4;
    weight += yStride;
  }
  const b0 = v128.load(b + (<usize>column << 2));
  const b1 = v128.load(b + (<usize>column << 2), 16);
  const y0 = y + <usize>row * yStride + (<usize>column << 2);
  v128.store(y0, f32x4.add(s00, b0));
  v128.store(y0, f32x4.add(s01, b1), 16);
  v128.store(y0 + yStride, f32x4.add(s10, b0));
  v128.store(y0 + yStride, f32x4.add(s11, b1), 16);
  v128.store(y0 + 2 * yStride, f32x4.add(s20, b0));
  v128.store(y0 + 2 * yStride, f32x4.add(s21, b1), 16);
  v128.store(y0 + 3 * yStride, f32x4.add(s30, b0));
  v128.store(y0 + 3 * yStride, f32x4.add(s31, b1), 16);
}

@inline
function tile4(width: i32, y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xStride = <usize>inputs << 2;
  const yStride = <usize>outputs << 2;
  const x0 = x + <usize>row * xStride;
  let weight = w + (<usize>column << 2);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let at: usize = 0; at < xStride; at += 4) {
    const w0 = some(weight, width);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(x0 + at), w0));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(x0 + xStride + at), w0));
    s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(x0 + 2 * xStride + at), w0));
    s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(x0 + 3 * xStride + at), w0));
    weight += yStride;
  }
  const b0 = some(b + (<usize>column << 2), width);
  const y0 = y + <usize>row * yStride + (<usize>column << 2);
  putSome(y0, f32x4.add(s0, b0), width);
  putSome(y0 + yStride, f32x4.add(s1, b0), width);
  putSome(y0 + 2 * yStride, f32x4.add(s2, b0), width);
  putSome(y0 + 3 * yStride, f32x4.add(s3, b0), width);
}

@inline
function tile1x16(y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xStride = <usize>inputs << 2;
  const yStride = <usize>outputs << 2;
  let x0 = x + <usize>row * xStride;
  let weight = w + (<usize>column << 2);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  const end = x0 + xStride;
  while (x0 < end) {
    const a = v128.load32_splat(x0);
    s0 = f32x4.add(s0, f32x4.mul(a, v128.load(weight)));
    s1 = f32x4.add(s1, f32x4.mul(a, v128.load(weight, 16)));
    s2 = f32x4.add(s2, f32x4.mul(a, v128.load(weight, 32)));
    s3 = f32x4.add(s3, f32x4.mul(a, v128.load(weight, 48)));
    x0 += 4;
    weight += yStride;
  }
  const bias = b + (<usize>column << 2);
  const y0 = y + <usize>row * yStride + (<usize>column << 2);
  v128.store(y0, f32x4.add(s0, v128.load(bias)));
  v128.store(y0, f32x4.add(s1, v128.load(bias, 16)), 16);
  v128.store(y0, f32x4.add(s2, v128.load(bias, 32)), 32);
  v128.store(y0, f32x4.add(s3, v128.load(bias, 48)), 48);
}

@inline
function tile1(width: i32, y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xStride = <usize>inputs << 2;
  const x0 = x + <usize>row * xStride;
  let weight = w + (<usize>column << 2);
  let s0 = f32x4.splat(0);
  for (let at: usize = 0; at < xStride; at += 4) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(x0 + at), some(weight, width)));
    weight += <usize>outputs << 2;
  }
  putSome(y + (<usize>(row * outputs + column) << 2), f32x4.add(s0, some(b + (<usize>column << 2), width)), width);
}
