/** From a network in training to a policy that can be saved and deployed. */
import type { Learner } from "../algos/algorithm.js";
import { VERSION } from "../core/version.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import type { ActionDistribution } from "../nn/acting.js";
import { createPolicy } from "../policy/encode.js";
import type { DistributionSpec, NamedTensor, PolicyHeader } from "../policy/format.js";
import { loadKernels, type Policy } from "../policy/policy.js";
import { NORMALISATION_LIMIT } from "../rollout/normalisation.js";
import type { ResolvedConfig } from "./config.js";

/** What a policy is made of, of a {@link Learner}. */
type Parts = Pick<Learner, "acting" | "normalizer">;

const NORMALIZER = { mean: "observation.mean", scale: "observation.scale", limit: NORMALISATION_LIMIT };

/** A copy of the network, and of what its observations are normalised with, as they now are. */
export async function policyOf(parts: Parts, spec: EnvironmentSpec, config: ResolvedConfig, steps: number): Promise<Policy> {
  return createPolicy(headerOf(parts, spec, config, steps), tensorsOf(parts), await loadKernels());
}

/** How a policy of these parts describes itself. */
export function headerOf(
  { acting, normalizer }: Parts,
  spec: EnvironmentSpec,
  { algo, seed, options }: ResolvedConfig,
  steps: number,
): PolicyHeader {
  const { frameStack, rescaleAction } = options;
  const { actor, critic, distribution } = acting;
  const specOf = ({ names, activation }: (typeof actor)[number]) => ({ ...names, activation });
  return {
    formatVersion: 1,
    algorithm: algo,
    environment: spec.id,
    observationSpace: spec.observationSpace,
    actionSpace: spec.actionSpace,
    actor: actor.map(specOf),
    ...(critic.length > 0 && { critic: critic.map(specOf) }),
    distribution: distributionOf(distribution),
    ...(typeof frameStack === "number" && frameStack > 1 && { frameStack }),
    ...(rescaleAction === true && { rescaleAction }),
    ...(normalizer && { observationNormalizer: NORMALIZER }),
    training: { seed, steps, version: VERSION },
  };
}

function distributionOf(distribution: ActionDistribution): DistributionSpec {
  if (distribution.kind !== "gaussian") return distribution;
  return { kind: "gaussian", ...(distribution.logStd && { logStd: distribution.logStd.name }) };
}

function tensorsOf({ acting, normalizer }: Parts): Map<string, NamedTensor> {
  const { actor, critic, distribution } = acting;
  const layers = [...actor, ...critic].flatMap(
    ({ names, weight, bias }) => [[names.weight, weight] as const, [names.bias, bias] as const], // a shared layer twice, under one name
  );
  const logStd = distribution.kind === "gaussian" && distribution.logStd ? [distribution.logStd] : [];
  const columns = [...layers, ...logStd.map(({ name, column }) => [name, column] as const)];
  const statistics = normalizer
    ? ([
        [NORMALIZER.mean, normalizer.mean],
        [NORMALIZER.scale, normalizer.scale],
      ] as const)
    : [];
  return new Map([...columns, ...statistics].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
