/** Numbers chosen by i32 indices. */
import { fill } from "./movement";

/** y[n,depth] ← `on` where index[n] is the column, else `off`; four bytes each, as f32 or i32. */
export function oneHot(y: usize, index: usize, n: i32, depth: i32, on: i32, off: i32): void {
  fill(y, n * depth, off);
  for (let i = 0; i < n; i++) {
    const column = load<i32>(index + (<usize>i << 2));
    if (<u32>column < <u32>depth) store<i32>(y + (<usize>(i * depth + column) << 2), on);
  }
}

/**
 * y[batch,outer,count,inner] ← x[batch,outer,index[batch,count],inner], where x is [batch,outer,size,inner].
 * Numbers of four bytes; `nothing` stands where an index is outside of [0,size). The transpose of {@link scatterAdd}.
 */
export function gather(
  y: usize,
  x: usize,
  index: usize,
  batch: i32,
  outer: i32,
  size: i32,
  count: i32,
  inner: i32,
  nothing: i32,
): void {
  const block = <usize>inner << 2;
  for (let i = 0; i < batch * outer; i++) {
    const row = index + (<usize>((i / outer) * count) << 2);
    for (let j = 0; j < count; j++, y += block) {
      const at = load<i32>(row + (<usize>j << 2));
      if (<u32>at >= <u32>size) fill(y, inner, nothing);
      else if (inner == 1) store<u32>(y, load<u32>(x + (<usize>at << 2)));
      else memory.copy(y, x + <usize>at * block, block);
    }
    x += <usize>size * block;
  }
}

/**
 * y[batch,outer,size,inner] ← 0, then y[batch,outer,index[batch,count],inner] += x[batch,outer,count,inner] in the order of count.
 * Indices outside of [0,size) are passed over.
 */
export function scatterAdd(y: usize, x: usize, index: usize, batch: i32, outer: i32, size: i32, count: i32, inner: i32): void {
  const block = <usize>inner << 2;
  memory.fill(y, 0, <usize>(batch * outer * size) * block);
  for (let i = 0; i < batch * outer; i++) {
    const row = index + (<usize>((i / outer) * count) << 2);
    for (let j = 0; j < count; j++, x += block) {
      const at = load<i32>(row + (<usize>j << 2));
      if (<u32>at < <u32>size) addInto(y + <usize>at * block, x, inner);
    }
    y += <usize>size * block;
  }
}

/** y[n] += x[n] */
@inline
function addInto(y: usize, x: usize, n: i32): void {
  let i: usize = 0;
  if (LANES == 4) {
    for (; i + 4 <= <usize>n; i += 4) v128.store(y + (i << 2), f32x4.add(v128.load(y + (i << 2)), v128.load(x + (i << 2))));
  }
  for (; i < <usize>n; i++) store<f32>(y + (i << 2), load<f32>(y + (i << 2)) + load<f32>(x + (i << 2)));
}
