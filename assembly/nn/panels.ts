/**
 * The right operand of a product, packed into panels of 8 columns, `[n/8][k][8]`, so that a tile reads it in order.
 * The last panel's missing columns are zero.
 */
import { transposeBlock } from "../lanes/rows";

/** Columns of a panel. */
export const PANEL = 8;
/** Bytes of a panel's row. */
export const PANEL_ROW: usize = <usize>PANEL << 2;

/** Bytes of op(b) `[k,n]` in panels. */
export function panelsBytes(k: i32, n: i32): usize {
  return <usize>(k * (n + PANEL)) << 2;
}

/** packed `[ceil(n/8)][k][8]` ← op(b), where op transposes if asked. */
export function packPanels(packed: usize, b: usize, k: i32, n: i32, transposeB: i32): void {
  for (let column = 0; column < n; column += PANEL) {
    const width = min(PANEL, n - column);
    if (transposeB) packTransposed(packed, b + (<usize>(column * k) << 2), k, width);
    else packColumns(packed, b + (<usize>column << 2), k, width, <usize>n << 2);
    packed += <usize>k * PANEL_ROW;
  }
}

function packColumns(packed: usize, b: usize, k: i32, width: i32, stride: usize): void {
  for (let step = 0; step < k; step++) {
    if (width == PANEL) {
      v128.store(packed, v128.load(b));
      v128.store(packed, v128.load(b, 16), 16);
    } else {
      packNumbers(packed, b, width, 4);
    }
    b += stride;
    packed += PANEL_ROW;
  }
}

/** Rows of b become columns. */
function packTransposed(packed: usize, b: usize, k: i32, width: i32): void {
  const stride = <usize>k << 2;
  const whole = width == PANEL ? k & ~3 : 0;
  for (let step = 0; step < whole; step += 4) {
    transposeBlock(packed, PANEL_ROW, b, stride);
    transposeBlock(packed + 16, PANEL_ROW, b + 4 * stride, stride);
    b += 16;
    packed += 4 * PANEL_ROW;
  }
  for (let step = whole; step < k; step++) {
    packNumbers(packed, b, width, stride);
    b += 4;
    packed += PANEL_ROW;
  }
}

/** One row of a panel from `width` numbers that lie `stride` bytes apart. */
@inline
function packNumbers(packed: usize, b: usize, width: i32, stride: usize): void {
  for (let j = 0; j < PANEL; j++) store<f32>(packed + (<usize>j << 2), j < width ? load<f32>(b + <usize>j * stride) : 0);
}
