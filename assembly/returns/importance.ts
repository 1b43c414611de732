/**
 * Importance sampling: what the steps of a rollout count for a policy π that did not act in it, over the rows of `[T,N]` columns, a group of
 * lanes at a time. A trajectory is an episode, or the part of it that lies in the rollout.
 * Every column may be read up to three numbers past its end; nothing is written there.
 */
import { exp } from "../lanes/math";
import { atMost } from "../lanes/primitives";
import { storeLanes } from "../lanes/rows";
import { temporalDifference } from "./gae";

/** What a weight is the product of; mirrored by src/rollout/importance.ts. */
enum Form {
  TRAJECTORY, // the ratios of the whole trajectory
  CAUSAL, // those up to the step, its own among them
  FIRST_ORDER, // its own alone
}

/** No weight exceeds e^20, so that weighted sums stay finite in float32. */
const LOG_LIMIT: f32 = 20;

/**
 * weight[T,N] ← min(Π ratio, maxWeight), with the product over what `form` says, taken as a sum of logRatio[T,N] = ln π(a|s) − ln b(a|s).
 */
export function importanceWeights(
  weight: usize,
  logRatio: usize,
  terminated: usize,
  truncated: usize,
  steps: i32,
  lanes: i32,
  form: i32,
  maxWeight: f32,
): void {
  const rowBytes = <usize>lanes << 2;
  for (let lane = 0; lane < lanes; lane += LANES) {
    const live = min(LANES, lanes - lane);
    const at = <usize>lane << 2;
    if (form == Form.FIRST_ORDER) copyLanes(weight + at, logRatio + at, steps, rowBytes, live);
    else accumulateLanes(weight + at, logRatio + at, terminated + at, truncated + at, steps, rowBytes, live);
    if (form == Form.TRAJECTORY) spreadLanes(weight + at, terminated + at, truncated + at, steps, rowBytes, live);
    if (LANES == 4) exponentiateLanes(weight + at, steps, rowBytes, live, f32x4.splat(maxWeight));
    else exponentiateLanes(weight + at, steps, rowBytes, live, maxWeight);
  }
}

@lanes
function copyLanes(weight: usize, logRatio: usize, steps: i32, rowBytes: usize, live: i32): void {
  for (let t = 0; t < steps; t++) {
    const at = <usize>t * rowBytes;
    storeLanes(weight + at, load<f32>(logRatio + at), live);
  }
}

/** weight ← the sum of log-ratios since the trajectory's start. */
@lanes
function accumulateLanes(weight: usize, logRatio: usize, terminated: usize, truncated: usize, steps: i32, rowBytes: usize, live: i32): void {
  let sum: f32 = 0;
  for (let t = 0; t < steps; t++) {
    const at = <usize>t * rowBytes;
    sum += load<f32>(logRatio + at);
    storeLanes(weight + at, sum, live);
    const isEnd = load<f32>(terminated + at) != 0 || load<f32>(truncated + at) != 0;
    sum = isEnd ? 0 : sum;
  }
}

/** weight ← its number at the trajectory's last step. */
@lanes
function spreadLanes(weight: usize, terminated: usize, truncated: usize, steps: i32, rowBytes: usize, live: i32): void {
  let last: f32 = 0;
  let isEnd: f32 = 1; // the rollout's end is one too
  for (let t = steps - 1; t >= 0; t--) {
    const at = <usize>t * rowBytes;
    const isLast = isEnd != 0 || load<f32>(terminated + at) != 0 || load<f32>(truncated + at) != 0;
    last = isLast ? load<f32>(weight + at) : last;
    storeLanes(weight + at, last, live);
    isEnd = 0;
  }
}

@lanes
function exponentiateLanes(weight: usize, steps: i32, rowBytes: usize, live: i32, maxWeight: f32): void {
  for (let t = 0; t < steps; t++) {
    const at = <usize>t * rowBytes;
    storeLanes(weight + at, atMost<f32>(exp(atMost<f32>(load<f32>(weight + at), LOG_LIMIT)), maxWeight), live);
  }
}

/** weighted[T,N] ← weight[T,N] · advantage[T,N] */
export function weightAdvantages(weighted: usize, weight: usize, advantage: usize, steps: i32, lanes: i32): void {
  const count = steps * lanes;
  for (let i = 0; i < count; i += LANES) {
    const at = <usize>i << 2;
    productLanes(weighted + at, weight + at, advantage + at, min(LANES, count - i));
  }
}

@lanes
function productLanes(weighted: usize, weight: usize, advantage: usize, live: i32): void {
  storeLanes(weighted, load<f32>(weight) * load<f32>(advantage), live);
}

/**
 * Per-decision weighting (Precup, Sutton & Singh 2000): each temporal difference is weighted by the ratios up to its own step, not beyond:
 *   weighted_t = w_t δ_t + γλ weighted_{t+1} (0 past an episode's end)
 * With w = 1 these are the advantages of {@link gae}; all columns but `weight` `[T,N]` are the same as there.
 */
export function perDecisionAdvantages(
  weighted: usize,
  weight: usize,
  reward: usize,
  terminated: usize,
  truncated: usize,
  value: usize,
  finalValue: usize,
  steps: i32,
  lanes: i32,
  gamma: f32,
  lambda: f32,
): void {
  const rowBytes = <usize>lanes << 2;
  for (let lane = 0; lane < lanes; lane += LANES) {
    const live = min(LANES, lanes - lane);
    const at = <usize>lane << 2;
    if (LANES == 4) {
      perDecisionLanes(weighted + at, weight + at, reward + at, terminated + at, truncated + at, value + at, finalValue + at, steps, rowBytes, live, f32x4.splat(gamma), f32x4.splat(lambda));
    } else {
      perDecisionLanes(weighted + at, weight + at, reward + at, terminated + at, truncated + at, value + at, finalValue + at, steps, rowBytes, live, gamma, lambda);
    }
  }
}

@lanes
function perDecisionLanes(
  weighted: usize,
  weight: usize,
  reward: usize,
  terminated: usize,
  truncated: usize,
  value: usize,
  finalValue: usize,
  steps: i32,
  rowBytes: usize,
  live: i32,
  gamma: f32,
  lambda: f32,
): void {
  let weightedT: f32 = 0;
  for (let t = steps - 1; t >= 0; t--) {
    const at = <usize>t * rowBytes;
    const deltaT = temporalDifference(reward + at, terminated + at, truncated + at, value + at, finalValue + at, rowBytes, gamma);
    const isEnd = load<f32>(terminated + at) != 0 || load<f32>(truncated + at) != 0;
    const carried: f32 = isEnd ? 0 : weightedT;
    weightedT = load<f32>(weight + at) * deltaT + gamma * lambda * carried;
    storeLanes(weighted + at, weightedT, live);
  }
}
