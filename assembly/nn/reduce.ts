/**
 * Sums of f32 tensors seen as x[outer,size,inner], over the middle axis: y[outer,inner]. Other reductions are in extrema.ts.
 * Sums over contiguous numbers keep four partial sums, and the scalar twin does so too: both have the same bits.
 */

/** y[outer,inner] ← scale · Σ x[outer,size,inner] */
export function sumAxis(y: usize, x: usize, outer: i32, size: i32, inner: i32, scale: f32): void {
  for (let i = 0; i < outer; i++) {
    const xBlock = x + (<usize>(i * size * inner) << 2);
    const yBlock = y + (<usize>(i * inner) << 2);
    if (inner == 1) store<f32>(yBlock, scale * sumRow(xBlock, size));
    else sumRows(yBlock, xBlock, size, inner, scale);
  }
}

/** Four partial sums, added pairwise at the end, then the rest in order. */
function sumRow(x: usize, n: i32): f32 {
  const whole = n & ~3;
  let s0: f32 = 0;
  let s1: f32 = 0;
  let s2: f32 = 0;
  let s3: f32 = 0;
  if (LANES == 4) {
    let sums = f32x4.splat(0);
    for (let i = 0; i < whole; i += 4) sums = f32x4.add(sums, v128.load(x + (<usize>i << 2)));
    s0 = f32x4.extract_lane(sums, 0);
    s1 = f32x4.extract_lane(sums, 1);
    s2 = f32x4.extract_lane(sums, 2);
    s3 = f32x4.extract_lane(sums, 3);
  } else {
    for (let i = 0; i < whole; i += 4) {
      const at = x + (<usize>i << 2);
      s0 += load<f32>(at);
      s1 += load<f32>(at, 4);
      s2 += load<f32>(at, 8);
      s3 += load<f32>(at, 12);
    }
  }
  let sum = s0 + s1 + (s2 + s3);
  for (let i = whole; i < n; i++) sum += load<f32>(x + (<usize>i << 2));
  return sum;
}

/** Column sums, in the order of the rows. */
function sumRows(y: usize, x: usize, size: i32, inner: i32, scale: f32): void {
  let j = 0;
  const rowBytes = <usize>inner << 2;
  if (LANES == 4) {
    for (; j + 4 <= inner; j += 4) {
      let at = x + (<usize>j << 2);
      let sums = f32x4.splat(0);
      for (let i = 0; i < size; i++, at += rowBytes) sums = f32x4.add(sums, v128.load(at));
      v128.store(y + (<usize>j << 2), f32x4.mul(f32x4.splat(scale), sums));
    }
  }
  for (; j < inner; j++) {
    let at = x + (<usize>j << 2);
    let sum: f32 = 0;
    for (let i = 0; i < size; i++, at += rowBytes) sum += load<f32>(at);
    store<f32>(y + (<usize>j << 2), scale * sum);
  }
}
