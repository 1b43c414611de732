/** Vectors from a network's outputs: normals, plain or squashed. */
import { exp, softplus, tanh } from "../../lanes/math";
import { atLeast, atMost, broadcast } from "../../lanes/primitives";
import { Random } from "../../lanes/random";
import { lanesToRows, rowsToLanes, storeLanes } from "../../lanes/rows";
import { Vector, vectorBytes } from "../../lanes/vector";
import { randomBytes } from "./scratch";

/** ln √(2π), the constant of a normal log-density. */
const HALF_LOG_TWO_PI: f32 = 0.9189385332046727;
const LOG_TWO: f32 = 0.6931471805599453;
/** Bounds of a log-deviation that a network puts out; mirrored by src/nn/distributions.ts. */
export const LOG_STD_MIN: f32 = -20;
export const LOG_STD_MAX: f32 = 2;

/**
 * Samples from a normal, or takes the mean if `deterministic`. With an address `logStd` of `[size]` numbers, shared by all rows, `head` is
 * the mean `[rows,size]`; with 0 each row of `head` `[rows,2·size]` holds its means, then its log-deviations.
 * action f32 `[rows,size]`, unclipped; logProb f32 `[rows]`, summed over components.
 */
export function sampleGaussian(
  action: usize,
  logProb: usize,
  head: usize,
  logStd: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  deterministic: i32,
  scratch: usize,
): void {
  sample(false, action, logProb, head, logStd, rows, size, seed, purpose, step, deterministic, scratch);
}

/**
 * Samples tanh of a normal whose means and log-deviations are the rows of `head` `[rows,2·size]`: actions within ±1, with the density
 * that they have there (Haarnoja et al. 2018, appendix C).
 */
export function sampleSquashedGaussian(
  action: usize,
  logProb: usize,
  head: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  deterministic: i32,
  scratch: usize,
): void {
  sample(true, action, logProb, head, 0, rows, size, seed, purpose, step, deterministic, scratch);
}

@inline
function sample(
  isSquashed: bool,
  action: usize,
  logProb: usize,
  head: usize,
  logStd: usize,
  rows: i32,
  size: i32,
  seed: u32,
  purpose: u32,
  step: u32,
  deterministic: i32,
  scratch: usize,
): void {
  const width = logStd ? size : 2 * size;
  const random = changetype<Random>(scratch);
  const vector = changetype<Vector>(scratch + randomBytes());
  const outcome = changetype<Vector>(changetype<usize>(vector) + vectorBytes(width));
  for (let row = 0; row < rows; row += LANES) {
    const live = min(LANES, rows - row);
    const density = logProb + (<usize>row << 2);
    rowsToLanes(changetype<usize>(vector), head + (<usize>(row * width) << 2), width, live);
    random.beginStep(seed, purpose, row, step);
    if (isSquashed) {
      normals(random, size, deterministic, outcome);
      squash(vector, outcome, size, outcome, density, live);
    } else gaussian(random, vector, logStd, size, deterministic, outcome, density, live);
    lanesToRows(action + (<usize>(row * size) << 2), changetype<usize>(outcome), size, live);
  }
}

/** A group of rows: logProb f32 `[live]`, or 0 where nobody asks for it. */
@lanes
export function gaussian(random: Random, head: Vector, logStd: usize, size: i32, deterministic: i32, action: Vector, logProb: usize, live: i32): void {
  let total: f32 = 0;
  for (let i = 0; i < size; i++) {
    let logDeviation: f32 = 0;
    if (logStd) logDeviation = broadcast<f32>(logStd + (<usize>i << 2));
    else logDeviation = atMost<f32>(atLeast<f32>(head.get(size + i), LOG_STD_MIN), LOG_STD_MAX);
    let noise: f32 = 0;
    if (!deterministic) noise = random.normal();
    action.set(i, head.get(i) + exp(logDeviation) * noise);
    if (logProb) total -= noise * noise * 0.5 + logDeviation + HALF_LOG_TWO_PI;
  }
  if (logProb) storeLanes(logProb, total, live);
}

/** noise ← standard normals, or 0 if `deterministic`. */
@lanes
export function normals(random: Random, size: i32, deterministic: i32, noise: Vector): void {
  for (let i = 0; i < size; i++) {
    if (deterministic) noise.set(i, 0);
    else noise.set(i, random.normal());
  }
}

/**
 * The actions that noise, normal in each component, stands for, and their log-densities unless `logProb` is 0. Noise and action may be one vector.
 * ln (1 - tanh²u) is taken as 2 (ln 2 - u - softplus(-2u)), which stays exact where tanh is ±1 in float32.
 */
@lanes
export function squash(head: Vector, noise: Vector, size: i32, action: Vector, logProb: usize, live: i32): void {
  let total: f32 = 0;
  for (let i = 0; i < size; i++) {
    const logDeviation = atMost<f32>(atLeast<f32>(head.get(size + i), LOG_STD_MIN), LOG_STD_MAX);
    const z = noise.get(i);
    const u = head.get(i) + exp(logDeviation) * z;
    action.set(i, tanh(u));
    if (logProb) total -= z * z * 0.5 + logDeviation + HALF_LOG_TWO_PI + (LOG_TWO - u - softplus(u * -2)) * 2;
  }
  if (logProb) storeLanes(logProb, total, live);
}
