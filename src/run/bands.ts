/** Several seeds' learning curves as one: their mean and how sure it is. */
import type { CurvePoint } from "./curve.js";

/** Points in the order of steps. */
export type Band = readonly {
  readonly steps: number;
  readonly mean: number;
  /** The 95 % confidence interval of the mean; the mean itself for one curve. */
  readonly low: number;
  readonly high: number;
}[];

/** NaN for none. */
export function meanOf(values: readonly number[]): number {
  return values.length ? values.reduce((sum, value) => sum + value, 0) / values.length : Number.NaN;
}

/** The standard error of the mean, from the unbiased variance; NaN for fewer than two values. */
export function standardErrorOf(values: readonly number[]): number {
  const mean = meanOf(values);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return values.length > 1 ? Math.sqrt(squares / (values.length - 1) / values.length) : Number.NaN;
}

/** Student's t for a 95 % interval with 1, 2, … degrees of freedom; the normal's beyond the table. */
const T_95 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131] as const;
const Z_95 = 1.96;

const POINTS = 200;

/** Curves interpolated at common steps, from where all have begun to where the first one ends. */
export function bandOf(curves: readonly (readonly CurvePoint[])[]): Band {
  const known = curves.map((curve) => curve.filter(({ meanReturn }) => Number.isFinite(meanReturn))).filter((curve) => curve.length > 0);
  if (known.length === 0) return [];
  const first = Math.max(...known.map((curve) => curve[0]?.steps ?? 0));
  const last = Math.min(...known.map((curve) => curve.at(-1)?.steps ?? 0));
  if (last < first) return [];
  const count = last > first ? POINTS : 1;
  return Array.from({ length: count }, (_, i) => {
    const steps = count > 1 ? first + ((last - first) * i) / (count - 1) : first;
    const values = known.map((curve) => interpolate(curve, steps));
    const mean = meanOf(values);
    const reach = values.length > 1 ? (T_95[values.length - 2] ?? Z_95) * standardErrorOf(values) : 0;
    return { steps, mean, low: mean - reach, high: mean + reach };
  });
}

/** The curve's value between its two nearest points. */
function interpolate(curve: readonly CurvePoint[], steps: number): number {
  const after = curve.findIndex((point) => point.steps >= steps);
  const right = curve[after < 0 ? curve.length - 1 : after] as CurvePoint;
  const left = curve[Math.max(0, after - 1)] as CurvePoint;
  if (after < 0 || right.steps === left.steps) return right.meanReturn;
  return left.meanReturn + ((right.meanReturn - left.meanReturn) * (steps - left.steps)) / (right.steps - left.steps);
}
