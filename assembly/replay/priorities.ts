/**
 * Prioritised experience replay, the proportional variant (Schaul, Quan, Antonoglou & Silver 2016, arXiv:1511.05952, section 3):
 *   P(i) = p_i^α / Σ_k p_k^α  with p_i = |δ_i| + ε.  What is stored as a priority is p_i^α.
 */
import { exp, log } from "../lanes/math";
import { atLeast } from "../lanes/primitives";
import { storeLanes } from "../lanes/rows";
import { fillBits } from "../lanes/sampling";
import { find, totalOf, updateSums } from "./sum-tree";

/** Smallest normal f32, 2^-126: no priority is less, so that none is 0. */
const SMALLEST: f32 = 1.1754943508222875e-38;
const TWO_TO_MINUS_32: f64 = 2.3283064365386963e-10;

/**
 * index u32 `[n]` ← one leaf from each of n equal segments of the total (appendix B.2.1);
 * weight f32 `[n]` ← (N·P(i))^-β / max_j (N·P(j))^-β, the largest of this minibatch (section 3.4; Algorithm 1, line 10).
 * Every priority among the `leaves` is 0 or positive, and at least one is positive.
 */
export function drawProportional(
  index: usize,
  weight: usize,
  tree: usize,
  priority: usize,
  leaves: i32,
  n: i32,
  beta: f32,
  seed: u32,
  purpose: u32,
  stream: u32,
): void {
  fillBits(index, n, seed, purpose, stream);
  const segment = totalOf(tree) / <f64>n;
  let lowest: f32 = Infinity;
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    const target = (<f64>i + <f64>load<u32>(index + at) * TWO_TO_MINUS_32) * segment;
    const leaf = find(tree, priority, leaves, target);
    const p = load<f32>(priority + (<usize>leaf << 2));
    store<i32>(index + at, leaf);
    store<f32>(weight + at, p);
    if (p < lowest) lowest = p;
  }
  weigh(weight, n, lowest, beta);
}

/** weight[n]: from priorities to (p / lowest)^-β, in which N and the total cancel. */
function weigh(weight: usize, n: i32, lowest: f32, beta: f32): void {
  for (let i = 0; i < n; i += LANES) {
    const at = weight + (<usize>i << 2);
    if (LANES == 4) weighLanes(at, f32x4.splat(lowest), f32x4.splat(beta), min(LANES, n - i));
    else weighLanes(at, lowest, beta, 1);
  }
}

@lanes
@inline
function weighLanes(weight: usize, lowest: f32, beta: f32, live: i32): void {
  storeLanes(weight, exp(beta * log(lowest / load<f32>(weight))), live);
}

/**
 * priority[index[i]] ← (|error[i]| + ε)^α, with the sums above it; of a transition that was drawn twice the later error counts, and an error
 * that is no finite number counts as the largest. Returns the largest priority so far, `largest` before. scratch f32 `[n]`.
 */
export function updatePriorities(
  tree: usize,
  priority: usize,
  scratch: usize,
  index: usize,
  error: usize,
  leaves: i32,
  n: i32,
  alpha: f32,
  epsilon: f32,
  largest: f32,
): f32 {
  for (let i = 0; i < n; i += LANES) {
    const at = <usize>i << 2;
    if (LANES == 4) prioritise(scratch + at, error + at, f32x4.splat(alpha), f32x4.splat(epsilon), min(LANES, n - i));
    else prioritise(scratch + at, error + at, alpha, epsilon, 1);
  }
  for (let i = 0; i < n; i++) {
    const at = <usize>i << 2;
    const leaf = load<i32>(index + at);
    let p = load<f32>(scratch + at);
    if (!(p < Infinity)) p = largest;
    largest = max(largest, p);
    store<f32>(priority + (<usize>leaf << 2), p);
    updateSums(tree, priority, leaves, leaf, 1);
  }
  return largest;
}

@lanes
@inline
function prioritise(priority: usize, error: usize, alpha: f32, epsilon: f32, live: i32): void {
  storeLanes(priority, atLeast(exp(alpha * log(abs(load<f32>(error)) + epsilon)), SMALLEST), live);
}
