/**
 * The gradient of layers of few outputs, which would leave the tiles of a product nearly empty. Here a lane is an input.
 * Up to three numbers past the end of x are read.
 */
import { broadcast } from "../lanes/primitives";
import { storeLanes } from "../lanes/rows";
import { LINEAR } from "./activation";
import { GROUP } from "./groups";
import { transpose } from "./movement";
import { preactivationGradient } from "./preactivation";

/** Up to this many outputs {@link narrowBackwardPart} takes. */
export const NARROW_BACKWARD: i32 = 4;
/** Rows of a block. */
const BLOCK = 64;
/** Groups of lanes side by side, so that no addition waits for the one before. */
const GROUPS = 4;
/** Bytes from the first of them to the others, and to the next four. */
const SECOND: usize = GROUP;
const THIRD: usize = 2 * GROUP;
const FOURTH: usize = 3 * GROUP;
const STEP: usize = GROUPS * GROUP;

/** Bytes that {@link narrowBackwardPart} needs at `scratch`. */
export function narrowBackwardScratchBytes(inputs: i32, outputs: i32): usize {
  return <usize>((2 * inputs + BLOCK) * outputs) << 2;
}

/** As {@link denseBackwardPart}, for up to four outputs. */
export function narrowBackwardPart(
  dx: usize,
  dw: usize,
  db: usize,
  x: usize,
  w: usize,
  y: usize,
  dy: usize,
  rows: i32,
  inputs: i32,
  outputs: i32,
  activation: i32,
  scratch: usize,
  firstRow: i32,
  endRow: i32,
  firstInput: i32,
  endInput: i32,
): void {
  const count = dw ? endInput - firstInput : 0;
  const hasSums = count > 0 && firstInput == 0;
  const wT = scratch;
  const dwT = wT + (<usize>(inputs * outputs) << 2);
  const dzBlock = dwT + (<usize>(inputs * outputs) << 2);
  if (dx) transpose(wT, w, 1, inputs, outputs);
  memory.fill(dwT, 0, <usize>(inputs * outputs) << 2);
  if (hasSums) memory.fill(db, 0, <usize>outputs << 2);
  for (let row = 0; row < rows; row += BLOCK) {
    const size = min(BLOCK, rows - row);
    const from = max(row, firstRow);
    const dxRows = dx ? min(row + size, endRow) - from : 0;
    if (count <= 0 && dxRows <= 0) continue;
    const at = <usize>(row * outputs) << 2;
    const dz = activation == LINEAR ? dy + at : dzBlock;
    if (activation != LINEAR) preactivationGradient(dz, 0, 0, y + at, dy + at, size, outputs, activation);
    if (hasSums) addSums(db, dz, size, outputs);
    if (count > 0) addWeights(dwT, x + (<usize>(row * inputs + firstInput) << 2), dz, size, count, inputs, outputs);
    if (dxRows > 0) inputGradient(dx + (<usize>(from * inputs) << 2), dz + (<usize>((from - row) * outputs) << 2), wT, dxRows, inputs, outputs);
  }
  if (count > 0) transpose(dw + (<usize>(firstInput * outputs) << 2), dwT, 1, outputs, count);
}

/** sums[out] += Σ_rows dz, in the order of the rows. */
function addSums(sums: usize, dz: usize, rows: i32, outputs: i32): void {
  for (let j = 0; j < outputs; j++) {
    const at = <usize>j << 2;
    let sum = load<f32>(sums + at);
    for (let row = 0; row < rows; row++) sum += load<f32>(dz + at + (<usize>(row * outputs) << 2));
    store<f32>(sums + at, sum);
  }
}

