/**
 * Products whose left operand is 0 in many places that nobody knows beforehand, as rectified signals and their gradients are. A row's
 * other numbers are listed once, each with the place of its factors in a panel, and then run through three panels at a time. More would not
 * stay in registers: engines load all factors of a step before the first is used.
 *
 * Every sum is taken in the order of k, so its bits are those of the dense product: what is left out would have added 0. Only factors that
 * are infinite or NaN, whose product with 0 is NaN, go unnoticed.
 */
import { PANEL, PANEL_ROW } from "./panels";

/** Rows that are listed together, so that a panel comes into the first-level cache once for all of them. */
const ROWS = 8;
/** Rows that are looked at to tell how many zeros there are. */
const SAMPLES = 4;
/** Products smaller than this are not worth a look. */
const LEAST = 16;
/** Bytes of an entry: where in a panel, and the number. */
const ENTRY: usize = 8;

/** Bytes of the lists that {@link productSparse} makes. */
export function listsBytes(k: i32): usize {
  return <usize>(ROWS * (k + 1)) * ENTRY;
}

/** Whether a[m,k] has so many zeros, by a few of its rows, that leaving them out pays: three eighths. */
export function isSparse(a: usize, m: i32, k: i32, n: i32, aRow: usize, aStep: usize): bool {
  if (m < LEAST || k < LEAST || n < LEAST) return false;
  let others = 0;
  for (let i = 0; i < SAMPLES; i++) {
    others += countOthers(a + <usize>((i * m) / SAMPLES) * aRow, k, aStep);
    if (others * 8 > (i + 1) * k * 7) return false; // signals that are hardly ever 0 are known by the first row
  }
  return others * 8 <= SAMPLES * k * 5;
}

function countOthers(a: usize, k: i32, aStep: usize): i32 {
  let count = 0;
  for (let step = 0; step < k; step++) {
    count += i32(load<f32>(a) != 0);
    a += aStep;
  }
  return count;
}

/** What productPacked does, to the bit, for columns that are whole panels; rows of c are cRow apart. `lists` has room for {@link listsBytes}. */
export function productSparse(
  c: usize,
  a: usize,
  packed: usize,
  m: i32,
  k: i32,
  n: i32,
  cRow: usize,
  aRow: usize,
  aStep: usize,
  accumulate: i32,
  bias: usize,
  lists: usize,
): void {
  const room = <usize>(k + 1) * ENTRY;
  const panelBytes = <usize>k * PANEL_ROW;
  for (let i = 0; i < m; i += ROWS) {
    const count = min(ROWS, m - i);
    const end = lists + <usize>count * room;
    listRows(lists, a + <usize>i * aRow, count, k, aRow, aStep, room);
    let panel = packed;
    let cTile = c + <usize>i * cRow;
    let biasTile = bias;
    for (let missing = n / PANEL; missing > 0; missing -= 3) {
      let cHere = cTile;
      for (let list = lists; list < end; list += room) {
        if (missing >= 3) three(cHere, list, panel, panelBytes, accumulate, biasTile);
        else if (missing == 2) two(cHere, list, panel, panelBytes, accumulate, biasTile);
        else one(cHere, list, panel, panelBytes, accumulate, biasTile);
        cHere += cRow;
      }
      panel += 3 * panelBytes;
      cTile += 3 * PANEL_ROW;
      if (bias) biasTile += 3 * PANEL_ROW;
    }
  }
}

/** One list a row: the address after its last entry, then the entries. */
function listRows(lists: usize, a: usize, rows: i32, k: i32, aRow: usize, aStep: usize, room: usize): void {
  for (let r = 0; r < rows; r++) {
    let entry = lists + ENTRY;
    let number = a;
    const places = <usize>k * PANEL_ROW;
    for (let place: usize = 0; place < places; place += PANEL_ROW) {
      const bits = load<u32>(number);
      store<u32>(entry, bits);
      store<usize>(entry, place, 4);
      entry += <usize>(bits << 1 != 0) * ENTRY; // the next one overwrites a 0, whose sign is the first bit
      number += aStep;
    }
    store<usize>(lists, entry);
    lists += room;
    a += aRow;
  }
}

function three(c: usize, list: usize, packed: usize, panelBytes: usize, accumulate: i32, bias: usize): void {
  rowOfPanels(3, c, list, packed, panelBytes, accumulate, bias);
}

function two(c: usize, list: usize, packed: usize, panelBytes: usize, accumulate: i32, bias: usize): void {
  rowOfPanels(2, c, list, packed, panelBytes, accumulate, bias);
}

function one(c: usize, list: usize, packed: usize, panelBytes: usize, accumulate: i32, bias: usize): void {
  rowOfPanels(1, c, list, packed, panelBytes, accumulate, bias);
}

/** One row of so many panels of c. */
@inline
function rowOfPanels(panels: i32, c: usize, list: usize, packed: usize, panelBytes: usize, accumulate: i32, bias: usize): void {
  let s0 = begin(c, accumulate);
  let s1 = begin(c + 16, accumulate);
  let s2 = f32x4.splat(0);
  let s3 = s2;
  let s4 = s2;
  let s5 = s2;
  if (panels > 1) {
    s2 = begin(c + 32, accumulate);
    s3 = begin(c + 48, accumulate);
  }
  if (panels > 2) {
    s4 = begin(c + 64, accumulate);
    s5 = begin(c + 80, accumulate);
  }
  const end = load<usize>(list);
  for (let entry = list + ENTRY; entry < end; entry += ENTRY) {
    const x = v128.load32_splat(entry);
    const first = packed + load<usize>(entry, 4);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(first)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(first, 16)));
    if (panels > 1) {
      const second = first + panelBytes;
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(second)));
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(second, 16)));
      if (panels > 2) {
        const third = second + panelBytes;
        s4 = f32x4.add(s4, f32x4.mul(x, v128.load(third)));
        s5 = f32x4.add(s5, f32x4.mul(x, v128.load(third, 16)));
      }
    }
  }
  finish(c, s0, bias);
  finish(c + 16, s1, bias ? bias + 16 : 0);
  if (panels > 1) {
    finish(c + 32, s2, bias ? bias + 32 : 0);
    finish(c + 48, s3, bias ? bias + 48 : 0);
  }
  if (panels > 2) {
    finish(c + 64, s4, bias ? bias + 64 : 0);
    finish(c + 80, s5, bias ? bias + 80 : 0);
  }
}

@inline
function begin(c: usize, accumulate: i32): v128 {
  return accumulate ? v128.load(c) : f32x4.splat(0);
}

@inline
function finish(c: usize, sum: v128, bias: usize): void {
  v128.store(c, bias ? f32x4.add(sum, v128.load(bias)) : sum);
}
