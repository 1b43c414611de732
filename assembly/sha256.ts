/**
 * SHA-256 (FIPS 180-4). Its constants are made where they are needed: fewer bytes than a table of them. Six of the eight variables of a round
 * are those of rounds before, so that the standard's `a` and `e` stand in memory round after round, and nothing has to move.
 */

const BLOCK: usize = 64;
const ROUNDS: usize = 64;
/** Rounds that a round looks back. */
const BACK: usize = 4;
/** Where things stand in the scratch, in bytes: the rounds' constants, the words of a block, and from the rounds before the first on `a` and `e`. */
const CONSTANTS: usize = 0;
const WORDS: usize = ROUNDS << 2;
const A: usize = 2 * WORDS;
const E: usize = A + WORDS + (BACK << 2);

/**
 * Sums up what stands from `text` to `end`: whole blocks of 64 bytes, the standard's padding among them. The digest's words stand in
 * `scratch` afterwards, u32: the first four at 512, the other four at 784, the last of them first. It takes 1,056 bytes.
 */
export function sha256(text: usize, end: usize, scratch: usize): void {
  prepare(scratch);
  for (; text < end; text += BLOCK) compress(text, scratch);
}

/** Writes the first words of the digest and the rounds' constants: of the square and cube roots of primes, the first 32 bits behind the point. */
function prepare(scratch: usize): void {
  let count: usize = 0;
  for (let candidate: u32 = 2; count < ROUNDS; candidate++) {
    let divisor: u32 = 2;
    while (candidate % divisor) divisor++;
    if (divisor < candidate) continue;
    const prime = <f64>candidate;
    const at = scratch + (count << 2);
    if (count < BACK) store<u32>(scratch + ((BACK - 1 - count) << 2), fraction(sqrt(prime)), A);
    else if (count < 2 * BACK) store<u32>(scratch + ((2 * BACK - 1 - count) << 2), fraction(sqrt(prime)), E);
    // Newton's method from above, until it no longer falls.
    let root: f64 = 0;
    let next = prime;
    do {
      root = next;
      next = (2 * root + prime / (root * root)) / 3;
    } while (next < root);
    store<u32>(at, fraction(root), CONSTANTS);
    count++;
  }
}

@inline
function fraction(x: f64): u32 {
  return <u32>((x - floor(x)) * 4294967296);
}

function compress(text: usize, scratch: usize): void {
  const end = scratch + WORDS;
  for (let at = scratch; at < end; at += 4) {
    let word = bswap(load<u32>(text + (at - scratch)));
    if (at >= scratch + BLOCK) {
      const early = load<u32>(at, WORDS - 60);
      const late = load<u32>(at, WORDS - 8);
      word = (rotr(early, 7) ^ rotr(early, 18) ^ (early >>> 3)) + (rotr(late, 17) ^ rotr(late, 19) ^ (late >>> 10));
      word += load<u32>(at, WORDS - 64) + load<u32>(at, WORDS - 28);
    }
    store<u32>(at, word, WORDS);
    const e = load<u32>(at, E + 12);
    const f = load<u32>(at, E + 8);
    const g = load<u32>(at, E + 4);
    word += load<u32>(at, E) + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (g ^ (e & (f ^ g))) + load<u32>(at, CONSTANTS);
    store<u32>(at, word + load<u32>(at, A), E + 16);
    const a = load<u32>(at, A + 12);
    const b = load<u32>(at, A + 8);
    const c = load<u32>(at, A + 4);
    store<u32>(at, word + (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) | (c & (a | b))), A + 16);
  }
  for (let i: usize = 0; i < BACK << 2; i += 4) {
    store<u32>(scratch + i, load<u32>(scratch + i, A) + load<u32>(end + i, A), A);
    store<u32>(scratch + i, load<u32>(scratch + i, E) + load<u32>(end + i, E), E);
  }
}