/** dwT[out,count] += dzᵀ · x for `count` columns of x `[rows,inputs]`; dz `[rows,out]`. */
function addWeights(dwT: usize, x: usize, dz: usize, rows: i32, count: i32, inputs: i32, outputs: i32): void {
  const stride = <usize>inputs << 2;
  for (let j = 0; j < outputs; j++) {
    let at = dwT + (<usize>(j * count) << 2);
    let column = x;
    let left = count;
    for (; left >= GROUPS * LANES; left -= GROUPS * LANES) {
      addColumns(at, column, dz + (<usize>j << 2), rows, stride, <usize>outputs << 2);
      at += STEP;
      column += STEP;
    }
    for (; left > 0; left -= LANES) {
      addColumn(at, column, dz + (<usize>j << 2), rows, stride, <usize>outputs << 2, min<i32>(left, LANES));
      at += GROUP;
      column += GROUP;
    }
  }
}

@lanes
@inline
function addColumns(dw: usize, x: usize, dz: usize, rows: i32, xStride: usize, dzStride: usize): void {
  let s0 = load<f32>(dw);
  let s1 = load<f32>(dw + SECOND);
  let s2 = load<f32>(dw + THIRD);
  let s3 = load<f32>(dw + FOURTH);
  for (let row = 0; row < rows; row++) {
    const d = broadcast<f32>(dz);
    s0 += load<f32>(x) * d;
    s1 += load<f32>(x + SECOND) * d;
    s2 += load<f32>(x + THIRD) * d;
    s3 += load<f32>(x + FOURTH) * d;
    x += xStride;
    dz += dzStride;
  }
  store<f32>(dw, s0);
  store<f32>(dw + SECOND, s1);
  store<f32>(dw + THIRD, s2);
  store<f32>(dw + FOURTH, s3);
}

@lanes
@inline
function addColumn(dw: usize, x: usize, dz: usize, rows: i32, xStride: usize, dzStride: usize, live: i32): void {
  let sum = load<f32>(dw);
  for (let row = 0; row < rows; row++) {
    sum += load<f32>(x) * broadcast<f32>(dz);
    x += xStride;
    dz += dzStride;
  }
  storeLanes(dw, sum, live);
}

/** dx[rows,in] ← dz · wT for dz `[rows,out]`, wT `[out,in]`. */
function inputGradient(dx: usize, dz: usize, wT: usize, rows: i32, inputs: i32, outputs: i32): void {
  if (outputs == 1) spread(1, dx, dz, wT, rows, inputs);
  else if (outputs == 2) spread(2, dx, dz, wT, rows, inputs);
  else if (outputs == 3) spread(3, dx, dz, wT, rows, inputs);
  else spread(4, dx, dz, wT, rows, inputs);
}

@inline
function spread(outputs: i32, dx: usize, dz: usize, wT: usize, rows: i32, inputs: i32): void {
  const stride = <usize>inputs << 2;
  for (let row = 0; row < rows; row++) {
    spreadRow(outputs, dx, dz, wT, stride);
    dx += stride;
    dz += <usize>outputs << 2;
  }
}

@lanes
@inline
function spreadRow(outputs: i32, dx: usize, dz: usize, wT: usize, stride: usize): void {
  const d0 = broadcast<f32>(dz);
  const d1 = broadcast<f32>(outputs > 1 ? dz + 4 : dz);
  const d2 = broadcast<f32>(outputs > 2 ? dz + 8 : dz);
  const d3 = broadcast<f32>(outputs > 3 ? dz + 12 : dz);
  const end = dx + stride;
  const whole = dx + (stride & ~(GROUP - 1));
  for (; dx < whole; dx += GROUP) {
    store<f32>(dx, combined(outputs, d0, d1, d2, d3, wT, stride));
    wT += GROUP;
  }
  if (dx < end) storeLanes(dx, combined(outputs, d0, d1, d2, d3, wT, stride), <i32>((end - dx) >> 2));
}

/** Σ_j d_j · wT_j for a group of inputs. */
@lanes
@inline
function combined(outputs: i32, d0: f32, d1: f32, d2: f32, d3: f32, wT: usize, stride: usize): f32 {
  let sum = load<f32>(wT) * d0;
  if (outputs > 1) sum += load<f32>(wT + stride) * d1;
  if (outputs > 2) sum += load<f32>(wT + stride + stride) * d2;
  if (outputs > 3) sum += load<f32>(wT + stride + stride + stride) * d3;
  return sum;
}
