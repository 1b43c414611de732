/**
 * Figures of several runs as Agarwal et al. 2021, "Deep Reinforcement Learning at the Edge of the Statistical Precipice" (arXiv:2108.13264),
 * advise: interquartile means with bootstrap intervals.
 */
import { HostRandom } from "../envs/host-random.js";
import { meanOf } from "./bands.js";

export interface Interval {
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 2000;
const LEVEL = 0.95;

/** The mean of the middle half; where a quarter isn't a whole number of values, those at the edges count in part. NaN for none. */
export function interquartileMean(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const quarter = sorted.length / 4;
  let [sum, weights] = [0, 0];
  for (const [i, value] of sorted.entries()) {
    const weight = Math.max(0, Math.min(i + 1, sorted.length - quarter) - Math.max(i, quarter));
    sum += weight * value;
    weights += weight;
  }
  return sum / weights;
}

/** The percentile bootstrap's 95 % interval of a statistic; the same for the same values. */
export function bootstrapInterval(values: readonly number[], statistic: (sample: readonly number[]) => number = meanOf): Interval {
  if (values.length === 0) return { low: Number.NaN, high: Number.NaN };
  const random = new HostRandom(0);
  const draw = () => values[random.integer(values.length)] as number;
  const resampled = Array.from({ length: RESAMPLES }, () => statistic(values.map(draw))).sort((a, b) => a - b);
  const at = (share: number) => resampled[Math.round(share * (RESAMPLES - 1))] as number;
  return { low: at((1 - LEVEL) / 2), high: at((1 + LEVEL) / 2) };
}
