/**
 * Advantages and returns: backward over the rows of `[T,N]` columns, a group of lanes at a time.
 * Every column may be read up to three numbers past its end; nothing is written there.
 */
import { storeLanes } from "../lanes/rows";

/**
 * Generalised advantage estimation (Schulman et al. 2016, eq. 16), with the bootstrap cut where an episode terminated and taken
 * from the final observation where it was truncated:
 *   δ_t = r_t + γ V(s_{t+1}) − V(s_t),   A_t = δ_t + γλ A_{t+1} (0 past an episode's end),   return_t = A_t + V(s_t)
 * advantage, returns, reward, terminated, truncated, finalValue `[T,N]`; value `[T+1,N]`, its last row V of the observation after the rollout.
 */
export function gae(
  advantage: usize,
  returns: usize,
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
    const column = <usize>lane << 2;
    if (LANES == 4) {
      gaeLanes(advantage + column, returns + column, reward + column, terminated + column, truncated + column, value + column, finalValue + column, steps, rowBytes, live, f32x4.splat(gamma), f32x4.splat(lambda));
    } else {
      gaeLanes(advantage + column, returns + column, reward + column, terminated + column, truncated + column, value + column, finalValue + column, steps, rowBytes, live, gamma, lambda);
    }
  }
}

@lanes
function gaeLanes(
  advantage: usize,
  returns: usize,
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
  let advantageT: f32 = 0;
  for (let t = steps - 1; t >= 0; t--) {
    const at = <usize>t * rowBytes;
    const deltaT = temporalDifference(reward + at, terminated + at, truncated + at, value + at, finalValue + at, rowBytes, gamma);
    const isEnd = load<f32>(terminated + at) != 0 || load<f32>(truncated + at) != 0;
    const carried: f32 = isEnd ? 0 : advantageT;
    advantageT = deltaT + gamma * lambda * carried;
    storeLanes(advantage + at, advantageT, live);
    storeLanes(returns + at, advantageT + load<f32>(value + at), live);
  }
}

/** δ_t of a step whose numbers stand at these addresses; the next row's value lies `rowBytes` further. */
@lanes
@inline
export function temporalDifference(
  reward: usize,
  terminated: usize,
  truncated: usize,
  value: usize,
  finalValue: usize,
  rowBytes: usize,
  gamma: f32,
): f32 {
  const continuing = load<f32>(truncated) != 0 ? load<f32>(finalValue) : load<f32>(value + rowBytes);
  const valueTp1: f32 = load<f32>(terminated) != 0 ? 0 : continuing;
  return load<f32>(reward) + gamma * valueTp1 - load<f32>(value);
}
