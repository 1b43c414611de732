/**
 * What all environments share: a batch of them in one block of memory, stepped a group of LANES at a time, with time limit,
 * same-step autoreset and the rows of results. The physics comes from "./physics", which the build binds to one environment.
 *
 * A batch at address `self`: header, scratch for one group, then one record for each group:
 * the physics' state `[STATE_SIZE][LANES]` f32, elapsed steps `[LANES]` f32, episodes begun `[LANES]` u32.
 */
import { Random } from "../lanes/random";
import { lanesToRows, rowsToLanes, storeLanes } from "../lanes/rows";
import { anyLane } from "../lanes/primitives";
import { Vector, vectorBytes } from "../lanes/vector";
import { align, Header, stepLimit } from "./batch";
import { ACTION_SIZE, DISCRETE, OBSERVATION_SIZE, Physics } from "./physics";

export { createBatch } from "./batch";

export const observationSize: i32 = OBSERVATION_SIZE;
export const actionSize: i32 = ACTION_SIZE;

/** Numbers in one lane's state: the physics' fields, in Gymnasium's order. */
export function stateSize(): i32 {
  return <i32>(offsetof<Physics>() / vectorBytes(1));
}

// Components of a group's outcome.
const REWARD = 0;
const TERMINATED = 1;
const TRUNCATED = 2;
const ENDED = 3; // either of both
const OUTCOMES = 4;

// Where the parts of a batch begin, in bytes from `self`.
@inline
function freshAt(): usize {
  return align(offsetof<Header>());
}
@inline
function randomAt(): usize {
  return freshAt() + align(offsetof<Physics>());
}
@inline
function actionAt(): usize {
  return randomAt() + align(offsetof<Random>());
}
@inline
function outcomeAt(): usize {
  return actionAt() + align(vectorBytes(ACTION_SIZE));
}
@inline
function observationAt(): usize {
  return outcomeAt() + align(vectorBytes(OUTCOMES));
}
@inline
function groupsAt(): usize {
  return observationAt() + align(vectorBytes(OBSERVATION_SIZE));
}
@inline
function clockAt(): usize {
  return offsetof<Physics>();
}
@inline
function episodesAt(): usize {
  return clockAt() + vectorBytes(1);
}
@inline
function groupBytes(): usize {
  return episodesAt() + vectorBytes(1);
}

export function batchBytes(numEnvs: i32): usize {
  return groupsAt() + <usize>((numEnvs + LANES - 1) / LANES) * groupBytes();
}

/** Starts a new first episode in every lane. Writes observation `[N,D]`. */
export function resetBatch(self: usize, seed: u32, purpose: u32, observation: usize): void {
  const header = changetype<Header>(self);
  header.seed = seed;
  header.purpose = purpose;
  const ended = self + outcomeAt() + vectorBytes(ENDED);
  for (let lane0 = 0; lane0 < header.numEnvs; lane0 += LANES) {
    const group = groupOf(self, lane0);
    memory.fill(group, 0, groupBytes());
    endAll(ended);
    resetGroup(self, group, lane0);
    lanesToRows(observation + rowBytes(lane0), self + observationAt(), OBSERVATION_SIZE, min(LANES, header.numEnvs - lane0));
  }
}

/**
 * Steps every lane once. action is i32 `[N]` or f32 `[N,A]`; writes observation `[N,D]` (of the new episode where one ended),
 * reward, terminated and truncated `[N]` f32, and for groups in which an episode ended finalObservation `[N,D]`.
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
  const actions = self + actionAt();
  const outcome = self + outcomeAt();
  const observations = self + observationAt();
  const limit = stepLimit(header);
  let group = self + groupsAt();
  let ended = 0;
  let lane0 = 0;
  // A do-while: in those V8 keeps the physics' vector constants in registers instead of building them for each group.
  do {
    const live = min(LANES, header.numEnvs - lane0);
    const column = <usize>lane0 << 2;
    readActions(actions, action + column * ACTION_SIZE, live);
    const rewards = outcomeOf(reward + column, outcome, REWARD, live);
    const terminations = outcomeOf(terminated + column, outcome, TERMINATED, live);
    const truncations = outcomeOf(truncated + column, outcome, TRUNCATED, live);
    const anyEnded = stepGroup(
      changetype<Physics>(group),
      group + clockAt(),
      limit,
      changetype<Vector>(actions),
      rewards,
      terminations,
      truncations,
      outcome + vectorBytes(ENDED),
      changetype<Vector>(observations),
    );
    if (live < LANES) {
      copyLive(reward + column, rewards, live);
      copyLive(terminated + column, terminations, live);
      copyLive(truncated + column, truncations, live);
    }
    if (anyEnded) {
      lanesToRows(finalObservation + rowBytes(lane0), observations, OBSERVATION_SIZE, live);
      ended += resetGroup(self, group, lane0);
    }
    lanesToRows(observation + rowBytes(lane0), observations, OBSERVATION_SIZE, live);
    group += groupBytes();
    lane0 += LANES;
  } while (lane0 < header.numEnvs);
  return ended;
}

/** Writes the physical state of one lane, `[stateSize]` f32. */
export function getState(self: usize, lane: i32, state: usize): void {
  for (let i = 0; i < stateSize(); i++) store<f32>(state + (<usize>i << 2), load<f32>(stateAddress(self, lane, i)));
}

