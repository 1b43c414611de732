/** Random numbers for tests: seeded, in float64, and none of the code under test. */

/** Numbers in [0, 1), the same for the same seed (Mulberry32, by Tommy Ettinger). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Standard normals by Box & Muller. */
export function randomNormals(seed: number): () => number {
  const random = randomNumbers(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** `length` numbers from `draw`, rounded to float32. */
export function drawn(length: number, draw: () => number): Float32Array {
  return Float32Array.from({ length }, draw);
}
