/**
 * Running normalisation. Statistics at `self`, f64: count, then mean `[n]`, then variance `[n]`; what rows are normalised with stands
 * apart as f32: mean `[n]` and 1/deviation `[n]`, so that a deployed policy needs nothing else.
 */

/** A first count this small lets the first batch decide (Gym's RunningMeanStd). */
const FIRST_COUNT: f64 = 1e-4;
/** Keeps the deviation of a constant number above zero. */
const VARIANCE_EPSILON: f64 = 1e-8;

export function statisticsBytes(n: i32): usize {
  return <usize>(1 + 2 * n) << 3;
}

/** Starts at mean 0 and variance 1. */
export function resetStatistics(self: usize, n: i32): void {
  store<f64>(self, FIRST_COUNT);
  for (let j = 0; j < n; j++) {
    store<f64>(meanAt(self, j), 0);
    store<f64>(varianceAt(self, n, j), 1);
  }
}

@inline
function meanAt(self: usize, j: i32): usize {
  return self + (<usize>(1 + j) << 3);
}

@inline
function varianceAt(self: usize, n: i32, j: i32): usize {
  return self + (<usize>(1 + n + j) << 3);
}

/** Takes in a batch x[rows,n] (Chan, Golub & LeVeque 1979: means and variances of two samples combined). */
export function updateStatistics(self: usize, x: usize, rows: i32, n: i32): void {
  const count = load<f64>(self);
  const batch = <f64>rows;
  const total = count + batch;
  for (let j = 0; j < n; j++) {
    const batchMean = columnMean(x, rows, n, j);
    const batchVariance = columnVariance(x, rows, n, j, batchMean);
    const mean = load<f64>(meanAt(self, j));
    const delta = batchMean - mean;
    const squares = load<f64>(varianceAt(self, n, j)) * count + batchVariance * batch + (delta * delta * count * batch) / total;
    store<f64>(meanAt(self, j), mean + (delta * batch) / total);
    store<f64>(varianceAt(self, n, j), squares / total);
  }
  store<f64>(self, total);
}

function columnMean(x: usize, rows: i32, n: i32, j: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < rows; i++) sum += <f64>load<f32>(x + (<usize>(i * n + j) << 2));
  return sum / <f64>rows;
}

function columnVariance(x: usize, rows: i32, n: i32, j: i32, mean: f64): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < rows; i++) {
    const deviation = <f64>load<f32>(x + (<usize>(i * n + j) << 2)) - mean;
    sum += deviation * deviation;
  }
  return sum / <f64>rows;
}

/** mean[n], scale[n] ← the statistics as {@link normaliseRows} uses them. */
export function exportStatistics(mean: usize, scale: usize, self: usize, n: i32): void {
  for (let j = 0; j < n; j++) {
    const at = <usize>j << 2;
    store<f32>(mean + at, <f32>load<f64>(meanAt(self, j)));
    store<f32>(scale + at, <f32>(1 / sqrt(load<f64>(varianceAt(self, n, j)) + VARIANCE_EPSILON)));
  }
}

/** The inverse of {@link exportStatistics}, for statistics of `count` rows; both columns stay as they are. */
export function importStatistics(self: usize, mean: usize, scale: usize, count: f64, n: i32): void {
  store<f64>(self, count);
  for (let j = 0; j < n; j++) {
    const at = <usize>j << 2;
    const precision = <f64>load<f32>(scale + at);
    store<f64>(meanAt(self, j), <f64>load<f32>(mean + at));
    store<f64>(varianceAt(self, n, j), max<f64>(0, 1 / (precision * precision) - VARIANCE_EPSILON));
  }
}

/** y[rows,n] ← (x − mean) · scale, kept within ±limit. y may be x. */
export function normaliseRows(y: usize, x: usize, mean: usize, scale: usize, rows: i32, n: i32, limit: f32): void {
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < n; j++) {
      const at = <usize>(i * n + j) << 2;
      const column = <usize>j << 2;
      const value = (load<f32>(x + at) - load<f32>(mean + column)) * load<f32>(scale + column);
      store<f32>(y + at, min(max(value, -limit), limit));
    }
  }
}

/** An action of ±1 as one of the bounds; beyond ±1 it stays there. */
@inline
export function rescale(action: f32, low: f32, high: f32): f32 {
  return low + (min<f32>(max<f32>(action, -1), 1) + 1) * (0.5 * (high - low));
}

/** actions[rows,n], in place, as {@link rescale} makes them; low and high `[n]`. */
export function rescaleRows(actions: usize, low: usize, high: usize, rows: i32, n: i32): void {
  for (let i = 0; i < rows * n; i++) {
    const at = actions + (<usize>i << 2);
    const bound = <usize>(i % n) << 2;
    store<f32>(at, rescale(load<f32>(at), load<f32>(low + bound), load<f32>(high + bound)));
  }
}

/**
 * Scales rewards by the deviation of the running discounted return (Engstrom et al. 2020, "Implementation Matters in Deep RL", code-level
 * optimisation 2): R ← γR + r, the statistics of R are updated, and scaled ← r / deviation(R), kept within ±limit; R restarts where an episode ended.
 * scaled, reward, terminated, truncated, running `[n]`.
 */
export function scaleRewards(
  scaled: usize,
  self: usize,
  running: usize,
  reward: usize,
  terminated: usize,
  truncated: usize,
  n: i32,
  gamma: f32,
  limit: f32,
): void {
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    store<f32>(running + at, gamma * load<f32>(running + at) + load<f32>(reward + at));
  }
  updateStatistics(self, running, n, 1);
  const scale = <f32>(1 / sqrt(load<f64>(varianceAt(self, 1, 0)) + VARIANCE_EPSILON));
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    store<f32>(scaled + at, min(max(load<f32>(reward + at) * scale, -limit), limit));
    if (load<f32>(terminated + at) != 0 || load<f32>(truncated + at) != 0) store<f32>(running + at, 0);
  }
}
