/**
 * A dense layer in training: y = activation(x · w + b) and its gradient, in blocks of rows whose intermediate results stay in the cache.
 * x `[rows,in]`, w `[in,out]`, b `[out]`, y and dy `[rows,out]`.
 */
import { activate, LINEAR } from "./activation";
import { affineScalar } from "./dense";
import { productPacked, productScalar } from "./matmul";
import { NARROW_BACKWARD, narrowBackwardPart, narrowBackwardScratchBytes } from "./narrow-backward";
import { NARROW_FORWARD, narrowForward, narrowForwardScratchBytes } from "./narrow-forward";
import { packPanels, panelsBytes } from "./panels";
import { preactivationGradient } from "./preactivation";
import { listsBytes } from "./sparse";

/** Rows of a block. */
const BLOCK = 64;

/** Bytes that {@link denseForward} and {@link denseBackward} need at `scratch`. */
export function denseScratchBytes(inputs: i32, outputs: i32): usize {
  const forward = max(narrowForwardScratchBytes(inputs), panelsBytes(inputs, outputs) + listsBytes(inputs) + 16);
  const lists = listsBytes(max(BLOCK, outputs));
  const wide = panelsBytes(outputs, inputs) + panelsBytes(BLOCK, outputs) + (<usize>(BLOCK * outputs) << 2) + lists + 48;
  return max(forward, max(narrowBackwardScratchBytes(inputs, outputs), wide));
}

@inline
function aligned(address: usize): usize {
  return (address + 15) & ~15;
}

/** y ← activation(x · w + b) */
export function denseForward(y: usize, x: usize, w: usize, b: usize, rows: i32, inputs: i32, outputs: i32, activation: i32, scratch: usize): void {
  const isNarrow = outputs <= NARROW_FORWARD;
  const lists = aligned(scratch + panelsBytes(inputs, outputs));
  if (LANES == 4 && !isNarrow) packPanels(scratch, w, inputs, outputs, 0);
  for (let row = 0; row < rows; row += BLOCK) {
    const count = min(BLOCK, rows - row);
    const xBlock = x + (<usize>(row * inputs) << 2);
    const yBlock = y + (<usize>(row * outputs) << 2);
    if (isNarrow) narrowForward(yBlock, xBlock, w, b, count, inputs, outputs, scratch);
    else if (LANES == 4) productPacked(yBlock, xBlock, scratch, count, inputs, outputs, <usize>inputs << 2, 4, 0, b, lists);
    else affineScalar(yBlock, xBlock, w, b, count, inputs, outputs);
    activate(yBlock, count * outputs, activation);
  }
}

/**
 * dz = dy ∘ activation'(y);  dx ← dz · wᵀ,  dw ← xᵀ · dz,  db ← Σ_rows dz. An address of 0 for dx leaves it out, one for dw both dw and db.
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
  if (outputs <= NARROW_BACKWARD) {
    narrowBackwardPart(dx, dw, db, x, w, y, dy, rows, inputs, outputs, activation, scratch, firstRow, endRow, firstInput, endInput);
    return;
  }
  const count = dw ? endInput - firstInput : 0;
  const hasSums = count > 0 && firstInput == 0;
  const wPanels = scratch;
  const dzPanels = aligned(wPanels + panelsBytes(outputs, inputs));
  const dzBlock = aligned(dzPanels + panelsBytes(BLOCK, outputs));
  const lists = aligned(dzBlock + (<usize>(BLOCK * outputs) << 2));
  const dwPart = dw + (<usize>(firstInput * outputs) << 2);
  if (count > 0) memory.fill(dwPart, 0, <usize>(count * outputs) << 2);
  if (hasSums) memory.fill(db, 0, <usize>outputs << 2);
  if (dx && LANES == 4) packPanels(wPanels, w, outputs, inputs, 1);
  for (let row = 0; row < rows; row += BLOCK) {
    const size = min(BLOCK, rows - row);
    const from = max(row, firstRow);
    const dxRows = dx ? min(row + size, endRow) - from : 0;
    if (count <= 0 && dxRows <= 0) continue;
    const at = <usize>(row * outputs) << 2;
    const dz = activation == LINEAR ? dy + at : dzBlock;
    const needsRows = activation != LINEAR && (LANES == 1 || dxRows > 0);
    preactivationGradient(needsRows ? dz : 0, dzPanels, hasSums ? db : 0, y + at, dy + at, size, outputs, activation);
    if (count > 0) addProduct(dwPart, x + (<usize>(row * inputs + firstInput) << 2), dz, dzPanels, size, count, inputs, outputs, lists);
    if (dxRows <= 0) continue;
    const dzFrom = dz + (<usize>((from - row) * outputs) << 2);
    inputGradient(dx + (<usize>(from * inputs) << 2), dzFrom, w, wPanels, dxRows, inputs, outputs, lists);
  }
}

/** dw[count,out] += xᵀ · dz for `count` of the inputs. */
@inline
function addProduct(dw: usize, x: usize, dz: usize, dzPanels: usize, rows: i32, count: i32, inputs: i32, outputs: i32, lists: usize): void {
  if (LANES == 4) productPacked(dw, x, dzPanels, count, rows, outputs, 4, <usize>inputs << 2, 1, 0, lists);
  else addOuterScalar(dw, x, dz, rows, count, inputs, outputs);
}

/** dx[rows,in] ← dz · wᵀ */
@inline
function inputGradient(dx: usize, dz: usize, w: usize, wPanels: usize, rows: i32, inputs: i32, outputs: i32, lists: usize): void {
  if (LANES == 4) productPacked(dx, dz, wPanels, rows, outputs, inputs, <usize>outputs << 2, 4, 0, 0, lists);
  else productScalar(dx, dz, w, rows, outputs, inputs, <usize>outputs << 2, 4, 4, <usize>outputs << 2);
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
