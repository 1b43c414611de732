/** Adam over one parameter's memory, in place, and what gradient clipping needs. Kernels see tensors as flat f32 `[n]`. */

/**
 * Σ x², in float64. Eight sums run side by side, so that no addition waits for the one before: number i goes to sum i mod 8,
 * and the sums are added pairwise at the end.
 */
export function sumOfSquares(x: usize, n: i32): f64 {
  const whole = n & ~7;
  let total = LANES == 4 ? pairedSquares(x, whole) : pairedSquaresScalar(x, whole);
  for (let i = whole; i < n; i++) total += square(x + (<usize>i << 2));
  return total;
}

@inline
function square(x: usize): f64 {
  const value = <f64>load<f32>(x);
  return value * value;
}

@inline
function squaresOf(pair: v128): v128 {
  const values = f64x2.promote_low_f32x4(pair);
  return f64x2.mul(values, values);
}

function pairedSquares(x: usize, n: i32): f64 {
  let s01 = f64x2.splat(0);
  let s23 = s01;
  let s45 = s01;
  let s67 = s01;
  for (let i = 0; i < n; i += 8) {
    const at = x + (<usize>i << 2);
    s01 = f64x2.add(s01, squaresOf(v128.load64_zero(at)));
    s23 = f64x2.add(s23, squaresOf(v128.load64_zero(at, 8)));
    s45 = f64x2.add(s45, squaresOf(v128.load64_zero(at, 16)));
    s67 = f64x2.add(s67, squaresOf(v128.load64_zero(at, 24)));
  }
  const sums = f64x2.add(f64x2.add(s01, s23), f64x2.add(s45, s67));
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
}

/** The scalar twin of {@link pairedSquares}. */
function pairedSquaresScalar(x: usize, n: i32): f64 {
  return alternateSquares(x, n) + alternateSquares(x + 4, n);
}

/** Four of the eight sums: those of every second number. */
function alternateSquares(x: usize, n: i32): f64 {
  let s0: f64 = 0;
  let s1: f64 = 0;
  let s2: f64 = 0;
  let s3: f64 = 0;
  for (let i = 0; i < n; i += 8) {
    const at = x + (<usize>i << 2);
    s0 += square(at);
    s1 += square(at + 8);
    s2 += square(at + 16);
    s3 += square(at + 24);
  }
  return s0 + s1 + (s2 + s3);
}

/** Moments smaller than this become 0: without gradients they would decay into subnormal numbers, which take 15 times as long to compute with. */
const SMALLEST_MOMENT: f32 = 7.888609052210118e-31; // 2^-100

/**
 * Kingma & Ba 2015, algorithm 1, with the order of operations of its section 2's remark:
 *   m ← β₁m + (1−β₁)g,  v ← β₂v + (1−β₂)g²,  θ ← θ − stepSize · m / (√v / √correction2 + ε)
 * with g = scale · gradient, stepSize = α / (1−β₁ᵗ) and rootCorrection2 = √(1−β₂ᵗ), whose reciprocal multiplies √v: divisions take longest.
 * parameter, m, v, gradient `[n]`. The tail repeats the vector code on a scalar, with the same bits.
 */
export function adam(
  parameter: usize,
  m: usize,
  v: usize,
  gradient: usize,
  n: i32,
  scale: f32,
  stepSize: f32,
  beta1: f32,
  beta2: f32,
  rootCorrection2: f32,
  epsilon: f32,
): void {
  const whole = LANES == 4 ? n & ~3 : 0;
  const perRoot: f32 = 1 / rootCorrection2;
  if (whole) {
    const end = gradient + (<usize>whole << 2);
    do {
      const g = f32x4.mul(f32x4.splat(scale), v128.load(gradient));
      const m1 = flushed(f32x4.add(f32x4.mul(f32x4.splat(beta1), v128.load(m)), f32x4.mul(f32x4.splat(1 - beta1), g)));
      const v1 = flushed(f32x4.add(f32x4.mul(f32x4.splat(beta2), v128.load(v)), f32x4.mul(f32x4.splat(1 - beta2), f32x4.mul(g, g))));
      const divisor = f32x4.add(f32x4.mul(f32x4.sqrt(v1), f32x4.splat(perRoot)), f32x4.splat(epsilon));
      v128.store(m, m1);
      v128.store(v, v1);
      v128.store(parameter, f32x4.sub(v128.load(parameter), f32x4.div(f32x4.mul(f32x4.splat(stepSize), m1), divisor)));
      parameter += 16;
      m += 16;
      v += 16;
      gradient += 16;
    } while (gradient < end);
  }
  for (let i = whole; i < n; i++) {
    const g = scale * load<f32>(gradient);
    const m1 = flushedScalar(beta1 * load<f32>(m) + (1 - beta1) * g);
    const v1 = flushedScalar(beta2 * load<f32>(v) + (1 - beta2) * (g * g));
    store<f32>(m, m1);
    store<f32>(v, v1);
    store<f32>(parameter, load<f32>(parameter) - (stepSize * m1) / (sqrt(v1) * perRoot + epsilon));
    parameter += 4;
    m += 4;
    v += 4;
    gradient += 4;
  }
}

@inline
function flushed(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(SMALLEST_MOMENT)));
}

@inline
function flushedScalar(x: f32): f32 {
  return abs(x) < SMALLEST_MOMENT ? 0 : x;
}
