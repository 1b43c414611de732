/** The record that tells assembly/rollout.ts what to run and where to write; its fields mirror class Plan there, in order. */
import { type Heap, zeroed } from "../wasm/heap.js";

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
