/** RMSProp over one parameter's memory, in place. */
import { storeLanes } from "../lanes/rows";
import { flushed } from "./flush";

/**
 * Tieleman & Hinton 2012, lecture 6.5, with the mean taken off as in Graves 2013 (arXiv:1308.0850, eq. 38-45) if `centered`:
 *   s ← ρs + (1−ρ)g²,  m ← ρm + (1−ρ)g,  v ← μv + g / (√(s − centered·m² + insideEpsilon) + outsideEpsilon),  θ ← θ − learningRate · v
 * with g = scale · gradient. PyTorch's ε stands outside of the root, TensorFlow's inside.
 * parameter, s (mean square), m (mean), v (velocity), gradient `[n]`.
 */
export function rmsProp(
  parameter: usize,
  meanSquare: usize,
  mean: usize,
  velocity: usize,
  gradient: usize,
  n: i32,
  scale: f64,
  learningRate: f64,
  decay: f64,
  momentum: f64,
  centered: f64,
  insideEpsilon: f64,
  outsideEpsilon: f64,
): void {
  for (let i = 0; i < n; i += LANES) {
    const at = <usize>i << 2;
    const live = min<i32>(n - i, LANES);
    const step = moments(meanSquare + at, mean + at, gradient + at, scale, decay, centered, insideEpsilon, outsideEpsilon, live);
    descend(parameter + at, velocity + at, step, learningRate, momentum, live);
  }
}

/** Updates both moments and returns the gradient divided by its size. */
@lanes
@inline
function moments(
  meanSquare: usize,
  mean: usize,
  gradient: usize,
  scale: f64,
  decay: f64,
  centered: f64,
  insideEpsilon: f64,
  outsideEpsilon: f64,
  live: i32,
): f32 {
  const g = load<f32>(gradient) * <f32>scale;
  const s = flushed(load<f32>(meanSquare) * <f32>decay + g * g * (1 - <f32>decay));
  const m = flushed(load<f32>(mean) * <f32>decay + g * (1 - <f32>decay));
  storeLanes(meanSquare, s, live);
  storeLanes(mean, m, live);
  return g / (sqrt<f32>(s - m * m * <f32>centered + <f32>insideEpsilon) + <f32>outsideEpsilon);
}

@lanes
@inline
function descend(parameter: usize, velocity: usize, step: f32, learningRate: f64, momentum: f64, live: i32): void {
  const v = flushed(load<f32>(velocity) * <f32>momentum + step);
  storeLanes(velocity, v, live);
  storeLanes(parameter, load<f32>(parameter) - v * <f32>learningRate, live);
}
