/**
 * Steps a table of transitions: environments whose state is an index, which is all that is observed. Exports what driver.ts
 * does, with its time limits, same-step autoreset and rows of results. The table is bound at instantiation.
 *
 * A batch at address `self`: header, then one record for each group of LANES:
 * state i32, elapsed steps u32, episodes begun u32 and random words u32, each `[LANES]`.
 */
import { philox } from "../lanes/philox";
import { align, Header, stepLimit } from "./batch";

export { createBatch } from "./batch";

/** Rows of outcomes: row state·ACTIONS + action for each pair, and INITIAL_ROW for the first state of an episode. */
@external("table", "actions")
declare const ACTIONS: i32;
@external("table", "initialRow")
declare const INITIAL_ROW: i32;
/** i32 `[rows + 1]`: the number of the first outcome of each row, which ends where the next begins. */
@external("table", "rows")
declare const ROWS: usize;
@external("table", "outcomes")
declare const OUTCOMES: usize;
/** 0 if each pair has one outcome, so that steps need no random words. */
@external("table", "isRandom")
declare const IS_RANDOM: i32;

/** Mirrored by src/envs/tabular/kernels.ts. */
@unmanaged
class Outcome {
  /** Random words below this, and not below that of the outcome before, choose it; the row's last takes all that are left. */
  below: u32;
  nextState: i32;
  reward: f32;
  terminated: f32; // 0 or 1
}

// Where the parts of a group begin, in bytes; its states come first.
const CLOCK: usize = 4 * LANES;
const EPISODE: usize = 8 * LANES;
const WORD: usize = 12 * LANES;
const GROUP_BYTES: usize = 16 * LANES;

export function stateSize(): i32 {
  return 1;
}

export function batchBytes(numEnvs: i32): usize {
  return align(offsetof<Header>()) + <usize>((numEnvs + LANES - 1) / LANES) * GROUP_BYTES;
}

/** Starts a new first episode in every lane. Writes observation `[N,1]`. */
export function resetBatch(self: usize, seed: u32, purpose: u32, observation: usize): void {
  const header = changetype<Header>(self);
  header.seed = seed;
  header.purpose = purpose;
  memory.fill(laneAt(self, 0), 0, batchBytes(header.numEnvs) - align(offsetof<Header>()));
  for (let lane = 0; lane < header.numEnvs; lane++) {
    const at = laneAt(self, lane);
    beginEpisode(header, at, header.firstLane + lane);
    store<f32>(observation + (<usize>lane << 2), <f32>load<i32>(at));
  }
}

/**
 * Steps every lane once. action is i32 `[N]`; writes observation `[N,1]` (of the new episode where one ended),
 * reward, terminated and truncated `[N]` f32, and in the lanes where an episode ended finalObservation `[N,1]`.
 * @returns how many lanes ended an episode
 */
export function stepBatch(
  self: usize,
  action: usize,
  observation: usize,
  reward: usize,
  terminated: usize,
  truncated: usize,
  finalObservation: usize,
): i32 {
  const header = changetype<Header>(self);
  const limit = stepLimit(header);
  let ended = 0;
  for (let lane = 0; lane < header.numEnvs; lane++) {
    const at = laneAt(self, lane);
    const column = <usize>lane << 2;
    if (IS_RANDOM && lane % LANES == 0) drawWords(header, at, header.firstLane + lane);
    const outcome = choose(load<i32>(at) * ACTIONS + load<i32>(action + column), load<u32>(at, WORD));
    const elapsed = load<u32>(at, CLOCK) + 1;
    const isTruncated = elapsed >= <u32>limit;
    store<i32>(at, outcome.nextState);
    store<u32>(at, elapsed, CLOCK);
    store<f32>(reward + column, outcome.reward);
    store<f32>(terminated + column, outcome.terminated);
    store<f32>(truncated + column, isTruncated ? 1 : 0);
    if (isTruncated || outcome.terminated != 0) {
      store<f32>(finalObservation + column, <f32>outcome.nextState);
      beginEpisode(header, at, header.firstLane + lane);
      ended++;
    }
    store<f32>(observation + column, <f32>load<i32>(at));
  }
  return ended;
}

/** Writes the state of one lane, `[1]` f32. */
export function getState(self: usize, lane: i32, state: usize): void {
  store<f32>(state, <f32>load<i32>(laneAt(self, lane)));
}

/** Sets the state of one lane; its clock and episode count stay. The inverse of {@link getState}. */
export function setState(self: usize, lane: i32, state: usize): void {
  store<i32>(laneAt(self, lane), <i32>load<f32>(state));
}

/** The address of a lane's state; its other numbers lie CLOCK, EPISODE and WORD bytes further. */
@inline
function laneAt(self: usize, lane: i32): usize {
  return self + align(offsetof<Header>()) + <usize>(lane / LANES) * GROUP_BYTES + (<usize>(lane % LANES) << 2);
}

/** The outcome of a row that a random word chooses. Halves the row as often for one word as for another: nothing to mispredict. */
@inline
function choose(row: i32, word: u32): Outcome {
  const at = ROWS + (<usize>row << 2);
  let first = load<i32>(at);
  for (let count = load<i32>(at, 4) - first; count > 1; ) {
    const half = count >> 1;
    first = word < outcomeAt(first + half - 1).below ? first : first + half;
    count -= half;
  }
  return outcomeAt(first);
}

@inline
function outcomeAt(index: i32): Outcome {
  return changetype<Outcome>(OUTCOMES + <usize>index * offsetof<Outcome>());
}

/** Draws a lane's first state. The word's counter is (lane, episode from 1 on, step 0). */
function beginEpisode(header: Header, at: usize, lane: i32): void {
  const episode = load<u32>(at, EPISODE) + 1;
  store<u32>(at, episode, EPISODE);
  store<u32>(at, 0, CLOCK);
  philox<u32>(at + WORD, 4, at + WORD + 4, lane, episode, 0, 0, header.seed, header.purpose);
  store<i32>(at, choose(INITIAL_ROW, load<u32>(at, WORD)).nextState);
}

/** Draws the words of a group's next step. Their counters are (lane, episode, step from 1 on). */
function drawWords(header: Header, group: usize, lane0: i32): void {
  const words = group + WORD;
  if (LANES == 4) {
    const lanes = i32x4.add(i32x4.splat(lane0), i32x4(0, 1, 2, 3));
    const steps = i32x4.add(v128.load(group, CLOCK), i32x4.splat(1));
    philox<v128>(words, 16, words + 16, lanes, v128.load(group, EPISODE), steps, i32x4.splat(0), header.seed, header.purpose);
  } else {
    philox<u32>(words, 4, words + 4, lane0, load<u32>(group, EPISODE), load<u32>(group, CLOCK) + 1, 0, header.seed, header.purpose);
  }
}
