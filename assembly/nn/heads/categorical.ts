/** Indices from a network's outputs: softmax, Boltzmann and ε-greedy over action values, uniform. */
import { exp, log } from "../../lanes/math";
import { broadcast } from "../../lanes/primitives";
import { Random } from "../../lanes/random";
import { rowsToLanes, storeLanes } from "../../lanes/rows";
import { Vector, vectorBytes } from "../../lanes/vector";
import { randomBytes } from "./scratch";

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
    storeIndices(action + (<usize>row << 2), outcome, live);
  }
}

/**
 * Samples from softmax(values / temperature), or at a temperature of 0 takes the first largest value; the temperature is one number at an
 * address. Shapes as in {@link sampleCategorical}, but `values` f32 `[rows,size]` are divided in place, those at 0 left as they are.
 */
export function sampleBoltzmann(
  action: usize,
  logProb: usize,
  values: usize,
  temperature: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  scratch: usize,
): void {
  const divisor = load<f32>(temperature);
  if (divisor == 0) {
    sampleCategorical(action, logProb, values, rows, size, seed, purpose, step, 1, scratch);
    memory.fill(logProb, 0, <usize>rows << 2);
    return;
  }
  for (let row = 0; row < rows; row++) cool(values + (<usize>(row * size) << 2), size, divisor);
  sampleCategorical(action, logProb, values, rows, size, seed, purpose, step, 0, scratch);
}

/** values[n] ← (values − largest) / temperature, which stays below infinity however low the temperature. */
function cool(values: usize, n: i32, temperature: f32): void {
  let largest: f32 = -Infinity;
  for (let i = 0; i < n; i++) largest = max(largest, load<f32>(values + (<usize>i << 2)));
  for (let i = 0; i < n; i++) {
    const at = values + (<usize>i << 2);
    store<f32>(at, (load<f32>(at) - largest) / temperature);
  }
}

/**
 * The first largest value, or with probability ε (one number at an address) any index alike.
 * action i32 `[rows]`, logProb f32 `[rows]`, values f32 `[rows,size]`; ε = 1 is the uniform policy.
 */
export function sampleEpsilonGreedy(
  action: usize,
  logProb: usize,
  values: usize,
  epsilon: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  scratch: usize,
): void {
  const random = changetype<Random>(scratch);
  const vector = scratch + randomBytes();
  const outcome = vector + vectorBytes(size);
  for (let row = 0; row < rows; row += LANES) {
    const live = min(LANES, rows - row);
    rowsToLanes(vector, values + (<usize>(row * size) << 2), size, live);
    random.beginStep(seed, purpose, row, step);
    epsilonGreedy(random, changetype<Vector>(vector), epsilon, size, changetype<Vector>(outcome), logProb + (<usize>row << 2), live);
    storeIndices(action + (<usize>row << 2), outcome, live);
  }
}

@lanes
function epsilonGreedy(random: Random, values: Vector, epsilon: usize, size: i32, action: Vector, logProb: usize, live: i32): void {
  const chance = broadcast<f32>(epsilon);
  const greedy = firstLargest(values, size);
  const explores = random.unit() < chance;
  const other = floor(random.uniform(0, f32(size)));
  const chosen = explores ? other : greedy;
  action.set(0, chosen);
  const uniform = chance / f32(size);
  storeLanes(logProb, log(chosen == greedy ? 1 - chance + uniform : uniform), live);
}

/** action i32 `[live]` ← the first component of a group. */
function storeIndices(action: usize, outcome: usize, live: i32): void {
  for (let lane = 0; lane < live; lane++) {
    store<i32>(action + (<usize>lane << 2), <i32>load<f32>(outcome + (<usize>lane << 2)));
  }
}

/** A group of rows: logProb f32 `[live]`, or 0 where nobody asks for it. */
@lanes
export function categorical(random: Random, logits: Vector, size: i32, deterministic: i32, action: Vector, logProb: usize, live: i32): void {
  let largest = logits.get(0);
  for (let i = 1; i < size; i++) largest = max<f32>(largest, logits.get(i));
  let total: f32 = 0;
  for (let i = 0; i < size; i++) total += exp(logits.get(i) - largest);
  if (deterministic) action.set(0, firstLargest(logits, size));
  else action.set(0, inverseCdf(logits, size, largest, random.uniform(0, 1) * total));
  if (logProb) {
    let chosen = logits.get(0);
    for (let i = 1; i < size; i++) chosen = action.get(0) == f32(i) ? logits.get(i) : chosen;
    storeLanes(logProb, chosen - largest - log(total), live);
  }
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
