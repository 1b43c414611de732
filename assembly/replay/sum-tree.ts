/**
 * A sum tree over priorities f32 `[leaves]`, which stand apart. Blocks of 16 of them, a cache line, are summed in the lowest nodes, and
 * each other node is the sum of its two children: f64, the root at 1, the children of i at 2i and 2i+1.
 *
 * A change recomputes every sum above it from below, in the same order always: the tree depends on the priorities alone, however often
 * they changed, and no rounding is carried along. Priorities past the last leaf, up to a whole block, exist and are 0.
 */

/** Leaves under one lowest node. */
const BLOCK = 16;
const BLOCK_SHIFT = 4;

export function sumTreeBytes(leaves: i32): usize {
  return <usize>firstBlock(leaves) << 4;
}

/** The node of the first block: as many nodes stand before it as a whole binary tree needs. */
@inline
function firstBlock(leaves: i32): i32 {
  const blocks = (leaves + BLOCK - 1) >> BLOCK_SHIFT;
  return 1 << (32 - clz<i32>(blocks - 1));
}

@inline
function sumAt(tree: usize, node: i32): f64 {
  return load<f64>(tree + (<usize>node << 3));
}

@inline
export function totalOf(tree: usize): f64 {
  return sumAt(tree, 1);
}

/** Brings the sums above `count` leaves from `first` on up to date. */
export function updateSums(tree: usize, priority: usize, leaves: i32, first: i32, count: i32): void {
  const base = firstBlock(leaves);
  let low = base + (first >> BLOCK_SHIFT);
  let high = base + ((first + count - 1) >> BLOCK_SHIFT);
  for (let node = low; node <= high; node++) {
    store<f64>(tree + (<usize>node << 3), sumOfBlock(priority + (<usize>(node - base) << (BLOCK_SHIFT + 2))));
  }
  while (low > 1) {
    low >>= 1;
    high >>= 1;
    for (let node = low; node <= high; node++) {
      store<f64>(tree + (<usize>node << 3), sumAt(tree, 2 * node) + sumAt(tree, 2 * node + 1));
    }
  }
}

@inline
function sumOfBlock(priority: usize): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < BLOCK; i++) sum += <f64>load<f32>(priority + (<usize>i << 2));
  return sum;
}

/** The leaf whose interval on the line of all priorities laid end to end holds `target`, 0 <= target <= total; never one of priority 0. */
@inline
export function find(tree: usize, priority: usize, leaves: i32, target: f64): i32 {
  const base = firstBlock(leaves);
  let node = 1;
  while (node < base) {
    node <<= 1;
    const left = sumAt(tree, node);
    // Sums are rounded, so that target may not lie left of the last interval's end: then it is in the last one.
    if (target >= left && sumAt(tree, node + 1) > 0) {
      target -= left;
      node++;
    }
  }
  return findInBlock(priority, (node - base) << BLOCK_SHIFT, target);
}

@inline
function findInBlock(priority: usize, first: i32, target: f64): i32 {
  let found = first;
  for (let leaf = first; leaf < first + BLOCK; leaf++) {
    const p = <f64>load<f32>(priority + (<usize>leaf << 2));
    if (p > 0) found = leaf;
    if (target < p) break;
    target -= p;
  }
  return found;
}
