/** Stochastic gradient descent over one parameter's memory, in place. */
import { storeLanes } from "../lanes/rows";
import { flushed } from "./flush";

/**
 * v ← μ · v + g,  θ ← θ − learningRate · v  (Polyak 1964, in PyTorch's form) with g = scale · gradient.
 * parameter, velocity, gradient `[n]`.
 */
export function sgd(parameter: usize, velocity: usize, gradient: usize, n: i32, scale: f64, learningRate: f64, momentum: f64): void {
  for (let i = 0; i < n; i += LANES) {
    const at = <usize>i << 2;
    descend(parameter + at, velocity + at, gradient + at, scale, learningRate, momentum, min<i32>(n - i, LANES));
  }
}

@lanes
@inline
function descend(parameter: usize, velocity: usize, gradient: usize, scale: f64, learningRate: f64, momentum: f64, live: i32): void {
  const v = flushed(load<f32>(velocity) * <f32>momentum + load<f32>(gradient) * <f32>scale);
  storeLanes(velocity, v, live);
  storeLanes(parameter, load<f32>(parameter) - v * <f32>learningRate, live);
}
