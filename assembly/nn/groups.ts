/** How kernels walk over numbers: a group of LANES at a time, and a last group of which only some lanes exist. */

/** Bytes of a group of f32. */
export const GROUP: usize = <usize>LANES << 2;

/** Where the last group of n numbers at y starts; n > 0. */
@inline
export function lastGroup(y: usize, n: i32): usize {
  return y + (<usize>((n - 1) & -LANES) << 2);
}

/** How many lanes of the last group of n numbers exist, 1 … LANES; n > 0. */
@inline
export function lanesOfLast(n: i32): i32 {
  return n - ((n - 1) & -LANES);
}
