/**
 * Parts of a product that stay in registers while k runs: tiles of 4 rows × 8 columns keep their 32 sums for two loads and four
 * broadcasts a step. `width` says how many of the panel's columns exist; strides in bytes. Sums begin with c if `accumulate`, else with 0,
 * and end with `bias` unless that is 0.
 */
import { PANEL_ROW } from "./panels";

/** The first `count` of four numbers, zeros after them; none if the count is not positive. */
@inline
function some(source: usize, count: i32): v128 {
  return count >= 4 ? v128.load(source) : few(source, count);
}

function few(source: usize, count: i32): v128 {
  if (count <= 0) return f32x4.splat(0);
  let part = v128.load32_zero(source);
  if (count > 1) part = v128.load32_lane(source, part, 1, 4);
  if (count > 2) part = v128.load32_lane(source, part, 2, 8);
  return part;
}

/** The inverse of {@link some}. */
@inline
function putSome(target: usize, value: v128, count: i32): void {
  if (count >= 4) v128.store(target, value);
  else putFew(target, value, count);
}

function putFew(target: usize, value: v128, count: i32): void {
  if (count <= 0) return;
  v128.store32_lane(target, value, 0);
  if (count > 1) v128.store32_lane(target, value, 1, 4);
  if (count > 2) v128.store32_lane(target, value, 2, 8);
}

/** For panels of more than 4 columns. */
export function tile4x8(
  c: usize,
  a: usize,
  packed: usize,
  depth: i32,
  width: i32,
  cRow: usize,
  aRow: usize,
  aStep: usize,
  accumulate: i32,
  bias: usize,
): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  const more = width - 4;
  let s00 = f32x4.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  if (accumulate) {
    s00 = v128.load(c);
    s01 = some(c + 16, more);
    s10 = v128.load(c1);
    s11 = some(c1 + 16, more);
    s20 = v128.load(c2);
    s21 = some(c2 + 16, more);
    s30 = v128.load(c3);
    s31 = some(c3 + 16, more);
  }
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  const end = packed + <usize>depth * PANEL_ROW;
  for (; packed < end; packed += PANEL_ROW) {
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
  if (bias) {
    const left = v128.load(bias);
    const right = some(bias + 16, more);
    s00 = f32x4.add(s00, left);
    s01 = f32x4.add(s01, right);
    s10 = f32x4.add(s10, left);
    s11 = f32x4.add(s11, right);
    s20 = f32x4.add(s20, left);
    s21 = f32x4.add(s21, right);
    s30 = f32x4.add(s30, left);
    s31 = f32x4.add(s31, right);
  }
  v128.store(c, s00);
  putSome(c + 16, s01, more);
  v128.store(c1, s10);
  putSome(c1 + 16, s11, more);
  v128.store(c2, s20);
  putSome(c2 + 16, s21, more);
  v128.store(c3, s30);
  putSome(c3 + 16, s31, more);
}

/** For a last panel of at most 4 columns. */
export function tile4x4(
  c: usize,
  a: usize,
  packed: usize,
  depth: i32,
  width: i32,
  cRow: usize,
  aRow: usize,
  aStep: usize,
  accumulate: i32,
  bias: usize,
): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  if (accumulate) {
    s0 = some(c, width);
    s1 = some(c1, width);
    s2 = some(c2, width);
    s3 = some(c3, width);
  }
  let a1 = a + aRow;
  let a2 = a1 + aRow;
  let a3 = a2 + aRow;
  const end = packed + <usize>depth * PANEL_ROW;
  for (; packed < end; packed += PANEL_ROW) {
    const b = v128.load(packed);
    s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(a), b));
    s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(a1), b));
    s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(a2), b));
    s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(a3), b));
    a += aStep;
    a1 += aStep;
    a2 += aStep;
    a3 += aStep;
  }
  if (bias) {
    const last = some(bias, width);
    s0 = f32x4.add(s0, last);
    s1 = f32x4.add(s1, last);
    s2 = f32x4.add(s2, last);
    s3 = f32x4.add(s3, last);
  }
  putSome(c, s0, width);
  putSome(c1, s1, width);
  putSome(c2, s2, width);
  putSome(c3, s3, width);
}

/** One row, for what is left of them. */
export function tile1(c: usize, a: usize, packed: usize, depth: i32, width: i32, aStep: usize, accumulate: i32, bias: usize): void {
  let s0 = accumulate ? some(c, width) : f32x4.splat(0);
  let s1 = accumulate ? some(c + 16, width - 4) : f32x4.splat(0);
  const end = packed + <usize>depth * PANEL_ROW;
  for (; packed < end; packed += PANEL_ROW) {
    const x = v128.load32_splat(a);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(packed)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(packed, 16)));
    a += aStep;
  }
  if (bias) {
    s0 = f32x4.add(s0, some(bias, width));
    s1 = f32x4.add(s1, some(bias + 16, width - 4));
  }
  putSome(c, s0, width);
  putSome(c + 16, s1, width - 4);
}
