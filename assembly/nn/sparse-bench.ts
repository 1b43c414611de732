import { packPanels, PANEL, PANEL_ROW } from "./panels";
import { productPacked } from "./matmul";
export { packPanels };

export function densePart(c: usize, a: usize, packed: usize, m: i32, k: i32, n: i32, aRow: usize, aStep: usize, accumulate: i32): void {
  productPacked(c, a, packed, m, k, n, aRow, aStep, accumulate, 0);
}

const ROWS = 8;

export function sparsePart(c: usize, a: usize, packed: usize, m: i32, k: i32, n: i32, aRow: usize, aStep: usize, accumulate: i32, lists: usize): void {
  const cRow = <usize>n << 2;
  const panelBytes = <usize>k * PANEL_ROW;
  for (let i = 0; i < m; i += ROWS) {
    const count = min(ROWS, m - i);
    const room = (<usize>k << 3);
    // lists: ROWS × (k pairs), ends: after
    const ends = lists + ROWS * room;
    for (let r = 0; r < count; r++) {
      store<usize>(ends + (<usize>r << 2), gatherRow(lists + <usize>r * room, a + <usize>(i + r) * aRow, aStep, k));
    }
    for (let column = 0; column < n; column += 4 * PANEL) {
      const panel = packed + <usize>(column / PANEL) * panelBytes;
      for (let r = 0; r < count; r++) {
        rowBy4(c + <usize>(i + r) * cRow + (<usize>column << 2), lists + <usize>r * room, load<usize>(ends + (<usize>r << 2)), panel, panelBytes, accumulate);
      }
    }
  }
}

function gatherRow(list: usize, a: usize, aStep: usize, k: i32): usize {
  let offset = 0;
  for (let step = 0; step < k; step++) {
    const x = load<f32>(a);
    store<i32>(list, offset);
    store<f32>(list, x, 4);
    list += <usize>(x != 0) << 3;
    a += aStep;
    offset += <i32>PANEL_ROW;
  }
  return list;
}

function rowBy4(c: usize, list: usize, end: usize, panel: usize, panelBytes: usize, accumulate: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  if (accumulate) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
    s2 = v128.load(c, 32);
    s3 = v128.load(c, 48);
    s4 = v128.load(c, 64);
    s5 = v128.load(c, 80);
    s6 = v128.load(c, 96);
    s7 = v128.load(c, 112);
  }
  const panel1 = panel + panelBytes;
  const panel2 = panel1 + panelBytes;
  const panel3 = panel2 + panelBytes;
  for (; list < end; list += 8) {
    const at = load<usize>(list);
    const x = v128.load32_splat(list, 4);
    const p0 = panel + at;
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p0)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p0, 16)));
    const p1 = panel1 + at;
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p1)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p1, 16)));
    const p2 = panel2 + at;
    s4 = f32x4.add(s4, f32x4.mul(x, v128.load(p2)));
    s5 = f32x4.add(s5, f32x4.mul(x, v128.load(p2, 16)));
    const p3 = panel3 + at;
    s6 = f32x4.add(s6, f32x4.mul(x, v128.load(p3)));
    s7 = f32x4.add(s7, f32x4.mul(x, v128.load(p3, 16)));
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
}

/** 32 columns wide panels */
export function pack32(packed: usize, b: usize, k: i32, n: i32): void {
  for (let column = 0; column < n; column += 32) {
    for (let step = 0; step < k; step++) {
      memory.copy(packed, b + (<usize>(step * n + column) << 2), 128);
      packed += 128;
    }
  }
}

export function sparse32(c: usize, a: usize, packed: usize, m: i32, k: i32, n: i32, aRow: usize, aStep: usize, accumulate: i32, lists: usize): void {
  const cRow = <usize>n << 2;
  for (let i = 0; i < m; i += ROWS) {
    const count = min(ROWS, m - i);
    const room = (<usize>k << 3);
    const ends = lists + ROWS * room;
    for (let r = 0; r < count; r++) {
      store<usize>(ends + (<usize>r << 2), gather32(lists + <usize>r * room, a + <usize>(i + r) * aRow, aStep, k));
    }
    let panel = packed;
    for (let column = 0; column < n; column += 32) {
      for (let r = 0; r < count; r++) {
        row32(c + <usize>(i + r) * cRow + (<usize>column << 2), lists + <usize>r * room, load<usize>(ends + (<usize>r << 2)), panel, accumulate);
      }
      panel += <usize>k << 7;
    }
  }
}

function gather32(list: usize, a: usize, aStep: usize, k: i32): usize {
  let offset = 0;
  for (let step = 0; step < k; step++) {
    const x = load<f32>(a);
    store<i32>(list, offset);
    store<f32>(list, x, 4);
    list += <usize>(x != 0) << 3;
    a += aStep;
    offset += 128;
  }
  return list;
}

function row32(c: usize, list: usize, end: usize, panel: usize, accumulate: i32): void {
  let s0 = f32x4.splat(0);
  let s1 = s0;
  let s2 = s0;
  let s3 = s0;
  let s4 = s0;
  let s5 = s0;
  let s6 = s0;
  let s7 = s0;
  if (accumulate) {
    s0 = v128.load(c);
    s1 = v128.load(c, 16);
    s2 = v128.load(c, 32);
    s3 = v128.load(c, 48);
    s4 = v128.load(c, 64);
    s5 = v128.load(c, 80);
    s6 = v128.load(c, 96);
    s7 = v128.load(c, 112);
  }
  if (list < end) {
    do {
      const p = panel + load<usize>(list);
      const x = v128.load32_splat(list, 4);
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(p)));
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(p, 16)));
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(p, 32)));
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(p, 48)));
      s4 = f32x4.add(s4, f32x4.mul(x, v128.load(p, 64)));
      s5 = f32x4.add(s5, f32x4.mul(x, v128.load(p, 80)));
      s6 = f32x4.add(s6, f32x4.mul(x, v128.load(p, 96)));
      s7 = f32x4.add(s7, f32x4.mul(x, v128.load(p, 112)));
      list += 8;
    } while (list < end);
  }
  v128.store(c, s0);
  v128.store(c, s1, 16);
  v128.store(c, s2, 32);
  v128.store(c, s3, 48);
  v128.store(c, s4, 64);
  v128.store(c, s5, 80);
  v128.store(c, s6, 96);
  v128.store(c, s7, 112);
}
