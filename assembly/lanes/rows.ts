/**
 * Between rows (`[lanes, size]`, what tensors hold) and lanes (`[size][LANES]`, what physics computes with).
 * `live` says how many lanes of the group exist; nothing is read from or written to rows beyond them.
 */

/** vector ← rows. Dead lanes keep what they hold. The inverse of {@link lanesToRows}. */
@inline
export function rowsToLanes(vector: usize, rows: usize, size: i32, live: i32): void {
  if (LANES == 4 && size == 1 && live == 4) v128.store(vector, v128.load(rows));
  else spreadRows(vector, rows, size, live);
}

function spreadRows(vector: usize, rows: usize, size: i32, live: i32): void {
  let first = 0;
  if (LANES == 4 && live == 4) {
    const stride = <usize>size << 2;
    for (; first + 4 <= size; first += 4) transposeBlock(vector + (<usize>first << 4), 16, rows + (<usize>first << 2), stride);
    if (first + 2 <= size) {
      gatherPair(vector + (<usize>first << 4), rows + (<usize>first << 2), stride);
      first += 2;
    }
    if (first < size) {
      v128.store(vector + (<usize>first << 4), gather(rows + (<usize>first << 2), stride));
      first++;
    }
  }
  for (let i = first; i < size; i++) {
    for (let lane = 0; lane < live; lane++) {
      store<f32>(vector + ((<usize>i * LANES + lane) << 2), load<f32>(rows + ((<usize>lane * size + i) << 2)));
    }
  }
}

/** rows ← vector. The inverse of {@link rowsToLanes}. */
@inline
export function lanesToRows(rows: usize, vector: usize, size: i32, live: i32): void {
  let first = 0;
  if (LANES == 4) {
    if (live == 4) {
      const stride = <usize>size << 2;
      for (; first + 4 <= size; first += 4) {
        const source = vector + (<usize>first << 4);
        const target = rows + (<usize>first << 2);
        transposeBlock(target, stride, source, 16);
      }
      if (first + 2 <= size) {
        transposePair(rows + (<usize>first << 2), stride, vector + (<usize>first << 4));
        first += 2;
      }
      if (first < size) {
        scatter(rows + (<usize>first << 2), stride, v128.load(vector + (<usize>first << 4)));
        first++;
      }
    }
  }
  for (let i = first; i < size; i++) {
    for (let lane = 0; lane < live; lane++) {
      store<f32>(rows + ((<usize>lane * size + i) << 2), load<f32>(vector + ((<usize>i * LANES + lane) << 2)));
    }
  }
}

/** Stores the first `live` lanes of `value`, an f32 or a v128. */
export function storeLanes<T>(target: usize, value: T, live: i32): void {
  if (isVector<T>()) {
    if (live == 4) {
      v128.store(target, value);
    } else {
      v128.store32_lane(target, value, 0);
      if (live > 1) v128.store32_lane(target, value, 1, 4);
      if (live > 2) v128.store32_lane(target, value, 2, 8);
    }
  } else {
    store<T>(target, value);
  }
}

/** Stores the first `live` lanes of a condition, a bool or a v128, as bytes 0 or 1. */
export function storeMask<T>(target: usize, condition: T, live: i32): void {
  if (isVector<T>()) {
    const words = i16x8.narrow_i32x4_s(condition, condition);
    const bytes = v128.and(i8x16.narrow_i16x8_s(words, words), i8x16.splat(1));
    if (live == 4) {
      v128.store32_lane(target, bytes, 0);
    } else {
      v128.store8_lane(target, bytes, 0);
      if (live > 1) v128.store8_lane(target, bytes, 1, 1);
      if (live > 2) v128.store8_lane(target, bytes, 2, 2);
    }
  } else {
    store<u8>(target, <u8>condition);
  }
}

/** LANES bytes as numbers. */
@inline
export function loadBytes<T>(source: usize): T {
  if (isVector<T>()) {
    const words = i16x8.extend_low_i8x16_u(v128.load32_zero(source));
    return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words));
  }
  return <f32>load<u8>(source);
}

/** Transposes a 4×4 block of f32; strides in bytes. */
@inline
export function transposeBlock(target: usize, targetStride: usize, source: usize, sourceStride: usize): void {
  const a = v128.load(source);
  const b = v128.load(source + sourceStride);
  const c = v128.load(source + 2 * sourceStride);
  const d = v128.load(source + 3 * sourceStride);
  const abLow = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cdLow = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f32>(abLow, cdLow, 0, 1, 4, 5));
  v128.store(target + targetStride, v128.shuffle<f32>(abLow, cdLow, 2, 3, 6, 7));
  v128.store(target + 2 * targetStride, v128.shuffle<f32>(abHigh, cdHigh, 0, 1, 4, 5));
  v128.store(target + 3 * targetStride, v128.shuffle<f32>(abHigh, cdHigh, 2, 3, 6, 7));
}

/** Transposes a block of two components of four lanes into pairs, `stride` bytes apart. */
@inline
function transposePair(target: usize, stride: usize, source: usize): void {
  const a = v128.load(source);
  const b = v128.load(source, 16);
  const low = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const high = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  v128.store64_lane(target, low, 0);
  v128.store64_lane(target + stride, low, 1);
  v128.store64_lane(target + 2 * stride, high, 0);
  v128.store64_lane(target + 3 * stride, high, 1);
}

/** The inverse of {@link transposePair}. */
@inline
function gatherPair(target: usize, source: usize, stride: usize): void {
  const low = v128.load64_lane(source + stride, v128.load64_zero(source), 1);
  const high = v128.load64_lane(source + 3 * stride, v128.load64_zero(source + 2 * stride), 1);
  v128.store(target, v128.shuffle<f32>(low, high, 0, 2, 4, 6));
  v128.store(target, v128.shuffle<f32>(low, high, 1, 3, 5, 7), 16);
}

/** Four lanes from numbers that lie `stride` bytes apart; the inverse of {@link scatter}. */
@inline
function gather(source: usize, stride: usize): v128 {
  const first = v128.load32_zero(source);
  const second = v128.load32_lane(source + stride, first, 1);
  const third = v128.load32_lane(source + 2 * stride, second, 2);
  return v128.load32_lane(source + 3 * stride, third, 3);
}

/** Stores four lanes, `stride` bytes apart. */
@inline
function scatter(target: usize, stride: usize, value: v128): void {
  v128.store32_lane(target, value, 0);
  v128.store32_lane(target + stride, value, 1);
  v128.store32_lane(target + 2 * stride, value, 2);
  v128.store32_lane(target + 3 * stride, value, 3);
}
