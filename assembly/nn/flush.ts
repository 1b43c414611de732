/** Keeping what optimizers remember away from subnormal numbers, which take 15 times as long to compute with. */

/** What decays below this without gradients becomes 0 (as in adam.ts). */
const SMALLEST: f32 = 7.888609052210118e-31; // 2^-100

@lanes
@inline
export function flushed(x: f32): f32 {
  return abs<f32>(x) < SMALLEST ? 0 : x;
}
