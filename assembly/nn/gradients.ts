/**
 * dx[n] ← dy[n] · f'(·) on f32 for functions whose gradient TensorFlow.js composes of several kernels. Some know f' by the result y, others
 * need the argument x; operations stand in TensorFlow.js's order, so the bits are the same. Where f' is 0 the gradient is 0 whatever dy is.
 */
import { sigmoid } from "../lanes/math";
import { storeLanes } from "../lanes/rows";
import { GROUP, lanesOfLast, lastGroup } from "./groups";

const TANH = 0;
const SIGMOID = 1;
const ELU = 2;
const SOFTPLUS = 3;
const RELU = 4;
const RELU6 = 5;
const LEAKY_RELU = 6;
const ABS = 7;
const SQUARE = 8;
const CLIP = 9;

/** dx ← dy · (1 − y²) */
export function gradientTanh(dx: usize, y: usize, dy: usize, n: i32): void { map(TANH, dx, y, dy, n, 0, 0); }
/** dx ← dy · y · (1 − y) */
export function gradientSigmoid(dx: usize, y: usize, dy: usize, n: i32): void { map(SIGMOID, dx, y, dy, n, 0, 0); }
/** dx ← y ≥ 0 ? dy : dy · (y + 1) */
export function gradientElu(dx: usize, y: usize, dy: usize, n: i32): void { map(ELU, dx, y, dy, n, 0, 0); }
/** dx ← dy · sigmoid(x) */
export function gradientSoftplus(dx: usize, x: usize, dy: usize, n: i32): void { map(SOFTPLUS, dx, x, dy, n, 0, 0); }
/** dx ← x > 0 ? dy : 0 */
export function gradientRelu(dx: usize, x: usize, dy: usize, n: i32): void { map(RELU, dx, x, dy, n, 0, 0); }
/** dx ← 0 < x ≤ 6 ? dy : 0 */
export function gradientRelu6(dx: usize, x: usize, dy: usize, n: i32): void { map(RELU6, dx, x, dy, n, 0, 0); }
/** dx ← x > 0 ? dy : slope · dy */
export function gradientLeakyRelu(dx: usize, x: usize, dy: usize, n: i32, slope: f64): void { map(LEAKY_RELU, dx, x, dy, n, slope, 0); }
/** dx ← x > 0 ? dy : −dy */
export function gradientAbs(dx: usize, x: usize, dy: usize, n: i32): void { map(ABS, dx, x, dy, n, 0, 0); }
/** dx ← dy · 2x */
export function gradientSquare(dx: usize, x: usize, dy: usize, n: i32): void { map(SQUARE, dx, x, dy, n, 0, 0); }
/** dx ← low ≤ x ≤ high ? dy : 0 */
export function gradientClip(dx: usize, x: usize, dy: usize, n: i32, low: f64, high: f64): void { map(CLIP, dx, x, dy, n, low, high); }

@inline
function map(op: i32, dx: usize, known: usize, dy: usize, n: i32, first: f64, second: f64): void {
  if (n <= 0) return;
  const last = lastGroup(dx, n);
  for (;;) {
    const value = derivative(op, known, dy, first, second);
    if (dx >= last) return storeLanes(dx, value, lanesOfLast(n));
    storeLanes(dx, value, LANES);
    dx += GROUP;
    known += GROUP;
    dy += GROUP;
  }
}

/** `known` is x or y, as the function's comment says. */
@lanes
@inline
function derivative(op: i32, known: usize, gradient: usize, first: f64, second: f64): f32 {
  const t = load<f32>(known);
  const dy = load<f32>(gradient);
  if (op == TANH) return dy * (1 - t * t);
  if (op == SIGMOID) return dy * (t * (1 - t));
  if (op == ELU) return t >= 0 ? dy : dy * (t + 1);
  if (op == SOFTPLUS) return dy * sigmoid(t);
  if (op == RELU) return t > 0 ? dy : 0;
  if (op == RELU6) return t > 0 && t <= 6 ? dy : 0;
  if (op == LEAKY_RELU) return t > 0 ? dy : dy * <f32>first;
  if (op == ABS) return t > 0 ? dy : -dy;
  if (op == SQUARE) return dy * (t * 2);
  return t >= <f32>first && t <= <f32>second ? dy : 0;
}
