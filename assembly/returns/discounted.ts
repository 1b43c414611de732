/**
 * Discounted returns, backward over the rows of `[T,N]` columns, a group of lanes at a time.
 * Every column may be read up to three numbers past its end; nothing is written there.
 */
import { storeLanes } from "../lanes/rows";

/**
 * The return of each step until its episode's end, bootstrapped where the episode goes on beyond what was seen:
 *   G_t = r_t + γ G_{t+1},  with G_{t+1} = 0 after termination, V(final observation) after truncation, V(s_T) after the last row.
 * returns, reward, terminated, truncated, finalValue `[T,N]`; lastValue `[N]`. With zero values this is the Monte-Carlo return.
 */
export function discountedReturns(
  returns: usize,
  reward: usize,
  terminated: usize,
  truncated: usize,
  finalValue: usize,
  lastValue: usize,
  steps: i32,
  lanes: i32,
  gamma: f32,
): void {
  const rowBytes = <usize>lanes << 2;
  for (let lane = 0; lane < lanes; lane += LANES) {
    const live = min(LANES, lanes - lane);
    const at = <usize>lane << 2;
    if (LANES == 4) {
      discountedLanes(returns + at, reward + at, terminated + at, truncated + at, finalValue + at, lastValue + at, steps, rowBytes, live, f32x4.splat(gamma));
    } else {
      discountedLanes(returns + at, reward + at, terminated + at, truncated + at, finalValue + at, lastValue + at, steps, rowBytes, live, gamma);
    }
  }
}

@lanes
function discountedLanes(
  returns: usize,
  reward: usize,
  terminated: usize,
  truncated: usize,
  finalValue: usize,
  lastValue: usize,
  steps: i32,
  rowBytes: usize,
  live: i32,
  gamma: f32,
): void {
  let returnT = load<f32>(lastValue);
  for (let t = steps - 1; t >= 0; t--) {
    const at = <usize>t * rowBytes;
    const continuing = load<f32>(truncated + at) != 0 ? load<f32>(finalValue + at) : returnT;
    const returnTp1: f32 = load<f32>(terminated + at) != 0 ? 0 : continuing;
    returnT = load<f32>(reward + at) + gamma * returnTp1;
    storeLanes(returns + at, returnT, live);
  }
}
