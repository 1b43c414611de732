/**
 * Matrix products, row-major f32. Every element of the result is summed over k in order, one multiplication and one addition
 * at a time, whatever tile computes it: results depend neither on the tile nor on the number of rows.
 *
 * The right operand is packed into panels of 8 columns, `[n/8][k][8]`, so that a tile reads it in order; tiles of 4 rows × 8 columns keep
 * their 32 sums in registers for two loads and four broadcasts a step.
 */

/** Columns of a panel. */
const PANEL = 8;
/** Steps of k in one pass: a panel's pass (8 KiB) and four rows' stay in the first-level cache. */
const DEPTH = 256;

/** Bytes that {@link matMul} needs at `scratch`. */
export function matMulScratchBytes(k: i32, n: i32): usize {
  return <usize>(k * (n + PANEL)) << 2;
}

/** c[m,n] ← op(a) · op(b), where op transposes if asked: op(a) is [m,k] and op(b) is [k,n]. */
export function matMul(c: usize, a: usize, b: usize, m: i32, k: i32, n: i32, transposeA: i32, transposeB: i32, scratch: usize): void {
  const aRow: usize = transposeA ? 4 : <usize>k << 2;
  const aStep: usize = transposeA ? <usize>m << 2 : 4;
  if (LANES == 4) {
    packPanels(scratch, b, k, n, transposeB);
    productPacked(c, a, scratch, m, k, n, aRow, aStep, 0);
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

/** packed `[ceil(n/8)][k][8]` ← op(b). The last panel's missing columns are zero. */
export function packPanels(packed: usize, b: usize, k: i32, n: i32, transposeB: i32): void {
  for (let column = 0; column < n; column += PANEL) {
    const width = min(PANEL, n - column);
    if (transposeB) packTransposed(packed, b + (<usize>(column * k) << 2), k, width);
    else packColumns(packed, b + (<usize>column << 2), k, width, <usize>n << 2);
    packed += <usize>(k * PANEL) << 2;
  }
}

function packColumns(packed: usize, b: usize, k: i32, width: i32, stride: usize): void {
  for (let step = 0; step < k; step++) {
    if (width == PANEL) {
      v128.store(packed, v128.load(b));
      v128.store(packed, v128.load(b, 16), 16);
    } else {
      for (let j = 0; j < PANEL; j++) store<f32>(packed + (<usize>j << 2), j < width ? load<f32>(b + (<usize>j << 2)) : 0);
    }
    b += stride;
    packed += PANEL << 2;
  }
}

/** Rows of b become columns; written in order, read from 8 rows at once. */
function packTransposed(packed: usize, b: usize, k: i32, width: i32): void {
  const stride = <usize>k << 2;
  for (let step = 0; step < k; step++) {
    for (let j = 0; j < PANEL; j++) store<f32>(packed + (<usize>j << 2), j < width ? load<f32>(b + <usize>j * stride) : 0);
    b += 4;
    packed += PANEL << 2;
  }
}

/** c[m,n] ← (c if `accumulate`, else 0) + a · packed. Element (i,k) of a lies at a + i·aRow + k·aStep, in bytes. */
export function productPacked(c: usize, a: usize, packed: usize, m: i32, k: i32, n: i32, aRow: usize, aStep: usize, accumulate: i32): void {
  for (let first = 0; first < k; first += DEPTH) {
    const depth = min(DEPTH, k - first);
    pass(c, a + <usize>first * aStep, packed + (<usize>(first * PANEL) << 2), m, depth, n, <usize>(k * PANEL) << 2, aRow, aStep, accumulate | first);
  }
}

function pass(c: usize, a: usize, packed: usize, m: i32, depth: i32, n: i32, panelBytes: usize, aRow: usize, aStep: usize, accumulate: i32): void {
  const cRow = <usize>n << 2;
  for (let column = 0; column < n; column += PANEL) {
    const width = min(PANEL, n - column);
    let aTile = a;
    let cTile = c + (<usize>column << 2);
    let i = 0;
    for (; i + 4 <= m; i += 4) {
      tile4(cTile, aTile, packed, depth, width, cRow, aRow, aStep, accumulate);
      aTile += 4 * aRow;
      cTile += 4 * cRow;
    }
    for (; i < m; i++) {
      tile1(cTile, aTile, packed, depth, width, aStep, accumulate);
      aTile += aRow;
      cTile += cRow;
    }
    packed += panelBytes;
  }
}

@inline
function low(c: usize, width: i32, accumulate: i32): v128 {
  if (!accumulate) return f32x4.splat(0);
  return width >= 4 ? v128.load(c) : loadPart(c, width);
}

@inline
function high(c: usize, width: i32, accumulate: i32): v128 {
  if (!accumulate || width <= 4) return f32x4.splat(0);
  return width == PANEL ? v128.load(c, 16) : loadPart(c + 16, width - 4);
}

function loadPart(source: usize, count: i32): v128 {
  let part = v128.load32_zero(source);
  if (count > 1) part = v128.load32_lane(source, part, 1, 4);
  if (count > 2) part = v128.load32_lane(source, part, 2, 8);
  return part;
}

function storePart(target: usize, value: v128, count: i32): void {
  v128.store32_lane(target, value, 0);
  if (count > 1) v128.store32_lane(target, value, 1, 4);
  if (count > 2) v128.store32_lane(target, value, 2, 8);
}

@inline
function put(c: usize, left: v128, right: v128, width: i32): void {
  if (width == PANEL) {
    v128.store(c, left);
    v128.store(c, right, 16);
  } else if (width < 4) {
    storePart(c, left, width);
  } else {
    v128.store(c, left);
    if (width > 4) storePart(c + 16, right, width - 4);
  }
}

@inline
function tile4(c: usize, a: usize, packed: usize, depth: i32, width: i32, cRow: usize, aRow: usize, aStep: usize, accumulate: i32): void {
  if (width > 4) tile4x8(c, a, packed, depth, width, cRow, aRow, aStep, accumulate);
  else tile4x4(c, a, packed, depth, width, cRow, aRow, aStep, accumulate);
}

function tile4x8(c: usize, a: usize, packed: usize, depth: i32, width: i32, cRow: usize, aRow: usize, aStep: usize, accumulate: i32): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s00 = low(c, width, accumulate);
  let s01 = high(c, width, accumulate);
  let s10 = low(c1, width, accumulate);
  let s11 = high(c1, width, accumulate);
  let s20 = low(c2, width, accumulate);
  let s21 = high(c2, width, accumulate);
  let s30 = low(c3, width, accumulate);
  let s31 = high(c3, width, accumulate);
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  const end = packed + (<usize>(depth * PANEL) << 2);
  for (; packed < end; packed += PANEL << 2) {
    const b0 = v128.load(packed);
    const b1 = v128.load(packed, 16);
    const x0 = v128.load32_splat(a);
    s00 = f32x4.add(s00, f32x4.mul(x0, b0));
    s01 = f32x4.add(s01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(a1);
    s10 = f32x4.add(s10, f32x4.mul(x1, b0));
    s11 = f32x4.add(s11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(a2);
    s20 = f32x4.add(s20, f32x4.mul(x2, b0));
    s21 = f32x4.add(s21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(a3);
    s30 = f32x4.add(s30, f32x4.mul(x3, b0));
    s31 = f32x4.add(s31, f32x4.mul(x3, b1));
    a += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
  }
  put(c, s00, s01, width);
  put(c1, s10, s11, width);
  put(c2, s20, s21, width);
  put(c3, s30, s31, width);
}

/** For a last panel of at most 4 columns. */
function tile4x4(c: usize, a: usize, packed: usize, depth: i32, width: i32, cRow: usize, aRow: usize, aStep: usize, accumulate: i32): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s0 = low(c, width, accumulate);
  let s1 = low(c1, width, accumulate);
  let s2 = low(c2, width, accumulate);
  let s3 = low(c3, width, accumulate);
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  const end = packed + (<usize>(depth * PANEL) << 2);
  for (; packed < end; packed += PANEL << 2) {
    const b0 = v128.load(packed);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(a), b0));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(a1), b0));
    s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(a2), b0));
    s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(a3), b0));
    a += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
  }
  put(c, s0, s0, width);
  put(c1, s1, s1, width);
  put(c2, s2, s2, width);
  put(c3, s3, s3, width);
}

function tile1(c: usize, a: usize, packed: usize, depth: i32, width: i32, aStep: usize, accumulate: i32): void {
  let s0 = low(c, width, accumulate);
  let s1 = high(c, width, accumulate);
  const end = packed + (<usize>(depth * PANEL) << 2);
  for (; packed < end; packed += PANEL << 2) {
    const x = v128.load32_splat(a);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(packed)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(packed, 16)));
    a += aStep;
  }
  put(c, s0, s1, width);
}
