/**
 * The kernels that a deployed policy needs: dense layers, and what makes actions of their outputs. Densities are left out, and rows are
 * sampled one at a time: fewer bytes, the same bits.
 */
import { Random, Purpose } from "./lanes/random";
import { lanesToRows, rowsToLanes } from "./lanes/rows";
import { Vector, vectorBytes } from "./lanes/vector";
import { categorical } from "./nn/heads/categorical";
import { gaussian, normals, squash } from "./nn/heads/gaussian";
import { randomBytes } from "./nn/heads/scratch";
import { rescale } from "./nn/normalise";

export { dense } from "./nn/dense";
export { scratchBytes } from "./nn/heads/scratch";
export { normaliseRows } from "./nn/normalise";

/** How outputs become actions; mirrored by src/policy/blueprint.ts. */
enum Kind {
  CATEGORICAL,
  GAUSSIAN,
  SQUASHED_GAUSSIAN,
}

/**
 * Draws actions from the rows of `head`, or takes the likeliest. action i32 `[rows]` or f32 `[rows,size]`, not yet within bounds; head
 * f32 `[rows,width]` as in nn/heads; logStd f32 `[size]`, or 0 where the head has deviations.
 */
export function choose(
  kind: i32,
  action: usize,
  head: usize,
  logStd: usize,
  rows: i32,
  width: i32,
  size: i32,
  seed: u32,
  step: u32,
  deterministic: i32,
  scratch: usize,
): void {
  const random = changetype<Random>(scratch);
  const vector = changetype<Vector>(scratch + randomBytes());
  const outcome = changetype<Vector>(changetype<usize>(vector) + vectorBytes(width));
  for (let row = 0; row < rows; row++) {
    random.beginStep(seed, Purpose.ACTING, row, step);
    rowsToLanes(changetype<usize>(vector), head, width, 1);
    if (kind == Kind.CATEGORICAL) {
      categorical(random, vector, size, deterministic, outcome, 0, 1);
      store<i32>(action, <i32>load<f32>(changetype<usize>(outcome)));
      action += 4;
    } else {
      if (kind == Kind.GAUSSIAN) {
        gaussian(random, vector, logStd, size, deterministic, outcome, 0, 1);
      } else {
        normals(random, size, deterministic, outcome);
        squash(vector, outcome, size, outcome, 0, 1);
      }
      lanesToRows(action, changetype<usize>(outcome), size, 1);
      action += <usize>size << 2;
    }
    head += <usize>width << 2;
  }
}

/** actions[rows,n], in place, within low and high `[n]`; where they are rescaled ±1 means the bounds. */
export function bound(actions: usize, low: usize, high: usize, rows: i32, n: i32, isRescaled: i32): void {
  for (let i = 0; i < rows * n; i++) {
    const at = actions + (<usize>i << 2);
    const column = <usize>(i % n) << 2;
    const lowest = load<f32>(low + column);
    const highest = load<f32>(high + column);
    const given = load<f32>(at);
    store<f32>(at, min(max(isRescaled ? rescale(given, lowest, highest) : given, lowest), highest));
  }
}