/** Sets the physical state of one lane; its clock and episode count stay. The inverse of {@link getState}. */
export function setState(self: usize, lane: i32, state: usize): void {
  for (let i = 0; i < stateSize(); i++) store<f32>(stateAddress(self, lane, i), load<f32>(state + (<usize>i << 2)));
}

@inline
function groupOf(self: usize, lane0: i32): usize {
  return self + groupsAt() + <usize>(lane0 / LANES) * groupBytes();
}

@inline
function rowBytes(rows: i32): usize {
  return <usize>(rows * OBSERVATION_SIZE) << 2;
}

function stateAddress(self: usize, lane: i32, field: i32): usize {
  return groupOf(self, lane) + ((<usize>field * LANES + <usize>(lane % LANES)) << 2);
}

/** Indices become lane numbers; an unused lane repeats a harmless 0. */
function readActions(vector: usize, action: usize, live: i32): void {
  if (live < LANES) memory.fill(vector, 0, vectorBytes(ACTION_SIZE));
  if (DISCRETE) {
    if (LANES == 4 && live == 4) v128.store(vector, f32x4.convert_i32x4_s(v128.load(action)));
    else for (let lane: usize = 0; lane < <usize>live; lane++) store<f32>(vector + (lane << 2), <f32>load<i32>(action + (lane << 2)));
  } else {
    rowsToLanes(vector, action, ACTION_SIZE, live);
  }
}

/** Where a group writes one component of its outcome: straight into the row, or to scratch if the row ends within the group. */
@inline
function outcomeOf(row: usize, scratch: usize, component: i32, live: i32): usize {
  return live == LANES ? row : scratch + vectorBytes(component);
}

@inline
function copyLive(row: usize, scratch: usize, live: i32): void {
  if (LANES == 4) storeLanes<v128>(row, v128.load(scratch), live);
  else storeLanes<f32>(row, load<f32>(scratch), live);
}

/** One step of one group, without resets. Returns whether an episode ended in any lane. */
@lanes
function stepGroup(
  physics: Physics,
  clock: usize,
  limit: i32,
  action: Vector,
  rewards: usize,
  terminations: usize,
  truncations: usize,
  ends: usize,
  observation: Vector,
): i32 {
  const reward = physics.step(action);
  const elapsed = load<f32>(clock) + 1;
  const terminated = physics.terminated();
  const truncated = elapsed >= f32(limit);
  store<f32>(clock, elapsed);
  store<f32>(rewards, reward);
  store<f32>(terminations, terminated ? 1 : 0);
  store<f32>(truncations, truncated ? 1 : 0);
  store<f32>(ends, terminated || truncated ? 1 : 0);
  physics.observe(observation);
  return anyLane(terminated || truncated);
}

@lanes
function endAll(ends: usize): void {
  store<f32>(ends, 1);
}

/** Begins a new episode in the lanes whose outcome says that they ended, and observes. Returns how many did. */
function resetGroup(self: usize, group: usize, lane0: i32): i32 {
  const header = changetype<Header>(self);
  const random = changetype<Random>(self + randomAt());
  const ends = self + outcomeAt() + vectorBytes(ENDED);
  random.begin(header.seed, header.purpose, header.firstLane + lane0, group + episodesAt());
  blendFresh(
    changetype<Physics>(group),
    changetype<Physics>(self + freshAt()),
    random,
    group + clockAt(),
    ends,
    changetype<Vector>(self + observationAt()),
  );
  return countEpisodes(group + episodesAt(), ends, min(LANES, header.numEnvs - lane0));
}

@lanes
function blendFresh(physics: Physics, fresh: Physics, random: Random, clock: usize, ends: usize, observation: Vector): void {
  const ended = load<f32>(ends) > 0;
  fresh.reset(random);
  const state = changetype<usize>(physics);
  const source = changetype<usize>(fresh);
  for (let at: usize = 0; at < offsetof<Physics>(); at += sizeof<f32>()) {
    store<f32>(state + at, ended ? load<f32>(source + at) : load<f32>(state + at));
  }
  store<f32>(clock, ended ? 0 : load<f32>(clock));
  physics.observe(observation);
}

/** Counts a new episode in each ended lane, dead ones included so that they stay harmless; returns the live ones. */
function countEpisodes(episodes: usize, ends: usize, live: i32): i32 {
  if (LANES == 4) {
    const ended = f32x4.gt(v128.load(ends), f32x4.splat(0));
    v128.store(episodes, i32x4.sub(v128.load(episodes), ended));
    return popcnt(i32x4.bitmask(ended) & ((1 << live) - 1));
  }
  store<u32>(episodes, load<u32>(episodes) + 1);
  return 1;
}
