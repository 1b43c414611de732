/** Products of many matrices in one call. */
import { matMul } from "./matmul";

/**
 * c[batch,m,n] ← op(a[i]) · op(b[i]) for each matrix i, as {@link matMul}. An operand's matrices lie `aBatch` or `bBatch` numbers apart;
 * 0 repeats one.
 */
export function batchMatMul(
  c: usize,
  a: usize,
  b: usize,
  batch: i32,
  m: i32,
  k: i32,
  n: i32,
  aBatch: i32,
  bBatch: i32,
  transposeA: i32,
  transposeB: i32,
  scratch: usize,
): void {
  for (let i = 0; i < batch; i++) {
    matMul(c, a, b, m, k, n, transposeA, transposeB, scratch);
    c += <usize>(m * n) << 2;
    a += <usize>aBatch << 2;
    b += <usize>bBatch << 2;
  }
}
