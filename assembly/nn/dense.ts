/**
 * y[rows,out] = activation(x[rows,in] · w[in,out] + b[out]), all row-major f32.
 * Every element is summed over the inputs in order, bias last, whatever tile computes it: results don't depend on the number of rows.
 */
import { tanh } from "../lanes/math";
import { atLeast } from "../lanes/primitives";
import { storeLanes } from "../lanes/rows";

/** What stands behind a layer; mirrors src/nn/activations. */
export const LINEAR: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;

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

/** Tiles of 4 rows × 8 columns keep 8 sums in registers for two weight loads and four broadcasts. */
function affine(y: usize, x: usize, w: usize, b: usize, rows: i32, inputs: i32, outputs: i32): void {
  const wide = outputs & ~7;
  const whole = outputs & ~3;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    let column = 0;
    for (; column < wide; column += 8) tile4x8(y, x, w, b, row, column, inputs, outputs);
    for (; column < whole; column += 4) tile4x4(y, x, w, b, row, column, inputs, outputs);
    for (; column < outputs; column++) tile4x1(y, x, w, b, row, column, inputs, outputs);
  }
  for (; row < rows; row++) {
    let column = 0;
    for (; column < wide; column += 8) tile1x8(y, x, w, b, row, column, inputs, outputs);
    for (; column < whole; column += 4) tile1x4(y, x, w, b, row, column, inputs, outputs);
    for (; column < outputs; column++) element(y, x, w, b, row, column, inputs, outputs);
  }
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
function tile4x4(y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xStride = <usize>inputs << 2;
  const yStride = <usize>outputs << 2;
  const x0 = x + <usize>row * xStride;
  let weight = w + (<usize>column << 2);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  for (let at: usize = 0; at < xStride; at += 4) {
    const w0 = v128.load(weight);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(x0 + at), w0));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(x0 + xStride + at), w0));
    s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(x0 + 2 * xStride + at), w0));
    s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(x0 + 3 * xStride + at), w0));
    weight += yStride;
  }
  const b0 = v128.load(b + (<usize>column << 2));
  const y0 = y + <usize>row * yStride + (<usize>column << 2);
  v128.store(y0, f32x4.add(s0, b0));
  v128.store(y0 + yStride, f32x4.add(s1, b0));
  v128.store(y0 + 2 * yStride, f32x4.add(s2, b0));
  v128.store(y0 + 3 * yStride, f32x4.add(s3, b0));
}

/** One column of four rows: four independent chains, so that the adds don't wait for one another. */
@inline
function tile4x1(y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xStride = <usize>inputs << 2;
  const yStride = <usize>outputs << 2;
  const x0 = x + <usize>row * xStride;
  let weight = w + (<usize>column << 2);
  let s0: f32 = 0;
  let s1: f32 = 0;
  let s2: f32 = 0;
  let s3: f32 = 0;
  for (let at: usize = 0; at < xStride; at += 4) {
    const w0 = load<f32>(weight);
    s0 += load<f32>(x0 + at) * w0;
    s1 += load<f32>(x0 + xStride + at) * w0;
    s2 += load<f32>(x0 + 2 * xStride + at) * w0;
    s3 += load<f32>(x0 + 3 * xStride + at) * w0;
    weight += yStride;
  }
  const b0 = load<f32>(b + (<usize>column << 2));
  const y0 = y + <usize>row * yStride + (<usize>column << 2);
  store<f32>(y0, s0 + b0);
  store<f32>(y0 + yStride, s1 + b0);
  store<f32>(y0 + 2 * yStride, s2 + b0);
  store<f32>(y0 + 3 * yStride, s3 + b0);
}

@inline
function tile1x8(y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xStride = <usize>inputs << 2;
  const x0 = x + <usize>row * xStride;
  let weight = w + (<usize>column << 2);
  let s0 = f32x4.splat(0);
  let s1 = s0;
  for (let at: usize = 0; at < xStride; at += 4) {
    const a = v128.load32_splat(x0 + at);
    s0 = f32x4.add(s0, f32x4.mul(a, v128.load(weight)));
    s1 = f32x4.add(s1, f32x4.mul(a, v128.load(weight, 16)));
    weight += <usize>outputs << 2;
  }
  const y0 = y + (<usize>(row * outputs + column) << 2);
  v128.store(y0, f32x4.add(s0, v128.load(b + (<usize>column << 2))));
  v128.store(y0, f32x4.add(s1, v128.load(b + (<usize>column << 2), 16)), 16);
}

@inline
function tile1x4(y: usize, x: usize, w: usize, b: usize, row: i32, column: i32, inputs: i32, outputs: i32): void {
  const xStride = <usize>inputs << 2;
  const x0 = x + <usize>row * xStride;
  let weight = w + (<usize>column << 2);
  let s0 = f32x4.splat(0);
  for (let at: usize = 0; at < xStride; at += 4) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(x0 + at), v128.load(weight)));
    weight += <usize>outputs << 2;
  }
  v128.store(y + (<usize>(row * outputs + column) << 2), f32x4.add(s0, v128.load(b + (<usize>column << 2))));
}

/**
 * Applies an activation to `count` numbers in place. Up to three numbers beyond the end are read, none is written.
 * The loops are do-while: in those V8 keeps a kernel's vector constants in registers instead of building them in each pass.
 */
export function activate(y: usize, count: i32, activation: i32): void {
  if (activation == TANH) tanhAll(y, count);
  else if (activation == RELU) reluAll(y, count);
}

function tanhAll(y: usize, count: i32): void {
  const end = y + (<usize>count << 2);
  const group = <usize>LANES << 2;
  const whole = y + (<usize>(count & (-4 * LANES)) << 2);
  if (y < whole) {
    do {
      tanhLanes(y, LANES);
      tanhLanes(y + group, LANES);
      tanhLanes(y + 2 * group, LANES);
      tanhLanes(y + 3 * group, LANES);
      y += 4 * group;
    } while (y < whole);
  }
  for (; y < end; y += group) tanhLanes(y, min<i32>(LANES, <i32>((end - y) >> 2)));
}

function reluAll(y: usize, count: i32): void {
  const end = y + (<usize>count << 2);
  const whole = y + (<usize>(count & -LANES) << 2);
  if (y < whole) {
    do {
      reluLanes(y, LANES);
      y += <usize>LANES << 2;
    } while (y < whole);
  }
  if (y < end) reluLanes(y, <i32>((end - y) >> 2));
}

@lanes
@inline
function tanhLanes(y: usize, live: i32): void {
  storeLanes(y, tanh(load<f32>(y)), live);
}

@lanes
@inline
function reluLanes(y: usize, live: i32): void {
  storeLanes(y, atLeast(load<f32>(y), 0), live);
}
