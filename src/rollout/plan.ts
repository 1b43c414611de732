/** The record that tells assembly/rollout.ts what to run and where to write; its fields mirror class Plan there, in order. */
import { featuresOf, sizeOf } from "../core/spaces.js";
import type { VecEnv } from "../envs/vec-env.js";
import { column, type Heap, zeroed } from "../wasm/heap.js";
import { layerRecords } from "../wasm/layers.js";
import type { RolloutColumns } from "./columns.js";
import type { ActingNetwork, RolloutOptions } from "./rollout.js";
import type { SamplerRecord } from "./sampler.js";

const FIELDS = [
  "numEnvs",
  "rawSize",
  "frameSize",
  "observationSize",
  "actionSize",
  "isRescaled",
  "sampler",
  "environment",
  "layers",
  "actorLayers",
  "criticLayers",
  "head",
  "baseline",
  "observation",
  "nextObservation",
  "action",
  "applied",
  "low",
  "high",
  "logProb",
  "value",
  "reward",
  "terminated",
  "truncated",
  "finalValue",
  "raw",
  "isIndex",
  "frame",
  "statistics",
  "mean",
  "scale",
  "rawReward",
  "rewardStatistics",
  "runningReturn",
  "gamma",
  "finalRaw",
  "finalObservation",
] as const;

/** The one field that is no integer. */
const GAMMA = FIELDS.indexOf("gamma");

export type Plan = Readonly<Record<(typeof FIELDS)[number], number>>;

/** Writes a plan and returns its address. `bytes` is what the kernel says a plan takes: a guard against the two drifting apart. */
export function writePlan(heap: Heap, plan: Plan, bytes: number): number {
  if (bytes !== 4 * FIELDS.length)
    throw new Error(`the rollout kernel's plan has ${bytes} bytes, not ${4 * FIELDS.length}; run npm run build`);
  const address = zeroed(heap, bytes);
  new Uint32Array(heap.memory.buffer, address, FIELDS.length).set(FIELDS.map((name) => plan[name] >>> 0));
  new Float32Array(heap.memory.buffer, address, FIELDS.length)[GAMMA] = plan.gamma;
  return address;
}

/** A plan's fields but those of normalisation: sizes, what acts, where the columns are, and room to work in. */
export function planRollout(
  env: VecEnv,
  { actor, critic }: ActingNetwork,
  { frameStack = 1, rescaleAction = false }: RolloutOptions,
  columns: RolloutColumns,
  sampler: SamplerRecord,
) {
  const { heap, numEnvs, spec } = env;
  const { observationSpace, actionSpace } = spec;
  const layers = layerRecords(heap, critic.length ? [actor, critic] : [actor], numEnvs);
  return {
    numEnvs,
    rawSize: sizeOf(observationSpace),
    frameSize: featuresOf(observationSpace),
    observationSize: frameStack * featuresOf(observationSpace),
    actionSize: sizeOf(actionSpace),
    isRescaled: Number(rescaleAction),
    sampler: sampler.address,
    environment: env.address,
    layers: layers.address,
    actorLayers: actor.length,
    criticLayers: critic.length,
    head: layers.outputs[0]?.address ?? 0,
    baseline: layers.outputs[1]?.address ?? 0,
    ...addresses(columns),
    ...bounds(heap, env),
    finalRaw: column(heap, [numEnvs, sizeOf(observationSpace)]).address,
    finalObservation: column(heap, [1, frameStack * featuresOf(observationSpace)]).address,
  };
}

function addresses({
  observation,
  nextObservation,
  action,
  logProb,
  value,
  reward,
  rawReward,
  terminated,
  truncated,
  finalValue,
}: RolloutColumns) {
  return {
    observation: observation.address,
    nextObservation: nextObservation?.address ?? 0,
    action: action.address,
    logProb: logProb.address,
    value: value.address,
    reward: reward.address,
    rawReward: rawReward.address,
    terminated: terminated.address,
    truncated: truncated.address,
    finalValue: finalValue.address,
  };
}

function bounds(heap: Heap, { numEnvs, spec: { actionSpace } }: VecEnv) {
  if (actionSpace.kind === "discrete") return { applied: 0, low: 0, high: 0 };
  const bound = (values: readonly number[]) => {
    const made = column(heap, [values.length]);
    made.data.set(values);
    return made.address;
  };
  return {
    applied: column(heap, [numEnvs, actionSpace.low.length]).address,
    low: bound(actionSpace.low),
    high: bound(actionSpace.high),
  };
}
