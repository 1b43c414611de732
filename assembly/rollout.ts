/**
 * A rollout is one call: act → step → record, T times for N lanes.
 * The environment is another module on the same memory (or a function of the host); this one imports its step.
 */
import { forgetNoise, sample } from "./nn/heads";
import { forward, Layer } from "./nn/network";
import { exportStatistics, normaliseRows, rescale, scaleRewards, updateStatistics } from "./nn/normalise";

/** How far normalised observations and scaled rewards may be from 0; mirrored by src/rollout/rollout.ts. */
const LIMIT: f32 = 10;

@external("environment", "step")
declare function stepEnvironment(
  environment: usize,
  action: usize,
  observation: usize,
  reward: usize,
  terminated: usize,
  truncated: usize,
  finalObservation: usize,
): i32;

/** Everything a rollout needs, as addresses and sizes; mirrored by src/rollout/plan.ts. */
@unmanaged
export class Plan {
  numEnvs: i32;
  rawSize: i32; // R, numbers that the environment writes for an observation
  frameSize: i32; // F, numbers that stand for one raw observation
  observationSize: i32; // D, numbers that the network sees: the latest D / F frames, the newest last
  actionSize: i32; // numbers of an action in memory
  isRescaled: i32; // whether a continuous action of ±1 means the bounds of the action space
  sampler: usize; // record of nn/heads: how the actor's outputs become actions
  environment: usize;
  layers: usize; // records of nn/network.ts: the actor, then the critic
  actorLayers: i32;
  criticLayers: i32;
  head: usize; // [N,outputs] where the actor's last layer writes
  baseline: usize; // [N] where the critic's last layer writes; unused without a critic
  observation: usize; // [T+1,N,D]
  nextObservation: usize; // [T,N,D]: what each step led to, the final observation where an episode ended; 0 for none
  action: usize; // [T,N] i32 or [T,N,A] f32
  applied: usize; // [N,A]: the action within its bounds, continuous actions only
  low: usize; // [A]
  high: usize; // [A]
  logProb: usize; // [T,N]
  value: usize; // [T+1,N]
  reward: usize; // [T,N]
  terminated: usize; // [T,N]
  truncated: usize; // [T,N]
  finalValue: usize; // [T,N]: V(final observation) where an episode was truncated, else 0
  raw: usize; // [N,R] where the environment writes its observations; 0 if that is the observation column itself
  isIndex: i32; // whether the raw observation is an index, to become one-hot
  frame: usize; // [N,F]: the newest frame of each lane
  statistics: usize; // of nn/normalise.ts, of frames; 0 for none
  mean: usize; // [F], what frames are normalised with
  scale: usize; // [F]
  rawReward: usize; // [T,N] where the environment writes its rewards; the same as `reward` unless they are scaled
  rewardStatistics: usize; // of running returns
  runningReturn: usize; // [N]
  gamma: f32; // discount of the running returns
  finalRaw: usize; // [N,R]
  finalObservation: usize; // [1,D]
}

export function planBytes(): usize {
  return offsetof<Plan>();
}

/**
 * Acts, steps and records T times, continuing from the observations in row T of the rollout before (row 0 before the first,
 * see `isFirst`). The host calls the four parts itself where an environment's step is only begun by the call.
 */
export function collect(self: usize, steps: i32, isFirst: i32): void {
  begin(self, steps, isFirst);
  for (let t = 0; t < steps; t++) {
    recordAt(self, t, stepAt(self, t));
  }
  finish(self, steps);
}

/** Brings the observations to row 0: those of the reset, or those that the last rollout ended with. */
export function begin(self: usize, steps: i32, isFirst: i32): void {
  const plan = changetype<Plan>(self);
  const observationBytes = rowOf(plan, plan.observationSize);
  if (isFirst) present(plan, plan.observation, 0, 0);
  else memory.copy(plan.observation, plan.observation + <usize>steps * observationBytes, observationBytes);
  memory.fill(plan.finalValue, 0, <usize>steps * rowOf(plan, 1));
}

