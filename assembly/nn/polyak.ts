/** Averaging of parameters, for networks that follow others slowly. */
import { storeLanes } from "../lanes/rows";

/** target[n] ← (1 − τ) · target + τ · source (Polyak averaging; Lillicrap et al. 2016, arXiv:1509.02971, algorithm 1). */
export function polyak(target: usize, source: usize, n: i32, tau: f64): void {
  if (tau == 1) {
    memory.copy(target, source, <usize>n << 2);
    return;
  }
  for (let i = 0; i < n; i += LANES) {
    const at = <usize>i << 2;
    follow(target + at, source + at, tau, min<i32>(n - i, LANES));
  }
}

@lanes
@inline
function follow(target: usize, source: usize, tau: f64, live: i32): void {
  storeLanes(target, load<f32>(target) * (1 - <f32>tau) + load<f32>(source) * <f32>tau, live);
}
