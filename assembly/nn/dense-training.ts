/**
 * A dense layer in training: y = activation(x · w + b) and its gradient, in blocks of rows whose intermediate results stay in the cache.
 * x `[rows,in]`, w `[in,out]`, b `[out]`, y and dy `[rows,out]`.
 */
import { activate, RELU, TANH } from "./dense";
import { matMulScratchBytes, packPanels, productPacked, productScalar } from "./matmul";

/** Rows of a block. */
const BLOCK = 64;

/** Bytes that {@link denseForward} and {@link denseBackward} need at `scratch`. */
export function denseScratchBytes(inputs: i32, outputs: i32): usize {
  return matMulScratchBytes(inputs, outputs) + matMulScratchBytes(outputs, inputs) + (<usize>BLOCK * (outputs + 8) << 3) + 64;
}

/** y ← activation(x · w + b) */
export function denseForward(y: usize, x: usize, w: usize, b: usize, rows: i32, inputs: i32, outputs: i32, activation: i32, scratch: usize): void {
  if (LANES == 4) packPanels(scratch, w, inputs, outputs, 0);
  for (let row = 0; row < rows; row += BLOCK) {
    const count = min(BLOCK, rows - row);
    const xBlock = x + (<usize>(row * inputs) << 2);
    const yBlock = y + (<usize>(row * outputs) << 2);
    if (LANES == 4) productPacked(yBlock, xBlock, scratch, count, inputs, outputs, <usize>inputs << 2, 4, 0);
    else productScalar(yBlock, xBlock, w, count, inputs, outputs, <usize>inputs << 2, 4, <usize>outputs << 2, 4);
    addRow(yBlock, b, count, outputs);
    activate(yBlock, count * outputs, activation);
  }
}

/**
 * dz = dy ∘ activation'(y);  dx ← dz · wᵀ,  dw ← xᵀ · dz,  db ← Σ_rows dz. An address of 0 for dx leaves it out.
 */
export function denseBackward(
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
): void {
  denseBackwardPart(dx, dw, db, x, w, y, dy, rows, inputs, outputs, activation, scratch, 0, rows, 0, inputs);
}

/**
 * What one of several threads does of {@link denseBackward}: rows `firstRow` … `endRow` of dx, rows `firstInput` … `endInput` of dw, and db
 * where these begin with the first. dz is computed anew by each.
 */
export function denseBackwardPart(
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
  const wPanels = scratch;
  const dzPanels = wPanels + ((matMulScratchBytes(outputs, inputs) + 15) & ~15);
  const dzBlock = dzPanels + ((matMulScratchBytes(BLOCK, outputs) + 15) & ~15);
  const count = endInput - firstInput;
  const dwPart = dw + (<usize>(firstInput * outputs) << 2);
  memory.fill(dwPart, 0, <usize>(count * outputs) << 2);
  if (!firstInput) memory.fill(db, 0, <usize>outputs << 2);
  if (dx && LANES == 4) packPanels(wPanels, w, outputs, inputs, 1);
  for (let row = 0; row < rows; row += BLOCK) {
    const end = min(row + BLOCK, rows);
    const from = max(row, firstRow);
    const dxRows = dx ? min(end, endRow) - from : 0;
    if (!count && dxRows <= 0) continue;
    const at = <usize>(row * outputs) << 2;
    activationGradient(dzBlock, y + at, dy + at, (end - row) * outputs, activation);
    if (!firstInput) addColumnSums(db, dzBlock, end - row, outputs);
    if (count) addProduct(dwPart, x + (<usize>(row * inputs + firstInput) << 2), dzBlock, dzPanels, end - row, count, inputs, outputs);
    if (dxRows <= 0) continue;
    const dxFrom = dx + (<usize>(from * inputs) << 2);
    const dzFrom = dzBlock + (<usize>((from - row) * outputs) << 2);
    if (LANES == 4) productPacked(dxFrom, dzFrom, wPanels, dxRows, outputs, inputs, <usize>outputs << 2, 4, 0);
    else productScalar(dxFrom, dzFrom, w, dxRows, outputs, inputs, <usize>outputs << 2, 4, 4, <usize>outputs << 2);
  }
}

