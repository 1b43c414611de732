/** From a network in training to a policy that can be saved and deployed. */
import type { Learner } from "../algos/algorithm.js";
import { VERSION } from "../core/version.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import type { NamedTensor, PolicyHeader } from "../policy/format.js";
import { createPolicy, type Policy } from "../policy/policy.js";
import { NORMALISATION_LIMIT } from "../rollout/rollout.js";
import { loadModule } from "../wasm/modules.js";
import type { ResolvedConfig } from "./train.js";

/** What a policy is made of, of a {@link Learner}. */
type Parts = Pick<Learner, "network" | "normalizer">;

const NORMALIZER = { mean: "observation.mean", scale: "observation.scale", limit: NORMALISATION_LIMIT };

/** A copy of the network, and of what its observations are normalised with, as they now are. */
export async function policyOf(parts: Parts, spec: EnvironmentSpec, config: ResolvedConfig, steps: number): Promise<Policy> {
  const module = await loadModule(new URL("../../build/policy.wasm", import.meta.url));
  return createPolicy(headerOf(parts, spec, config, steps), tensorsOf(parts), module);
}

function headerOf(
  { network, normalizer }: Parts,
  spec: EnvironmentSpec,
  { algo, seed, options }: ResolvedConfig,
  steps: number,
): PolicyHeader {
  const { frameStack, rescaleAction } = options;
  const { actor, critic, logStd } = network.layers;
  const specOf = ({ names, activation }: (typeof actor)[number]) => ({ ...names, activation });
  return {
    formatVersion: 1,
    algorithm: algo,
    environment: spec.id,
    observationSpace: spec.observationSpace,
    actionSpace: spec.actionSpace,
    actor: actor.map(specOf),
    critic: critic.map(specOf),
    distribution: logStd ? { kind: "gaussian", logStd: logStd.name } : { kind: "categorical" },
    ...(typeof frameStack === "number" && frameStack > 1 && { frameStack }),
    ...(rescaleAction === true && { rescaleAction }),
    ...(normalizer && { observationNormalizer: NORMALIZER }),
    training: { seed, steps, version: VERSION },
  };
}

function tensorsOf({ network, normalizer }: Parts): Map<string, NamedTensor> {
  const columns = network.parameters.list.map(({ name, column }) => [name, column] as const);
  const statistics = normalizer
    ? ([
        [NORMALIZER.mean, normalizer.mean],
        [NORMALIZER.scale, normalizer.scale],
      ] as const)
    : [];
  return new Map([...columns, ...statistics].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
}