/** Acts on the observations of row t and steps the environment. Returns how many lanes ended an episode. */
export function stepAt(self: usize, t: i32): i32 {
  const plan = changetype<Plan>(self);
  const row = <usize>t * rowOf(plan, 1);
  const observation = observationAt(plan, t);
  const action = plan.action + row * plan.actionSize;
  act(plan, observation, action, plan.logProb + row);
  estimate(plan, observation, plan.value + row, plan.numEnvs);
  return stepEnvironment(
    plan.environment,
    apply(plan, action),
    plan.raw ? plan.raw : observationAt(plan, t + 1),
    plan.rawReward + row,
    plan.terminated + row,
    plan.truncated + row,
    plan.finalRaw,
  );
}

/** Records what the step gave: the observations of row t + 1, scaled rewards, and the values of final observations if any lane ended. */
export function recordAt(self: usize, t: i32, ended: i32): void {
  const plan = changetype<Plan>(self);
  const row = <usize>t * rowOf(plan, 1);
  present(plan, observationAt(plan, t + 1), observationAt(plan, t), row);
  if (plan.rewardStatistics) scaleAt(plan, row);
  if (plan.nextObservation) {
    const bytes = rowOf(plan, plan.observationSize);
    memory.copy(plan.nextObservation + <usize>t * bytes, observationAt(plan, t + 1), bytes);
  }
  if (ended) closeEpisodes(plan, t);
}

/** Scales the rewards of every row, for a rollout that was recorded without. */
export function scaleAll(self: usize, steps: i32): void {
  const plan = changetype<Plan>(self);
  for (let t = 0; t < steps; t++) scaleAt(plan, <usize>t * rowOf(plan, 1));
}

function scaleAt(plan: Plan, row: usize): void {
  scaleRewards(
    plan.reward + row,
    plan.rewardStatistics,
    plan.runningReturn,
    plan.rawReward + row,
    plan.terminated + row,
    plan.truncated + row,
    plan.numEnvs,
    plan.gamma,
    LIMIT,
  );
}

/**
 * observation[N,D] ← the environment's raw rows as the network sees them, after the statistics have taken them in. A lane's frames
 * follow those of `before` `[N,D]`, unless an episode ended in `row` of the flags, or `before` is 0: then the first frame stands for all.
 */
function present(plan: Plan, observation: usize, before: usize, row: usize): void {
  if (!plan.raw) return;
  encode(plan, plan.frame, plan.raw, plan.numEnvs);
  if (plan.statistics) {
    updateStatistics(plan.statistics, plan.frame, plan.numEnvs, plan.frameSize);
    exportStatistics(plan.mean, plan.scale, plan.statistics, plan.frameSize);
    normaliseRows(plan.frame, plan.frame, plan.mean, plan.scale, plan.numEnvs, plan.frameSize, LIMIT);
  }
  const bytes = <usize>plan.observationSize << 2;
  for (let lane = 0; lane < plan.numEnvs; lane++) {
    const at = row + (<usize>lane << 2);
    const isFirst = !before || load<f32>(plan.terminated + at) != 0 || load<f32>(plan.truncated + at) != 0;
    const offset = <usize>lane * bytes;
    stack(plan, observation + offset, isFirst ? 0 : before + offset, plan.frame + (<usize>(lane * plan.frameSize) << 2));
  }
}

/** One lane: observation[D] ← the frames of before[D] but the oldest, then the new one; the new one throughout if `before` is 0. */
function stack(plan: Plan, observation: usize, before: usize, frame: usize): void {
  const frameBytes = <usize>plan.frameSize << 2;
  const last = (<usize>plan.observationSize << 2) - frameBytes;
  if (before) memory.copy(observation, before + frameBytes, last);
  else for (let at: usize = 0; at < last; at += frameBytes) memory.copy(observation + at, frame, frameBytes);
  memory.copy(observation + last, frame, frameBytes);
}

/** target[rows,F] ← raw[rows,R]: one-hot for an index, else a copy. */
function encode(plan: Plan, target: usize, raw: usize, rows: i32): void {
  const size = plan.frameSize;
  if (!plan.isIndex) {
    memory.copy(target, raw, <usize>(rows * size) << 2);
    return;
  }
  memory.fill(target, 0, <usize>(rows * size) << 2);
  for (let i = 0; i < rows; i++) store<f32>(target + (<usize>(i * size + <i32>load<f32>(raw + (<usize>i << 2))) << 2), 1);
}