/** dw[count,out] += xᵀ · dz for `count` of the inputs. */
@inline
function addProduct(dw: usize, x: usize, dz: usize, dzPanels: usize, rows: i32, count: i32, inputs: i32, outputs: i32): void {
  if (LANES == 4) {
    packPanels(dzPanels, dz, rows, outputs, 0);
    productPacked(dw, x, dzPanels, count, rows, outputs, 4, <usize>inputs << 2, 1);
  } else {
    addOuterScalar(dw, x, dz, rows, count, inputs, outputs);
  }
}

/** dz ← dy ∘ activation'(y), with tanh' = 1 − y² and relu' = [y > 0]. */
export function activationGradient(dz: usize, y: usize, dy: usize, count: i32, activation: i32): void {
  if (activation == TANH) tanhGradient(dz, y, dy, count);
  else if (activation == RELU) reluGradient(dz, y, dy, count);
  else memory.copy(dz, dy, <usize>count << 2);
}

function tanhGradient(dz: usize, y: usize, dy: usize, count: i32): void {
  let i = 0;
  if (LANES == 4) {
    for (; i + 4 <= count; i += 4) {
      const at = <usize>i << 2;
      const yT = v128.load(y + at);
      v128.store(dz + at, f32x4.mul(v128.load(dy + at), f32x4.sub(f32x4.splat(1), f32x4.mul(yT, yT))));
    }
  }
  for (; i < count; i++) {
    const at = <usize>i << 2;
    const yT = load<f32>(y + at);
    store<f32>(dz + at, load<f32>(dy + at) * (1 - yT * yT));
  }
}

function reluGradient(dz: usize, y: usize, dy: usize, count: i32): void {
  let i = 0;
  if (LANES == 4) {
    for (; i + 4 <= count; i += 4) {
      const at = <usize>i << 2;
      v128.store(dz + at, v128.and(v128.load(dy + at), f32x4.gt(v128.load(y + at), f32x4.splat(0))));
    }
  }
  for (; i < count; i++) {
    const at = <usize>i << 2;
    store<f32>(dz + at, load<f32>(y + at) > 0 ? load<f32>(dy + at) : 0);
  }
}

/** y[rows,n] += row[n] */
function addRow(y: usize, row: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    addInto(y, row, n);
    y += <usize>n << 2;
  }
}

/** sums[n] += Σ_rows x[rows,n], in the order of the rows. */
export function addColumnSums(sums: usize, x: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows; i++) {
    addInto(sums, x, n);
    x += <usize>n << 2;
  }
}

/** target[n] += source[n] */
@inline
function addInto(target: usize, source: usize, n: i32): void {
  let j = 0;
  if (LANES == 4) {
    for (; j + 4 <= n; j += 4) {
      const at = <usize>j << 2;
      v128.store(target + at, f32x4.add(v128.load(target + at), v128.load(source + at)));
    }
  }
  for (; j < n; j++) {
    const at = <usize>j << 2;
    store<f32>(target + at, load<f32>(target + at) + load<f32>(source + at));
  }
}

/** dw[count,out] += xᵀ · dz, one row after another: the scalar twin of the accumulating product. */
function addOuterScalar(dw: usize, x: usize, dz: usize, rows: i32, count: i32, inputs: i32, outputs: i32): void {
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < outputs; j++) {
      let sum = load<f32>(dw + (<usize>(i * outputs + j) << 2));
      for (let row = 0; row < rows; row++) {
        sum += load<f32>(x + (<usize>(row * inputs + i) << 2)) * load<f32>(dz + (<usize>(row * outputs + j) << 2));
      }
      store<f32>(dw + (<usize>(i * outputs + j) << 2), sum);
    }
  }
}
