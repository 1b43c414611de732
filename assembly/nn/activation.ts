/** What stands behind a layer: y = activation(z), in place. */
import { tanh } from "../lanes/math";
import { atLeast } from "../lanes/primitives";
import { storeLanes } from "../lanes/rows";
import { GROUP } from "./groups";

/** Mirrored by src/wasm/layers.ts. */
export const LINEAR: i32 = 0;
export const TANH: i32 = 1;
export const RELU: i32 = 2;

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
  const whole = y + (<usize>(count & (-4 * LANES)) << 2);
  if (y < whole) {
    do {
      tanhLanes(y, LANES);
      tanhLanes(y + GROUP, LANES);
      tanhLanes(y + 2 * GROUP, LANES);
      tanhLanes(y + 3 * GROUP, LANES);
      y += 4 * GROUP;
    } while (y < whole);
  }
  for (; y < end; y += GROUP) tanhLanes(y, min<i32>(LANES, <i32>((end - y) >> 2)));
}

function reluAll(y: usize, count: i32): void {
  const end = y + (<usize>count << 2);
  const whole = y + (<usize>(count & -LANES) << 2);
  if (y < whole) {
    do {
      reluLanes(y, LANES);
      y += GROUP;
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
