/**
 * What whole episodes say about their steps, over the rows of `[T,N]` columns, a group of lanes at a time. Row 0 begins an episode.
 * Every column may be read up to three numbers past its end; nothing is written there.
 */
import { storeLanes } from "../lanes/rows";

/** outcome[T,N] ← returns[T,N] of the first step of the same episode, for each of its steps. */
export function episodeReturns(outcome: usize, returns: usize, terminated: usize, truncated: usize, steps: i32, lanes: i32): void {
  const rowBytes = <usize>lanes << 2;
  for (let lane = 0; lane < lanes; lane += LANES) {
    const live = min(LANES, lanes - lane);
    const at = <usize>lane << 2;
    firstLanes(outcome + at, returns + at, terminated + at, truncated + at, steps, rowBytes, live);
  }
}

@lanes
function firstLanes(outcome: usize, returns: usize, terminated: usize, truncated: usize, steps: i32, rowBytes: usize, live: i32): void {
  let first: f32 = 0;
  let begins: f32 = 1;
  for (let t = 0; t < steps; t++) {
    const at = <usize>t * rowBytes;
    first = begins != 0 ? load<f32>(returns + at) : first;
    storeLanes(outcome + at, first, live);
    begins = load<f32>(terminated + at) != 0 || load<f32>(truncated + at) != 0 ? 1 : 0;
  }
}

/** weight[T,N] ← discount^k, k steps after an episode's start; 0 for the steps of episodes that don't end, if only whole ones count. */
export function episodeWeights(
  weight: usize,
  terminated: usize,
  truncated: usize,
  steps: i32,
  lanes: i32,
  discount: f32,
  onlyWhole: i32,
): void {
  const rowBytes = <usize>lanes << 2;
  for (let lane = 0; lane < lanes; lane += LANES) {
    const live = min(LANES, lanes - lane);
    const at = <usize>lane << 2;
    if (LANES == 4) discountLanes(weight + at, terminated + at, truncated + at, steps, rowBytes, live, f32x4.splat(discount));
    else discountLanes(weight + at, terminated + at, truncated + at, steps, rowBytes, live, discount);
    if (onlyWhole) dropUnfinished(weight + at, terminated + at, truncated + at, steps, rowBytes, live);
  }
}

@lanes
function discountLanes(weight: usize, terminated: usize, truncated: usize, steps: i32, rowBytes: usize, live: i32, discount: f32): void {
  let weightT: f32 = 1;
  for (let t = 0; t < steps; t++) {
    const at = <usize>t * rowBytes;
    storeLanes(weight + at, weightT, live);
    const isEnd = load<f32>(terminated + at) != 0 || load<f32>(truncated + at) != 0;
    weightT = isEnd ? 1 : weightT * discount;
  }
}

@lanes
function dropUnfinished(weight: usize, terminated: usize, truncated: usize, steps: i32, rowBytes: usize, live: i32): void {
  let isFinished: f32 = 0;
  for (let t = steps - 1; t >= 0; t--) {
    const at = <usize>t * rowBytes;
    const isEnd = load<f32>(terminated + at) != 0 || load<f32>(truncated + at) != 0;
    isFinished = isEnd ? 1 : isFinished;
    const kept: f32 = isFinished != 0 ? load<f32>(weight + at) : 0;
    storeLanes(weight + at, kept, live);
  }
}
