/** Moving numbers without looking at them: filling, copying blocks, repeating, transposing. */
import { transposeBlock } from "../lanes/rows";

/** Up to here a loop is faster than memory.copy, which leaves the module. */
const SHORT: usize = 128;

/** y[n] ← the same four bytes, as f32 or i32. */
export function fill(y: usize, n: i32, bits: i32): void {
  let i: usize = 0;
  for (; i + 4 <= <usize>n; i += 4) v128.store(y + (i << 2), i32x4.splat(bits));
  for (; i < <usize>n; i++) store<i32>(y + (i << 2), bits);
}

/** y[bytes] ← the same byte. */
export function fillBytes(y: usize, bytes: i32, value: i32): void {
  memory.fill(y, <u8>value, bytes);
}

/** Copies `count` blocks of `bytes` bytes, which lie `yStride` and `xStride` bytes apart. Nothing overlaps. */
export function copyBlocks(y: usize, x: usize, count: i32, bytes: i32, yStride: i32, xStride: i32): void {
  for (let i = 0; i < count; i++) {
    copy(y, x, bytes);
    y += <usize>yStride;
    x += <usize>xStride;
  }
}

@inline
function copy(y: usize, x: usize, bytes: usize): void {
  if (bytes > SHORT) memory.copy(y, x, bytes);
  else copyShort(y, x, bytes);
}

@inline
function copyShort(y: usize, x: usize, bytes: usize): void {
  let at: usize = 0;
  for (; at + 16 <= bytes; at += 16) v128.store(y + at, v128.load(x + at));
  for (; at + 4 <= bytes; at += 4) store<u32>(y + at, load<u32>(x + at));
  for (; at < bytes; at++) store<u8>(y + at, load<u8>(x + at));
}

/** y[count,times,bytes] ← x[count,bytes], each block repeated. */
export function repeatBlocks(y: usize, x: usize, count: i32, times: i32, bytes: i32): void {
  const total = <usize>bytes * times;
  for (let i = 0; i < count; i++) {
    if (bytes == 4) fill(y, times, load<i32>(x));
    else repeatBlock(y, x, total, bytes);
    y += total;
    x += <usize>bytes;
  }
}

/** Copies what is already there, so that a step doubles it. */
@inline
function repeatBlock(y: usize, x: usize, total: usize, bytes: usize): void {
  copy(y, x, min(bytes, total));
  for (let done = bytes; done < total; done <<= 1) copy(y + done, y, min(done, total - done));
}

/** y[batch,columns,rows] ← x[batch,rows,columns], numbers of four bytes. */
export function transpose(y: usize, x: usize, batch: i32, rows: i32, columns: i32): void {
  for (let i = 0; i < batch; i++) {
    transposeMatrix(y, x, rows, columns);
    y += <usize>(rows * columns) << 2;
    x += <usize>(rows * columns) << 2;
  }
}

function transposeMatrix(y: usize, x: usize, rows: i32, columns: i32): void {
  const wholeRows = LANES == 4 ? rows & ~3 : 0;
  const wholeColumns = columns & ~3;
  for (let i = 0; i < wholeRows; i += 4) {
    for (let j = 0; j < wholeColumns; j += 4) {
      transposeBlock(y + (<usize>(j * rows + i) << 2), <usize>rows << 2, x + (<usize>(i * columns + j) << 2), <usize>columns << 2);
    }
    transposeNumbers(y, x, rows, columns, i, i + 4, wholeColumns);
  }
  transposeNumbers(y, x, rows, columns, wholeRows, rows, 0);
}

/** Rows `from` … `to` of x, from column `first` on. */
function transposeNumbers(y: usize, x: usize, rows: i32, columns: i32, from: i32, to: i32, first: i32): void {
  for (let i = from; i < to; i++) {
    for (let j = first; j < columns; j++) store<u32>(y + (<usize>(j * rows + i) << 2), load<u32>(x + (<usize>(i * columns + j) << 2)));
  }
}
