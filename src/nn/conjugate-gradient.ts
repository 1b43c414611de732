/** The method of conjugate gradients (Hestenes & Stiefel 1952), in float64 on vectors of JavaScript. */

/** A symmetric positive definite matrix by its products with vectors. */
export type MatrixProduct = (vector: Float64Array) => Promise<Float64Array>;

export interface ConjugateGradientOptions {
  /** The most products to take. */
  readonly steps: number;
  /** Stops once ‖b − Ax‖² is at most this part of ‖b‖². */
  readonly tolerance: number;
}

/**
 * x with Ax ≈ b, from x = 0 on. As long as rounding allows, xᵀAx = xᵀb after any number of steps. Where a direction shows that A is not
 * positive definite after all, the x found so far stands.
 */
export async function conjugateGradient(
  product: MatrixProduct,
  b: Float64Array,
  { steps, tolerance }: ConjugateGradientOptions,
): Promise<Float64Array> {
  const x = new Float64Array(b.length);
  const residual = b.slice();
  const direction = b.slice();
  const enough = tolerance * dot(b, b);
  let square = dot(b, b);
  for (let step = 0; step < steps && square > enough; step++) {
    const image = await product(direction);
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    const length = square / curvature;
    addScaled(x, direction, length);
    addScaled(residual, image, -length);
    const next = dot(residual, residual);
    const ratio = next / square;
    for (let i = 0; i < direction.length; i++) direction[i] = (residual[i] as number) + ratio * (direction[i] as number);
    square = next;
  }
  return x;
}

/** aᵀb */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** a ← a + scale · b */
export function addScaled(a: Float64Array, b: Float64Array, scale: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] as number) + scale * (b[i] as number);
}
