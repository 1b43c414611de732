/**
 * The gradient before an activation, dz = dy ∘ activation'(y) with tanh' = 1 − y² and relu' = [y > 0]: one walk over y and dy leaves it
 * in every form that the backward pass reads.
 */
import { LINEAR, RELU, TANH } from "./activation";
import { PANEL, PANEL_ROW } from "./panels";

/** Rows that are walked together, so that what they touch stays in the first-level cache from one panel to the next. */
const CHUNK = 8;

/**
 * dz[rows,n] ← dz, panels ← dz in panels of 8 columns, sums[n] += Σ_rows dz in the order of the rows. An address of 0 leaves one out; only
 * four-lane code writes panels. y and dy `[rows,n]`.
 */
export function preactivationGradient(
  dz: usize,
  panels: usize,
  sums: usize,
  y: usize,
  dy: usize,
  rows: i32,
  n: i32,
  activation: i32,
): void {
  const stride = <usize>n << 2;
  const wide = LANES == 4 && panels ? n & -PANEL : 0;
  const chunk = wide ? CHUNK : rows;
  for (let row = 0; row < rows; row += chunk) {
    const count = min(chunk, rows - row);
    let panel = LANES == 4 && panels ? panels + <usize>row * PANEL_ROW : 0;
    for (let column = 0; column < n; column += column < wide ? PANEL : 1) {
      const at = <usize>column << 2;
      const here = <usize>row * stride + at;
      const dzHere = dz ? dz + here : 0;
      const sumsHere = sums ? sums + at : 0;
      if (column < wide) {
        if (activation == TANH) walkPanel(TANH, dzHere, panel, sumsHere, y + here, dy + here, count, stride);
        else if (activation == RELU) walkPanel(RELU, dzHere, panel, sumsHere, y + here, dy + here, count, stride);
        else walkPanel(LINEAR, dzHere, panel, sumsHere, y + here, dy + here, count, stride);
        panel += <usize>rows * PANEL_ROW;
      } else {
        if (panel && column == wide) memory.fill(panel, 0, <usize>count * PANEL_ROW);
        walkColumn(dzHere, panel, sumsHere, y + here, dy + here, count, stride, activation);
        if (panel) panel += 4;
      }
    }
  }
}

@inline
function walkPanel(op: i32, dz: usize, panel: usize, sums: usize, y: usize, dy: usize, rows: i32, stride: usize): void {
  let left = sums ? v128.load(sums) : f32x4.splat(0);
  let right = sums ? v128.load(sums, 16) : f32x4.splat(0);
  const end = panel + <usize>rows * PANEL_ROW;
  do {
    const dzLeft = derived(op, v128.load(y), v128.load(dy));
    const dzRight = derived(op, v128.load(y, 16), v128.load(dy, 16));
    left = f32x4.add(left, dzLeft);
    right = f32x4.add(right, dzRight);
    v128.store(panel, dzLeft);
    v128.store(panel, dzRight, 16);
    if (dz) {
      v128.store(dz, dzLeft);
      v128.store(dz, dzRight, 16);
      dz += stride;
    }
    y += stride;
    dy += stride;
    panel += PANEL_ROW;
  } while (panel < end);
  if (sums) {
    v128.store(sums, left);
    v128.store(sums, right, 16);
  }
}

@inline
function derived(op: i32, y: v128, dy: v128): v128 {
  if (op == TANH) return f32x4.mul(dy, f32x4.sub(f32x4.splat(1), f32x4.mul(y, y)));
  if (op == RELU) return v128.and(dy, f32x4.gt(y, f32x4.splat(0)));
  return dy;
}

/** A column of the last panel, and the scalar twin. */
function walkColumn(dz: usize, panel: usize, sums: usize, y: usize, dy: usize, rows: i32, stride: usize, activation: i32): void {
  let sum: f32 = sums ? load<f32>(sums) : 0;
  for (let row = 0; row < rows; row++) {
    const value = derivedNumber(load<f32>(y), load<f32>(dy), activation);
    sum += value;
    if (panel) {
      store<f32>(panel, value);
      panel += PANEL_ROW;
    }
    if (dz) {
      store<f32>(dz, value);
      dz += stride;
    }
    y += stride;
    dy += stride;
  }
  if (sums) store<f32>(sums, sum);
}

@inline
function derivedNumber(y: f32, dy: f32, activation: i32): f32 {
  if (activation == TANH) return dy * (1 - y * y);
  if (activation == RELU) return y > 0 ? dy : 0;
  return dy;
}
