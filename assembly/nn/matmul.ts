/**
 * Matrix products, row-major f32. Every element of the result is summed over k in order, one multiplication and one addition
 * at a time, whatever tile computes it: results depend neither on the tile nor on the number of rows.
 */
import { PANEL, PANEL_ROW, packPanels, panelsBytes } from "./panels";
import { isSparse, productSparse } from "./sparse";
import { tile1, tile4x4, tile4x8 } from "./tiles";

/** Steps of k in one pass: a panel's pass (8 KiB) and four rows' stay in the first-level cache. */
const DEPTH = 256;

/** Bytes that {@link matMul} needs at `scratch`. */
export function matMulScratchBytes(k: i32, n: i32): usize {
  return panelsBytes(k, n);
}

/** c[m,n] ← op(a) · op(b), where op transposes if asked: op(a) is [m,k] and op(b) is [k,n]. */
export function matMul(c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, transposeA: i32, transposeB: i32, scratch: usize): void {
  const aRow: usize = transposeA ? 4 : <usize>k << 2;
  const aStep: usize = transposeA ? <usize>m << 2 : 4;
  if (LANES == 4) {
    packPanels(scratch, b, k, n, transposeB);
    productPacked(c, a, scratch, m, k, n, aRow, aStep, 0, 0, 0);
  } else {
    productScalar(c, a, b, m, k, n, aRow, aStep, transposeB ? 4 : <usize>n << 2, transposeB ? <usize>k << 2 : 4);
  }
}

/** The scalar twin of {@link matMul}. Strides in bytes. */
export function productScalar(c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, aRow: usize, aStep: usize, bStep: usize, bColumn: usize): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum: f32 = 0;
      for (let step = 0; step < k; step++) {
        sum += load<f32>(a + <usize>i * aRow + <usize>step * aStep) * load<f32>(b + <usize>step * bStep + <usize>j * bColumn);
      }
      store<f32>(c + (<usize>(i * n + j) << 2), sum);
    }
  }
}

/**
 * c[m,n] ← (c if `accumulate`, else 0) + a · packed, then + bias[n] unless that is 0.
 * Element (i,k) of a lies at a + i·aRow + k·aStep, in bytes. With room for `lists` (see sparse.ts) an operand with many zeros is taken as such.
 */
export function productPacked(
  c: usize,
  a: usize,
  packed: usize,
  m: i32,
  k: i32,
  n: i32,
  aRow: usize,
  aStep: usize,
  accumulate: i32,
  bias: usize,
  lists: usize,
): void {
  const cRow = <usize>n << 2;
  const done = lists && isSparse(a, m, k, n, aRow, aStep) ? n & -PANEL : 0;
  if (done) {
    productSparse(c, a, packed, m, k, done, cRow, aRow, aStep, accumulate, bias, lists);
    c += <usize>done << 2;
    packed += <usize>(done / PANEL) * <usize>k * PANEL_ROW;
    if (bias) bias += <usize>done << 2;
  }
  for (let first = 0; first < k && done < n; first += DEPTH) {
    const depth = min(DEPTH, k - first);
    const isLast = first + depth == k;
    const panels = packed + <usize>first * PANEL_ROW;
    const columns = n - done;
    pass(c, a + <usize>first * aStep, panels, m, depth, columns, <usize>k * PANEL_ROW, cRow, aRow, aStep, accumulate | first, isLast ? bias : 0);
  }
}

function pass(
  c: usize,
  a: usize,
  packed: usize,
  m: i32,
  depth: i32,
  n: i32,
  panelBytes: usize,
  cRow: usize,
  aRow: usize,
  aStep: usize,
  accumulate: i32,
  bias: usize,
): void {
  for (let column = 0; column < n; column += PANEL) {
    const width = min(PANEL, n - column);
    const biasTile = bias ? bias + (<usize>column << 2) : 0;
    let aTile = a;
    let cTile = c + (<usize>column << 2);
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      if (width > 4) tile4x8(cTile, aTile, packed, depth, width, cRow, aRow, aStep, accumulate, biasTile);
      else tile4x4(cTile, aTile, packed, depth, width, cRow, aRow, aStep, accumulate, biasTile);
      aTile += 4 * aRow;
      cTile += 4 * cRow;
    }
    for (; i < m; i++) {
      tile1(cTile, aTile, packed, depth, width, aStep, accumulate, biasTile);
      aTile += aRow;
      cTile += cRow;
    }
    packed += panelBytes;
  }
}
