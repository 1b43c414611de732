/** Running statistics that several workers carried on from a common start; see assembly/nn/normalise.ts: count, means `[n]`, variances `[n]`. */

/**
 * target ← the statistics of all rows that any worker saw, and of those before. Each of `seen` holds the start's rows as well, which count once.
 * Combined by moments about the start's means, which keeps their digits (Chan, Golub & LeVeque 1979); the order of `seen` decides the rounding.
 */
export function mergeStatistics(target: Float64Array, start: Float64Array, seen: readonly Float64Array[]): void {
  const n = (start.length - 1) / 2;
  const before = start[0] as number;
  const count = seen.reduce((sum, [own = 0]) => sum + (own - before), before);
  target[0] = count;
  for (let j = 0; j < n; j++) {
    const [mean, variance] = [start[1 + j] as number, start[1 + n + j] as number];
    let first = 0;
    let second = before * variance;
    for (const own of seen) {
      const rows = own[0] as number;
      const shift = (own[1 + j] as number) - mean;
      first += rows * shift;
      second += rows * ((own[1 + n + j] as number) + shift * shift) - before * variance;
    }
    const shift = first / count;
    target[1 + j] = mean + shift;
    target[1 + n + j] = Math.max(0, second / count - shift * shift);
  }
}
