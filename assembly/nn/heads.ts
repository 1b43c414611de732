/**
 * Acting: from a network's outputs to actions and their log-probabilities, a group of rows at a time.
 * Row r draws from lane r's stream at the given step, so an action doesn't depend on how many rows are sampled with it.
 */
import { exp, log } from "../lanes/math";
import { broadcast } from "../lanes/primitives";
import { Random } from "../lanes/random";
import { lanesToRows, rowsToLanes, storeLanes } from "../lanes/rows";
import { Vector, vectorBytes } from "../lanes/vector";

/** ln √(2π), the constant of a normal log-density. */
const HALF_LOG_TWO_PI: f32 = 0.9189385332046727;

/** Bytes that the samplers need at `scratch` for actions or logits of `size` components. */
export function scratchBytes(size: i32): usize {
  return randomBytes() + 4 * vectorBytes(max(size, 1));
}

@inline
function randomBytes(): usize {
  return (offsetof<Random>() + 15) & ~15;
}

/**
 * Samples from softmax(logits), or takes the first largest logit if `deterministic`.
 * action i32 `[rows]`, logProb f32 `[rows]`, logits f32 `[rows,size]`.
 */
export function sampleCategorical(
  action: usize,
  logProb: usize,
  logits: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  deterministic: i32,
  scratch: usize,
): void {
  const random = changetype<Random>(scratch);
  const vector = scratch + randomBytes();
  const outcome = vector + vectorBytes(size);
  for (let row = 0; row < rows; row += LANES) {
    const live = min(LANES, rows - row);
    rowsToLanes(vector, logits + (<usize>(row * size) << 2), size, live);
    random.beginStep(seed, purpose, row, step);
    categorical(random, changetype<Vector>(vector), size, deterministic, changetype<Vector>(outcome), logProb + (<usize>row << 2), live);
    for (let lane = 0; lane < live; lane++) {
      store<i32>(action + (<usize>(row + lane) << 2), <i32>load<f32>(outcome + (<usize>lane << 2)));
    }
  }
}

@lanes
function categorical(random: Random, logits: Vector, size: i32, deterministic: i32, action: Vector, logProb: usize, live: i32): void {
  let largest = logits.get(0);
  for (let i = 1; i < size; i++) largest = max<f32>(largest, logits.get(i));
  let total: f32 = 0;
  for (let i = 0; i < size; i++) total += exp(logits.get(i) - largest);
  if (deterministic) action.set(0, firstLargest(logits, size));
  else action.set(0, inverseCdf(logits, size, largest, random.uniform(0, 1) * total));
  let chosen = logits.get(0);
  for (let i = 1; i < size; i++) chosen = action.get(0) == f32(i) ? logits.get(i) : chosen;
  storeLanes(logProb, chosen - largest - log(total), live);
}

@lanes
function firstLargest(logits: Vector, size: i32): f32 {
  let best = logits.get(0);
  let index: f32 = 0;
  for (let i = 1; i < size; i++) {
    index = logits.get(i) > best ? f32(i) : index;
    best = max<f32>(best, logits.get(i));
  }
  return index;
}

/** How many of the first size-1 partial sums of exp(logit - largest) lie at or below the threshold. */
@lanes
function inverseCdf(logits: Vector, size: i32, largest: f32, threshold: f32): f32 {
  let cumulative: f32 = 0;
  let index: f32 = 0;
  for (let i = 0; i < size - 1; i++) {
    cumulative += exp(logits.get(i) - largest);
    index += cumulative <= threshold ? 1 : 0;
  }
  return index;
}

/**
 * Samples from a normal with mean `[rows,size]` and a log-deviation `[size]` shared by all rows, or takes the mean if `deterministic`.
 * action f32 `[rows,size]`, unclipped; logProb f32 `[rows]`, summed over components.
 */
export function sampleGaussian(
  action: usize,
  logProb: usize,
  mean: usize,
  logStd: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  deterministic: i32,
  scratch: usize,
): void {
  const random = changetype<Random>(scratch);
  const vector = scratch + randomBytes();
  const outcome = vector + vectorBytes(size);
  for (let row = 0; row < rows; row += LANES) {
    const live = min(LANES, rows - row);
    const rowAt = <usize>(row * size) << 2;
    rowsToLanes(vector, mean + rowAt, size, live);
    random.beginStep(seed, purpose, row, step);
    gaussian(random, changetype<Vector>(vector), logStd, size, deterministic, changetype<Vector>(outcome), logProb + (<usize>row << 2), live);
    lanesToRows(action + rowAt, outcome, size, live);
  }
}

@lanes
function gaussian(random: Random, mean: Vector, logStd: usize, size: i32, deterministic: i32, action: Vector, logProb: usize, live: i32): void {
  let total: f32 = 0;
  for (let i = 0; i < size; i++) {
    const logDeviation = broadcast<f32>(logStd + (<usize>i << 2));
    let noise: f32 = 0;
    if (!deterministic) noise = random.normal();
    action.set(i, mean.get(i) + exp(logDeviation) * noise);
    total -= noise * noise * 0.5 + logDeviation + HALF_LOG_TWO_PI;
  }
  storeLanes(logProb, total, live);
}