/** The values after the last step, row T. */
export function finish(self: usize, steps: i32): void {
  const plan = changetype<Plan>(self);
  estimate(plan, observationAt(plan, steps), plan.value + <usize>steps * rowOf(plan, 1), plan.numEnvs);
}

/** Values every row again, and the final observations of truncated episodes, with the critic as it now is. Needs `nextObservation`. */
export function revalue(self: usize, steps: i32): void {
  const plan = changetype<Plan>(self);
  const bytes = <usize>plan.observationSize << 2;
  for (let t = 0; t <= steps; t++) estimate(plan, observationAt(plan, t), plan.value + <usize>t * rowOf(plan, 1), plan.numEnvs);
  for (let i = 0; i < steps * plan.numEnvs; i++) {
    const at = <usize>i << 2;
    const isCut = load<f32>(plan.truncated + at) != 0 && load<f32>(plan.terminated + at) == 0;
    if (isCut) estimate(plan, plan.nextObservation + <usize>i * bytes, plan.finalValue + at, 1);
  }
}

/** Bytes of one row of N lanes with `size` numbers each. */
@inline
function rowOf(plan: Plan, size: i32): usize {
  return <usize>(plan.numEnvs * size) << 2;
}

@inline
function observationAt(plan: Plan, t: i32): usize {
  return plan.observation + <usize>t * rowOf(plan, plan.observationSize);
}

/** Samples an action for every lane. */
function act(plan: Plan, observation: usize, action: usize, logProb: usize): void {
  forward(plan.layers, plan.actorLayers, plan.numEnvs, observation);
  sample(plan.sampler, action, logProb, plan.head, plan.numEnvs);
}

/** value ← V(observation) for the first `rows` rows. Leaves memory alone without a critic. */
function estimate(plan: Plan, observation: usize, value: usize, rows: i32): void {
  if (!plan.criticLayers) return;
  forward(plan.layers + <usize>plan.actorLayers * offsetof<Layer>(), plan.criticLayers, rows, observation);
  memory.copy(value, plan.baseline, <usize>rows << 2);
}

/** What the environment gets: the recorded index, or the recorded vector within the bounds of the action space. */
function apply(plan: Plan, action: usize): usize {
  if (!plan.applied) return action;
  const size = plan.actionSize;
  for (let i = 0; i < plan.numEnvs * size; i++) {
    const at = <usize>i << 2;
    const bound = <usize>(i % size) << 2;
    const low = load<f32>(plan.low + bound);
    const high = load<f32>(plan.high + bound);
    const chosen = load<f32>(action + at);
    store<f32>(plan.applied + at, plan.isRescaled ? rescale(chosen, low, high) : min(max(chosen, low), high));
  }
  return plan.applied;
}

/** Where episodes ended in row t: keeps the final observations, values those that were cut by truncation, and forgets noise. */
function closeEpisodes(plan: Plan, t: i32): void {
  const row = <usize>t * rowOf(plan, 1);
  const bytes = <usize>plan.observationSize << 2;
  for (let lane = 0; lane < plan.numEnvs; lane++) {
    const at = row + (<usize>lane << 2);
    const terminated = load<f32>(plan.terminated + at) != 0;
    if (!terminated && load<f32>(plan.truncated + at) == 0) continue;
    forgetNoise(plan.sampler, lane);
    if (terminated && !plan.nextObservation) continue;
    presentFinal(plan, t, lane);
    if (plan.nextObservation) memory.copy(plan.nextObservation + <usize>(t * plan.numEnvs + lane) * bytes, plan.finalObservation, bytes);
    if (!terminated) estimate(plan, plan.finalObservation, plan.finalValue + at, 1);
  }
}

/** finalObservation[D] ← the last observation of a lane's episode, as the network would have seen it. */
function presentFinal(plan: Plan, t: i32, lane: i32): void {
  const frame = plan.frame;
  encode(plan, frame, plan.finalRaw + (<usize>(lane * plan.rawSize) << 2), 1);
  if (plan.statistics) normaliseRows(frame, frame, plan.mean, plan.scale, 1, plan.frameSize, LIMIT);
  stack(plan, plan.finalObservation, observationAt(plan, t) + (<usize>(lane * plan.observationSize) << 2), frame);
}
