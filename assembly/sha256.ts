/**
 * SHA-256 (FIPS 180-4). Its constants are made where they are needed: fewer bytes than a table of them. The variables of a round are locals,
 * because code that V8 has just compiled waits for memory.
 */

const BLOCK: usize = 64;
const ROUNDS: usize = 64;
/** Where things stand in the scratch, in bytes: the rounds' constants, the words of a block, and the standard's H, the last of its words first. */
const CONSTANTS: usize = 0;
const WORDS: usize = ROUNDS << 2;
const H: usize = 2 * WORDS;

/**
 * Sums up what stands from `text` to `end`: whole blocks of 64 bytes, the standard's padding among them. The digest's words, u32, stand in
 * `scratch` from 512 on afterwards, the last of them first. It takes 544 bytes.
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
    if (count < 8) store<u32>(scratch + ((7 - count) << 2), fraction(sqrt(prime)), H);
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
  let at = scratch;
  let h = load<u32>(at, H);
  let g = load<u32>(at, H + 4);
  let f = load<u32>(at, H + 8);
  let e = load<u32>(at, H + 12);
  let d = load<u32>(at, H + 16);
  let c = load<u32>(at, H + 20);
  let b = load<u32>(at, H + 24);
  let a = load<u32>(at, H + 28);
  do {
    let word: u32;
    if (at < scratch + BLOCK) {
      word = bswap(load<u32>(text + (at - scratch)));
    } else {
      const early = load<u32>(at, WORDS - 60);
      const late = load<u32>(at, WORDS - 8);
      word = (rotr(early, 7) ^ rotr(early, 18) ^ (early >>> 3)) + (rotr(late, 17) ^ rotr(late, 19) ^ (late >>> 10));
      word += load<u32>(at, WORDS - 64) + load<u32>(at, WORDS - 28);
    }
    store<u32>(at, word, WORDS);
    word += h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + (g ^ (e & (f ^ g))) + load<u32>(at, CONSTANTS);
    h = g;
    g = f;
    f = e;
    e = word + d;
    word += (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) | (c & (a | b)));
    d = c;
    c = b;
    b = a;
    a = word;
    at += 4;
  } while (at < end);
  add(scratch, 0, h);
  add(scratch, 4, g);
  add(scratch, 8, f);
  add(scratch, 12, e);
  add(scratch, 16, d);
  add(scratch, 20, c);
  add(scratch, 24, b);
  add(scratch, 28, a);
}

function add(scratch: usize, at: usize, word: u32): void {
  store<u32>(scratch + at, load<u32>(scratch + at, H) + word, H);
}
