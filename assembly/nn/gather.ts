/** target[i] = source[index[i]] for rows of `rowBytes` bytes; index u32 `[n]`. Rows of one number are the common case. */
export function gatherRows(target: usize, source: usize, index: usize, n: i32, rowBytes: i32): void {
  const end = index + (<usize>n << 2);
  const bytes = <usize>rowBytes;
  if (bytes == 4) {
    for (; index < end; index += 4, target += 4) store<u32>(target, load<u32>(source + (<usize>load<u32>(index) << 2)));
  } else if (bytes == 16) {
    for (; index < end; index += 4, target += 16) v128.store(target, v128.load(source + (<usize>load<u32>(index) << 4)));
  } else {
    for (; index < end; index += 4, target += bytes) memory.copy(target, source + <usize>load<u32>(index) * bytes, bytes);
  }
}
