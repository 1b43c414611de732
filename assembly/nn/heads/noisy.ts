/** Vectors from noise that remembers, around a deterministic actor or in a stochastic one; and uniform ones, whatever the actor says. */
import { log } from "../../lanes/math";
import { atLeast, atMost, broadcast } from "../../lanes/primitives";
import { Random } from "../../lanes/random";
import { lanesToRows, rowsToLanes, storeLanes } from "../../lanes/rows";
import { Vector, vectorBytes } from "../../lanes/vector";
import { squash } from "./gaussian";
import { randomBytes } from "./scratch";

/**
 * action ← head + noise, kept within ±1. Noise remembers: x ← keep · x + deviation · normal, where `keep` and `deviation` are two numbers
 * at `parameters`; independent noise keeps 0, and Ornstein & Uhlenbeck's process 1 - θ dt (Lillicrap et al. 2016).
 * action, head and noise f32 `[rows,size]`; logProb f32 `[rows]` is 0, such actions have no use for it.
 *
 * Squashed, the noise takes the place of the normals of sampleSquashedGaussian: with deviation √(1 - keep²) every action is drawn from the
 * same distribution as without memory, in the long run, but not independently of those before it (Eberhard et al. 2023).
 * head f32 `[rows,2·size]`; logProb as if drawn independently.
 */
@inline
export function sampleNoisy(
  isSquashed: bool,
  action: usize,
  logProb: usize,
  head: usize,
  parameters: usize,
  noise: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  scratch: usize,
): void {
  const width = isSquashed ? 2 * size : size;
  const random = changetype<Random>(scratch);
  const outputs = changetype<Vector>(scratch + randomBytes());
  const state = changetype<Vector>(changetype<usize>(outputs) + vectorBytes(width));
  const outcome = changetype<Vector>(changetype<usize>(state) + vectorBytes(size));
  for (let row = 0; row < rows; row += LANES) {
    const live = min(LANES, rows - row);
    const at = <usize>(row * size) << 2;
    rowsToLanes(changetype<usize>(outputs), head + (<usize>(row * width) << 2), width, live);
    rowsToLanes(changetype<usize>(state), noise + at, size, live);
    random.beginStep(seed, purpose, row, step);
    advance(random, state, parameters, size);
    if (isSquashed) squash(outputs, state, size, outcome, logProb + (<usize>row << 2), live);
    else perturb(outputs, state, size, outcome);
    lanesToRows(action + at, changetype<usize>(outcome), size, live);
    lanesToRows(noise + at, changetype<usize>(state), size, live);
  }
  if (!isSquashed) memory.fill(logProb, 0, <usize>rows << 2);
}

@lanes
function perturb(mean: Vector, noise: Vector, size: i32, action: Vector): void {
  for (let i = 0; i < size; i++) action.set(i, atMost<f32>(atLeast<f32>(mean.get(i) + noise.get(i), -1), 1));
}

/** noise ← keep · noise + deviation · normal */
@lanes
function advance(random: Random, noise: Vector, parameters: usize, size: i32): void {
  const keep = broadcast<f32>(parameters);
  const deviation = broadcast<f32>(parameters + 4);
  for (let i = 0; i < size; i++) noise.set(i, keep * noise.get(i) + deviation * random.normal());
}

/**
 * Uniform in a box, whatever the network says. action f32 `[rows,size]`, logProb f32 `[rows]`, low and high f32 `[size]`.
 */
export function sampleUniform(
  action: usize,
  logProb: usize,
  low: usize,
  high: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  scratch: usize,
): void {
  const random = changetype<Random>(scratch);
  const outcome = changetype<Vector>(scratch + randomBytes());
  for (let row = 0; row < rows; row += LANES) {
    const live = min(LANES, rows - row);
    random.beginStep(seed, purpose, row, step);
    uniform(random, low, high, size, outcome, logProb + (<usize>row << 2), live);
    lanesToRows(action + (<usize>(row * size) << 2), changetype<usize>(outcome), size, live);
  }
}

@lanes
function uniform(random: Random, low: usize, high: usize, size: i32, action: Vector, logProb: usize, live: i32): void {
  let total: f32 = 0;
  for (let i = 0; i < size; i++) {
    const lowest = broadcast<f32>(low + (<usize>i << 2));
    const highest = broadcast<f32>(high + (<usize>i << 2));
    action.set(i, random.uniform(lowest, highest));
    total -= log(highest - lowest);
  }
  storeLanes(logProb, total, live);
}
