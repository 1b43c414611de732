/**
 * Layers of few outputs, such as the heads of policies and value functions, which would leave the tiles of a product nearly empty.
 * Here a lane is a row. Sums are in the order of all other layers, so that acting has the same bits.
 */
import { broadcast } from "../lanes/primitives";
import { lanesToRows, rowsToLanes } from "../lanes/rows";
import { Vector, vectorBytes } from "../lanes/vector";

/** Up to this many outputs {@link narrowForward} takes. */
export const NARROW_FORWARD: i32 = 2;
/** Groups of lanes side by side, so that no addition waits for the one before. */
const GROUPS = 4;

/** Bytes that {@link narrowForward} needs at `scratch`. */
export function narrowForwardScratchBytes(inputs: i32): usize {
  return GROUPS * vectorBytes(inputs + NARROW_FORWARD);
}

/** y[rows,out] ← x · w + b */
export function narrowForward(y: usize, x: usize, w: usize, b: usize, rows: i32, inputs: i32, outputs: i32, scratch: usize): void {
  const size = vectorBytes(inputs);
  const result = scratch + GROUPS * size;
  for (let row = 0; row < rows; row += GROUPS * LANES) {
    for (let group = 0; group < GROUPS; group++) {
      const live = min<i32>(LANES, rows - row - group * LANES);
      if (live > 0) rowsToLanes(scratch + <usize>group * size, x + <usize>group * ((<usize>inputs * LANES) << 2), inputs, live);
    }
    if (outputs == 1) affine(1, changetype<Vector>(result), changetype<Vector>(scratch), w, b, inputs);
    else affine(2, changetype<Vector>(result), changetype<Vector>(scratch), w, b, inputs);
    for (let group = 0; group < GROUPS; group++) {
      const live = min<i32>(LANES, rows - row - group * LANES);
      if (live > 0) lanesToRows(y + <usize>group * ((<usize>outputs * LANES) << 2), result + <usize>group * vectorBytes(outputs), outputs, live);
    }
    x += <usize>(inputs * GROUPS * LANES) << 2;
    y += <usize>(outputs * GROUPS * LANES) << 2;
  }
}

/** Four groups of rows, whose vectors stand one after another; one output, or two side by side. */
@lanes
@inline
function affine(outputs: i32, y: Vector, x: Vector, w: usize, b: usize, inputs: i32): void {
  let s0: f32 = 0;
  let s1: f32 = 0;
  let s2: f32 = 0;
  let s3: f32 = 0;
  let t0: f32 = 0;
  let t1: f32 = 0;
  let t2: f32 = 0;
  let t3: f32 = 0;
  for (let k = 0; k < inputs; k++) {
    const x0 = x.get(k);
    const x1 = x.get(k + inputs);
    const x2 = x.get(k + 2 * inputs);
    const x3 = x.get(k + 3 * inputs);
    const v = broadcast<f32>(w);
    s0 += x0 * v;
    s1 += x1 * v;
    s2 += x2 * v;
    s3 += x3 * v;
    w += 4;
    if (outputs == 1) continue;
    const u = broadcast<f32>(w);
    t0 += x0 * u;
    t1 += x1 * u;
    t2 += x2 * u;
    t3 += x3 * u;
    w += 4;
  }
  const bias = broadcast<f32>(b);
  y.set(0, s0 + bias);
  y.set(outputs, s1 + bias);
  y.set(2 * outputs, s2 + bias);
  y.set(3 * outputs, s3 + bias);
  if (outputs == 1) return;
  const second = broadcast<f32>(b + 4);
  y.set(1, t0 + second);
  y.set(3, t1 + second);
  y.set(5, t2 + second);
  y.set(7, t3 + second);
}
