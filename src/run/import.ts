/** Policies of other programs for our environments and algorithms. */

import type { Algorithm } from "../algos/algorithm.js";
import { type AlgorithmId, algorithms } from "../algos/registry.js";
import { ensure, lookUp } from "../core/errors.js";
import { readSource, type Source } from "../core/source.js";
import { policyFrom, type Target } from "../deploy/import/import.js";
import { ACTIVATIONS, type ImportedActivation } from "../deploy/import/steps.js";
import { environmentOf } from "../envs/registry.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import { type DistributionSpec, decodePolicy, PolicyFormatError } from "../policy/format.js";
import type { Policy } from "../policy/policy.js";

/** What a network of another program is to be. */
export interface ImportOptions {
  /** The environment's id, or the spec of one of your own: what the policy observes and how it acts. */
  readonly env: string | EnvironmentSpec;
  /** The algorithm that it is to be a policy of, "ppo" unless given: decides what the network's outputs stand for. */
  readonly algo?: AlgorithmId;
  /** What follows the hidden layers: needed for safetensors, which don't say it. */
  readonly activation?: ImportedActivation;
}

/** Algorithms whose networks aren't distributions as PPO's are: categorical over indices, gaussian over vectors. */
const KINDS: Partial<Record<AlgorithmId, DistributionSpec["kind"]>> = {
  dqn: "greedy",
  fqi: "greedy",
  ddpg: "deterministic",
  td3: "deterministic",
  sac: "squashedGaussian",
  "sac-v": "squashedGaussian",
};

/**
 * The policy of a multi-layer perceptron that was trained elsewhere: an ONNX model, or a state_dict of PyTorch's as safetensors, with the names
 * of Stable-Baselines3, of CleanRL, or those of a plain chain (net.0.weight, …). A value network comes along where there is one. Throws a
 * UsageError, or a PolicyFormatError that names the node or tensor for which a policy has no place.
 */
export async function importPolicy(source: Source, { env, algo = "ppo", activation }: ImportOptions): Promise<Policy> {
  const target = targetOf(environmentOf(env), lookUp<Algorithm>("algorithm", algorithms, algo));
  if (activation !== undefined) lookUp("activation", Object.fromEntries(ACTIVATIONS.map((name) => [name, name])), activation);
  const bytes = await readSource(source, "network");
  try {
    return await policyFrom(bytes, target, activation);
  } catch (error) {
    if (!(error instanceof PolicyFormatError) || (typeof source !== "string" && !(source instanceof URL))) throw error;
    throw new PolicyFormatError(`${source}: ${error.message}`, { cause: error });
  }
}

function targetOf({ id, observationSpace, actionSpace }: EnvironmentSpec, algorithm: Algorithm): Target {
  ensure(Object.hasOwn(algorithm.fields, "hidden"), () => `${algorithm.id} learns a table, not a network; name another algorithm`);
  const kind = KINDS[algorithm.id as AlgorithmId] ?? (actionSpace.kind === "discrete" ? "categorical" : "gaussian");
  return { algorithm: algorithm.id, environment: id, observationSpace, actionSpace, kind, prefix: kind === "greedy" ? "q" : "actor" };
}

/** The options with which `train` makes a network such as the policy's, as texts. */
export async function trainingOptions(policy: Policy): Promise<Record<string, string>> {
  const { header, tensors } = await decodePolicy(await policy.bytes());
  const hidden = header.actor.slice(0, -1);
  const widths = hidden.map(({ bias }) => tensors.get(bias)?.data.length);
  const isStateDependent = header.distribution.kind === "gaussian" && header.distribution.logStd === undefined;
  return {
    hidden: widths.join(","),
    ...(hidden[0] && { activation: hidden[0].activation }),
    ...(isStateDependent && { stateDependentStd: "true" }),
    ...(header.observationNormalizer && { normalizeObservation: "true" }),
  };
}
