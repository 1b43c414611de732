/** What a network sees instead of an environment's own observations and rewards, and the running statistics that take it there. */
import { featuresOf, sizeOf } from "../core/spaces.js";
import type { VecEnv } from "../envs/vec-env.js";
import { type Column, column, type Heap, zeroed } from "../wasm/heap.js";
import type { NnKernels } from "../wasm/kernels.js";
import type { RolloutOptions } from "./rollout.js";

/** How far normalised observations and scaled rewards may be from 0; mirrors assembly/rollout.ts. */
export const NORMALISATION_LIMIT = 10;

/** What observations are normalised with: (observation − mean) · scale, one number for each of a raw observation's features. */
export interface ObservationNormalizer {
  readonly mean: Column<"float32">;
  readonly scale: Column<"float32">;
  /** The address of the running statistics that both are taken from; see assembly/nn/normalise.ts. */
  readonly statistics: number;
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
  const statistics = normalizeObservation ? startStatistics(heap, nn, size) : 0;
  return { raw, isIndex, statistics, frame: column(heap, [numEnvs, size]), mean: column(heap, [size]), scale: column(heap, [size]) };
}

/** The plan's fields of a view. */
export function addressesOf({ raw, isIndex, statistics, frame, mean, scale }: ReturnType<typeof observationView>) {
  const [at, isIndexed] = [raw?.address ?? 0, Number(isIndex)];
  return { raw: at, isIndex: isIndexed, statistics, frame: frame.address, mean: mean.address, scale: scale.address };
}

/** The plan's fields of reward scaling. */
export function rewardScaling({ heap, numEnvs }: VecEnv, { normalizeReward = false, gamma = 0.99 }: RolloutOptions, nn: NnKernels) {
  return {
    rewardStatistics: normalizeReward ? startStatistics(heap, nn, 1) : 0,
    runningReturn: column(heap, [numEnvs]).address,
    gamma,
  };
}

function startStatistics(heap: Heap, nn: NnKernels, size: number): number {
  const address = zeroed(heap, nn.statisticsBytes(size));
  nn.resetStatistics(address, size);
  return address;
}
