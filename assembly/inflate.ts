/**
 * Unpacks zlib's format (RFC 1950, 1951). For exported modules, which carry their kernels packed: Node takes longer to load its own zlib.
 * What is unpacked is the module's own content, so nothing is checked, the sum at the end included. As it travels too, it is written to be
 * small: loops test at their end, and the first 1,024 bytes of memory are its scratch.
 */

/** Of zlib's header, in bytes. */
const HEADER: usize = 2;
/** Where things stand: the lengths of codes' words, u8; the codes of literals and lengths, and of distances. */
const LENGTHS: usize = 0;
const LITERALS: usize = 320;
const DISTANCES: usize = 928;
/** A code: how many words of each length there are, u16[16]; then its symbols, u16, in the order of their words. */
const SYMBOLS: usize = 32;

/** What is read next, counted in bits. */
let position: usize = 0;

/** Unpacks what stands at `source` to `target`, and returns where it ends. Up to four bytes are read past the source's end. */
export function inflate(source: usize, target: usize): usize {
  position = (source + HEADER) << 3;
  let isLast: u32;
  do {
    isLast = take(1);
    const form = take(2);
    if (form == 0) {
      const stored = ((position + 7) >> 3) + 4;
      const length = <usize>load<u16>(stored - 4);
      memory.copy(target, stored, length);
      target += length;
      position = (stored + length) << 3;
    } else {
      readCodes(form);
      let symbol: u32;
      while ((symbol = symbolOf(LITERALS)) != 256) {
        if (symbol < 256) {
          store<u8>(target++, symbol);
          continue;
        }
        const end = target + (symbol == 285 ? 258 : amountOf(symbol - 257, 2) + 3);
        const back = amountOf(symbolOf(DISTANCES), 1) + 1;
        do store<u8>(target, load<u8>(target - back));
        while (++target < end);
      }
    }
  } while (!isLast);
  return target;
}

function take(count: u32): u32 {
  const bits = load<u32>(position >> 3) >> (<u32>position & 7);
  position += count;
  return bits & ((1 << count) - 1);
}

/** Of lengths and distances, of which 2^steps symbols each take as many bits more; those before stand for themselves. */
function amountOf(symbol: u32, steps: u32): u32 {
  const extra = (symbol >> steps) - 1;
  if (<i32>extra < 1) return symbol;
  const one = 1 << steps;
  return (((symbol & (one - 1)) | one) << extra) + take(extra);
}

/** The words of a length are consecutive numbers, and those of the next length begin behind them. */
function symbolOf(code: usize): u32 {
  let symbols = code + SYMBOLS;
  let word: i32 = 0;
  let count: i32 = 0;
  do {
    symbols += count << 1;
    word = ((word - count) << 1) | take(1);
    count = <i32>load<u16>((code += 2));
  } while (word >= count);
  return load<u16>(symbols + (word << 1));
}

/** The code whose symbols 0, 1, … have words of these lengths; 0 for none. */
function build(code: usize, lengths: usize, symbols: u32): void {
  let next = code + SYMBOLS;
  let length: u32 = 1;
  do {
    let symbol: u32 = 0;
    const before = next;
    do {
      if (load<u8>(lengths + symbol) != length) continue;
      store<u16>(next, symbol);
      next += 2;
    } while (++symbol < symbols);
    store<u16>((code += 2), (next - before) >> 1);
  } while (++length < 16);
}

/** Of a block: its own, whose lengths are written in a code too, or the standard's. */
function readCodes(form: u32): void {
  let literals: u32 = 288;
  let distances: u32 = 30;
  let i: u32 = 0;
  if (form == 1) {
    do store<u8>(i, i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : i < 288 ? 8 : 5);
    while (++i < 318);
  } else {
    literals = take(5) + 257;
    distances = take(5) + 1;
    const given = take(4) + 4;
    memory.fill(LENGTHS, 0, 19);
    // 16, 17, 18, 0, 8, 7, 9, 6, 10, 5, …
    do store<u8>(<usize>(i < 3 ? i + 16 : i < 4 ? 0 : i & 1 ? 9 - (i >> 1) : 6 + (i >> 1)), take(3));
    while (++i < given);
    build(LITERALS, LENGTHS, 19);
    i = 0;
    do {
      const symbol = symbolOf(LITERALS);
      let times: u32 = 1;
      if (symbol > 15) times = symbol == 18 ? take(7) + 11 : take(symbol - 14) + 3;
      memory.fill(i, symbol == 16 ? load<u8>(i - 1) : symbol < 16 ? <u8>symbol : 0, times);
      i += times;
    } while (i < literals + distances);
  }
  build(DISTANCES, literals, distances);
  build(LITERALS, LENGTHS, literals);
}
