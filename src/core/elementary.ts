/** Elementary functions in float64 by IEEE arithmetic alone: the same bits on every host, which Math.exp and Math.log don't promise. */

/** ln 2 in two parts: 32 bits, so that products with exponents are exact, and the rest (fdlibm, e_exp.c). */
const LN2_HIGH = 0.6931471803691238;
const LN2_LOW = 1.9082149292705877e-10;
/** Beyond these e^x is infinite, or 0. */
const EXP_HIGHEST = 709.8;
const EXP_LOWEST = -745.2;
/** The first term left out of the series of e^r, |r| ≤ ln 2 / 2, is below 5e-18. */
const EXP_TERMS = 13;

/** e^x: x = k·ln 2 + r, and the series of e^r times 2^k. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > EXP_HIGHEST) return Infinity;
  if (x < EXP_LOWEST) return 0;
  const k = Math.round(x / Math.LN2);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  let sum = 1;
  for (let n = EXP_TERMS; n >= 1; n--) sum = 1 + (sum * r) / n;
  const half = Math.trunc(k / 2); // 2^k itself may lie outside float64
  return sum * powerOfTwo(half) * powerOfTwo(k - half);
}

/** ln x for x of at least 0: x = 2^k·m with m in [√½, √2], ln m = 2 artanh((m - 1) / (m + 1)). */
export function log(x: number): number {
  if (x === 0) return -Infinity;
  if (x === Infinity || !(x > 0)) return x > 0 ? x : Number.NaN;
  let [m, k] = [x, 0];
  for (; m < Math.SQRT1_2; m *= 2) k--;
  for (; m > Math.SQRT2; m /= 2) k++;
  const s = (m - 1) / (m + 1);
  const z = s * s; // <= 0.0295: the first term left out is below 1e-18
  let sum = 0;
  for (let power = 21; power >= 1; power -= 2) sum = sum * z + 1 / power;
  return 2 * s * sum + k * Math.LN2;
}

/** 2^k for whole k, by squaring. */
function powerOfTwo(k: number): number {
  let [power, square] = [1, k < 0 ? 0.5 : 2];
  for (let rest = Math.abs(k); rest > 0; rest >>= 1) {
    if (rest & 1) power *= square;
    square *= square;
  }
  return power;
}
