/** What a network sees instead of an environment's own observations and rewards, and the running statistics that take it there. */
import { featuresOf, sizeOf } from "../core/spaces.js";
import type { VecEnv } from "../envs/vec-env.js";
import { type Column, column, type Heap } from "../wasm/heap.js";
import type { NnKernels } from "../wasm/kernels.js";
import type { RolloutOptions } from "./rollout.js";

/** How far normalised observations and scaled rewards may be from 0; mirrors assembly/rollout.ts. */
export const NORMALISATION_LIMIT = 10;

/** What observations are normalised with: (observation − mean) · scale, one number for each of a raw observation's features. */
export interface ObservationNormalizer {
  readonly mean: Column<"float32">;
  readonly scale: Column<"float32">;
  /** The running statistics that both are taken from, as kernels keep them; see assembly/nn/normalise.ts. */
  readonly statistics: Column;
}

/** Where the environment writes its observations if the network is to see something else, and what they are normalised with. */
export function observationView(
  { heap, numEnvs, spec }: VecEnv,
  { normalizeObservation = false, frameStack = 1 }: RolloutOptions,
  nn: NnKernels,
) {
  const isIndex = spec.observationSpace.kind === "discrete";
  const size = featuresOf(spec.observationSpace);
  const raw = isIndex || normalizeObservation || frameStack > 1 ? column(heap, [numEnvs, sizeOf(spec.observationSpace)]) : undefined;
  const statistics = normalizeObservation ? startStatistics(heap, nn, size) : undefined;
  return { raw, isIndex, statistics, frame: column(heap, [numEnvs, size]), mean: column(heap, [size]), scale: column(heap, [size]) };
}

/** The plan's fields of a view. */
export function addressesOf({ raw, isIndex, statistics, frame, mean, scale }: ReturnType<typeof observationView>) {
  const [at, isIndexed] = [raw?.address ?? 0, Number(isIndex)];
  return {
    raw: at,
    isIndex: isIndexed,
    statistics: statistics?.address ?? 0,
    frame: frame.address,
    mean: mean.address,
    scale: scale.address,
  };
}

/** What rewards are scaled with, if they are: statistics of running returns, and these `[N]`. */
export function rewardScaling({ heap, numEnvs }: VecEnv, { normalizeReward = false }: RolloutOptions, nn: NnKernels) {
  return normalizeReward ? { rewardStatistics: startStatistics(heap, nn, 1), runningReturn: column(heap, [numEnvs]) } : undefined;
}

/** The plan's fields of them. */
export function scalingAddresses(scaling: ReturnType<typeof rewardScaling>) {
  return { rewardStatistics: scaling?.rewardStatistics.address ?? 0, runningReturn: scaling?.runningReturn.address ?? 0 };
}

function startStatistics(heap: Heap, nn: NnKernels, size: number): Column {
  const statistics = column(heap, [nn.statisticsBytes(size) / 4], "int32");
  nn.resetStatistics(statistics.address, size);
  return statistics;
}
