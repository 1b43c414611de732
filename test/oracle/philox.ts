/** Philox4x32-10 (Salmon et al. 2011) in plain integers, and the acting noise that is drawn from it. */

const MULTIPLIERS = [0xd2511f53n, 0xcd9e8d57n] as const;
const WEYL = [0x9e3779b9n, 0xbb67ae85n] as const;
const WORD = 0xffffffffn;

type Words = readonly [number, number, number, number];

/** The four 32-bit words of a counter under a key. */
export function philox(counter: Words, key: readonly [number, number]): Words {
  let [c0, c1, c2, c3] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const [a, b] = [MULTIPLIERS[0] * c0, MULTIPLIERS[1] * c2];
    [c0, c1, c2, c3] = [(b >> 32n) ^ c1 ^ k0, b & WORD, (a >> 32n) ^ c3 ^ k1, a & WORD];
    [k0, k1] = [(k0 + WEYL[0]) & WORD, (k1 + WEYL[1]) & WORD];
  }
  return [Number(c0), Number(c1), Number(c2), Number(c3)];
}

/** Stands for the episode in counters of draws that belong to a step. */
const NO_EPISODE = 0xffffffff;

/** The first `count` uniforms that a lane draws at a step, multiples of 2^-24. */
export function stepUniforms(seed: number, purpose: number, lane: number, step: number, count: number): number[] {
  const blocks = Array.from({ length: Math.ceil(count / 4) }, (_, block) => philox([lane, NO_EPISODE, step, block], [seed, purpose]));
  return blocks
    .flat()
    .slice(0, count)
    .map((word) => (word >>> 8) / 2 ** 24);
}

/** The first `count` normals that a lane draws at a step: cosine and sine of each Box-Muller pair. */
export function stepNormals(seed: number, purpose: number, lane: number, step: number, count: number): number[] {
  const uniforms = stepUniforms(seed, purpose, lane, step, 2 * Math.ceil(count / 2));
  return Array.from({ length: count }, (_, i) => {
    const [u, v] = [uniforms[i - (i % 2)] as number, uniforms[i - (i % 2) + 1] as number];
    const wave = i % 2 === 0 ? Math.cos : Math.sin;
    return Math.sqrt(-2 * Math.log(1 - u)) * wave(2 * Math.PI * v);
  });
}
