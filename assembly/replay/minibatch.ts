/** Minibatches of n-step transitions from a ring of rows of N lanes. Transition (row, lane) stands in slot row·N + lane. */
import { gatherRows } from "../nn/gather";

/** The stored transitions, as sizes and addresses; mirrored by src/rollout/transitions.ts. */
@unmanaged
export class Ring {
  lanes: i32; // N
  rows: i32; // R
  observationSize: i32; // D
  actionSize: i32; // numbers of an action in memory
  observation: usize; // [R,N,D]
  action: usize; // [R,N] i32 or [R,N,A] f32
  reward: usize; // [R,N]
  nextObservation: usize; // [R,N,D]: what followed, an episode's last observation where it ended
  terminated: usize; // [R,N]
  truncated: usize; // [R,N]
}

/** Where a minibatch goes; mirrored by src/rollout/transitions.ts. */
@unmanaged
export class Minibatch {
  size: i32; // B
  index: usize; // u32 [B]: slots of the transitions that were drawn
  last: usize; // u32 [B]: slots where their windows end
  observation: usize; // [B,D]
  action: usize; // [B] i32 or [B,A] f32
  reward: usize; // [B]
  nextObservation: usize; // [B,D]
  discount: usize; // [B]
}

export function ringBytes(): usize {
  return offsetof<Ring>();
}

export function minibatchBytes(): usize {
  return offsetof<Minibatch>();
}

/**
 * The transitions at `index`, each with up to n steps after it (Sutton & Barto 2018, section 7.1):
 *   reward ← Σ_{i<k} γ^i r_{t+i},   discount ← γ^k, or 0 if the episode terminated,   nextObservation ← what followed step t+k-1,
 * so that reward + discount · V(nextObservation) is the n-step target. A window follows one lane and has k = n steps, or fewer if
 * the episode ends before, or the newest row is reached.
 */
export function gather(self: usize, ring: usize, newest: i32, n: i32, gamma: f64): void {
  const batch = changetype<Minibatch>(self);
  const from = changetype<Ring>(ring);
  for (let i = 0; i < batch.size; i++) sumWindow(batch, from, <usize>i << 2, newest, n, gamma);
  const observationBytes = from.observationSize << 2;
  gatherRows(batch.observation, from.observation, batch.index, batch.size, observationBytes);
  gatherRows(batch.action, from.action, batch.index, batch.size, from.actionSize << 2);
  gatherRows(batch.nextObservation, from.nextObservation, batch.last, batch.size, observationBytes);
}

/** Reward, discount and last slot of one window, summed in float64; `at` is its offset in the minibatch's columns. */
@inline
function sumWindow(batch: Minibatch, ring: Ring, at: usize, newest: i32, n: i32, gamma: f64): void {
  const lanes = ring.lanes;
  const slots = ring.rows * lanes;
  let slot = load<i32>(batch.index + at);
  let sum: f64 = 0;
  let discount: f64 = 1;
  let isTerminated = false;
  for (let left = n; ; ) {
    const step = <usize>slot << 2;
    sum += discount * <f64>load<f32>(ring.reward + step);
    discount *= gamma;
    isTerminated = load<f32>(ring.terminated + step) != 0;
    if (--left == 0 || isTerminated || load<f32>(ring.truncated + step) != 0 || isInRow(slot, newest, lanes)) break;
    slot += lanes;
    if (slot >= slots) slot -= slots;
  }
  store<i32>(batch.last + at, slot);
  store<f32>(batch.reward + at, <f32>sum);
  store<f32>(batch.discount + at, isTerminated ? 0 : <f32>discount);
}

@inline
function isInRow(slot: i32, row: i32, lanes: i32): bool {
  return <u32>(slot - row * lanes) < <u32>lanes;
}
