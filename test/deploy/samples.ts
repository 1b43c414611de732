/** Policies of every kind to export: each distribution over vectors or indices, plain, normalised, and with a stack of frames. */
import { box, discrete, featuresOf, type Space } from "../../src/core/spaces.js";
import type { Plan } from "../../src/deploy/plan.js";
import { createPolicy } from "../../src/policy/encode.js";
import type { DistributionSpec, NamedTensor, PolicyHeader } from "../../src/policy/format.js";
import type { Policy } from "../../src/policy/policy.js";
import { loadModule } from "../../src/wasm/modules.js";
import { chain, noise } from "../policy/samples.js";

const KINDS = {
  categorical: { kind: "categorical" },
  greedy: { kind: "greedy" },
  "gaussian with logStd": { kind: "gaussian", logStd: "logStd" },
  gaussian: { kind: "gaussian" },
  squashedGaussian: { kind: "squashedGaussian" },
  deterministic: { kind: "deterministic" },
} satisfies Record<string, DistributionSpec>;

const OBSERVATIONS = {
  bounded: box([-1, -1, -8], [1, 1, 8]),
  unbounded: box([-4.8, -Infinity, 0], [4.8, Infinity, Infinity]),
  indices: discrete(5),
} satisfies Record<string, Space>;

const VARIANTS = {
  plain: { frameStack: 1, isNormalised: false },
  normalised: { frameStack: 1, isNormalised: true },
  "of three frames, normalised": { frameStack: 3, isNormalised: true },
} as const;

export interface Sample {
  readonly title: string;
  readonly policy: Policy;
}

const module = await loadModule(new URL("../../build/policy.wasm", import.meta.url));
const training = { seed: 1, steps: 1000, version: "0.1.0" };
const ACTIONS = 3;

export interface SampleOptions {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly distribution: DistributionSpec;
  readonly hidden?: readonly number[];
  /** What follows the actor's hidden layers. */
  readonly activation?: "tanh" | "relu";
  readonly frameStack?: number;
  readonly isNormalised?: boolean;
  readonly limit?: number;
  /** What the normaliser's means lie around. */
  readonly mean?: number;
  readonly rescaleAction?: boolean;
}

export function samplePolicy(options: SampleOptions): Promise<Policy> {
  const {
    observationSpace,
    actionSpace,
    distribution,
    hidden = [6, 9],
    activation = "tanh",
    frameStack = 1,
    isNormalised,
    limit = 1.5,
    mean = 0,
    rescaleAction,
  } = options;
  const features = featuresOf(observationSpace);
  const actions = featuresOf(actionSpace);
  const hasDeviations = distribution.kind === "squashedGaussian" || (distribution.kind === "gaussian" && !distribution.logStd);
  const tensors = new Map<string, NamedTensor>();
  const actor = chain(tensors, "actor", [features * frameStack, ...hidden, actions * (hasDeviations ? 2 : 1)], activation);
  const critic = chain(tensors, "critic", [features * frameStack, 4, 1], "relu");
  if (distribution.kind === "gaussian" && distribution.logStd)
    tensors.set(distribution.logStd, { shape: [actions], data: noise(actions, 5) });
  if (isNormalised) {
    tensors.set("mean", { shape: [features], data: noise(features, 3).map((x) => x + mean) });
    tensors.set("scale", { shape: [features], data: noise(features, 4).map((x) => 0.6 + 0.4 * x) });
  }
  const header: PolicyHeader = {
    ...{
      formatVersion: 1,
      algorithm: "ppo",
      environment: "Sample-v0",
      observationSpace,
      actionSpace,
      actor,
      critic,
      distribution,
      training,
    },
    ...(frameStack > 1 ? { frameStack } : {}),
    ...(rescaleAction === undefined ? {} : { rescaleAction }),
    ...(isNormalised ? { observationNormalizer: { mean: "mean", scale: "scale", limit } } : {}),
  } as PolicyHeader;
  return createPolicy(header, tensors, module);
}

/** Every kind over every sort of observations in every variant. */
export async function allSamples(): Promise<Sample[]> {
  const samples: Promise<Sample>[] = [];
  for (const [kind, distribution] of Object.entries(KINDS)) {
    const isDiscrete = ["categorical", "greedy"].includes(distribution.kind);
    const actionSpace = isDiscrete ? discrete(ACTIONS) : box([-0.5, -2, 0], [0.5, 6, 1]);
    for (const [space, observationSpace] of Object.entries(OBSERVATIONS)) {
      for (const [variant, options] of Object.entries(VARIANTS)) {
        const made = samplePolicy({ observationSpace, actionSpace, distribution, ...options });
        samples.push(made.then((policy) => ({ title: `${kind} over ${space} observations, ${variant}`, policy })));
      }
    }
  }
  return Promise.all(samples);
}

/** CartPole's usual network with weights as spread as trained ones: 4-64-64-2. */
export function cartPolePolicy(): Promise<Policy> {
  const observationSpace = box([-4.8, -Infinity, -0.418, -Infinity], [4.8, Infinity, 0.418, Infinity]);
  return samplePolicy({ observationSpace, actionSpace: discrete(2), distribution: { kind: "categorical" }, hidden: [64, 64] });
}

/** Observations that a policy may see, the same in every run: [rows, frames · size]. */
export function observationsOf({ frames, size, frameSize, isIndex }: Plan, rows: number): Float32Array {
  const count = rows * frames * size;
  if (isIndex) return Float32Array.from({ length: count }, (_, i) => (7 * i + (i >> 2)) % frameSize);
  return noise(count, 5).map((x) => 3 * x);
}

/** The largest difference, relative to the wanted number if that is above 1; NaN if there aren't as many. */
export function largestDifference(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (got.length !== wanted.length) return Number.NaN;
  const differences = Array.from(got, (value, i) => {
    const other = wanted[i] as number;
    return Math.abs(value - other) / Math.max(1, Math.abs(other));
  });
  return Math.max(0, ...differences);
}
