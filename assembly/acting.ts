/**
 * The kernels that a deployed policy needs: dense layers, and what makes actions of their outputs. The heads are those of nn/heads without
 * densities, and rows are sampled one at a time: fewer bytes, the same bits.
 */
import { exp } from "./lanes/math";
import { atLeast, atMost, broadcast } from "./lanes/primitives";
import { Random, Purpose } from "./lanes/random";
import { storeLanes } from "./lanes/rows";
import { activate, TANH } from "./nn/activation";
import { LOG_STD_MAX, LOG_STD_MIN } from "./nn/heads/gaussian";
import { rescale } from "./nn/normalise";

export { dense } from "./nn/dense";
export { normaliseRows as normalise } from "./nn/normalise";

/** How outputs become actions; mirrored by src/policy/blueprint.ts. */
enum Kind {
  CATEGORICAL,
  GAUSSIAN,
  SQUASHED_GAUSSIAN,
}

/**
 * Draws actions from the rows of `head`, or takes the likeliest. action i32 `[rows]` or f32 `[rows,size]`, not yet within bounds; head
 * f32 `[rows,width]` as in nn/heads; logStd f32 `[size]`, or 0 where the head has deviations.
 * The scratch takes 160 bytes.
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
  for (let row = 0; row < rows; row++) {
    random.beginStep(seed, Purpose.ACTING, row, step);
    if (kind == Kind.CATEGORICAL) {
      categorical(random, head, size, deterministic, action);
      store<i32>(action, <i32>load<f32>(action));
      action += 4;
    } else {
      normal(random, head, logStd, size, deterministic, action);
      if (kind == Kind.SQUASHED_GAUSSIAN) activate(action, size, TANH);
      action += <usize>size << 2;
    }
    head += <usize>width << 2;
  }
}

/** The first largest of the logits `[size]`, or a draw from their softmax, whose weights take their place. */
@lanes
function categorical(random: Random, logits: usize, size: i32, deterministic: i32, action: usize): void {
  let largest = broadcast<f32>(logits);
  let index: f32 = 0;
  for (let i = 1; i < size; i++) {
    const logit = broadcast<f32>(logits + (<usize>i << 2));
    index = logit > largest ? f32(i) : index;
    largest = max<f32>(largest, logit);
  }
  if (!deterministic) {
    let total: f32 = 0;
    for (let i = 0; i < size; i++) {
      const at = logits + (<usize>i << 2);
      const weight = exp(broadcast<f32>(at) - largest);
      storeLanes(at, weight, 1);
      total += weight;
    }
    const threshold = random.unit() * total;
    let cumulative: f32 = 0;
    index = 0;
    for (let i = 0; i < size - 1; i++) {
      cumulative += broadcast<f32>(logits + (<usize>i << 2));
      index += cumulative <= threshold ? 1 : 0;
    }
  }
  storeLanes(action, index, 1);
}

/** The means `[size]`, or draws from the normals around them. Log-deviations stand at `logStd`, or behind the means where that is 0. */
@lanes
function normal(random: Random, head: usize, logStd: usize, size: i32, deterministic: i32, action: usize): void {
  for (let i = 0; i < size; i++) {
    let logDeviation: f32 = 0;
    if (logStd) logDeviation = broadcast<f32>(logStd + (<usize>i << 2));
    else logDeviation = atMost<f32>(atLeast<f32>(broadcast<f32>(head + (<usize>(size + i) << 2)), LOG_STD_MIN), LOG_STD_MAX);
    let noise: f32 = 0;
    if (!deterministic) noise = random.normal();
    storeLanes(action + (<usize>i << 2), broadcast<f32>(head + (<usize>i << 2)) + exp(logDeviation) * noise, 1);
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
