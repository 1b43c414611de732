/** Policies from the files of other programs: ONNX models, and PyTorch's state_dicts as safetensors. */
import { ensure } from "../../core/errors.js";
import { featuresOf } from "../../core/spaces.js";
import { VERSION } from "../../core/version.js";
import { createPolicy } from "../../policy/encode.js";
import { demand } from "../../policy/errors.js";
import type { DistributionSpec, LayerSpec, NamedTensor, PolicyHeader } from "../../policy/format.js";
import { loadKernels, type Policy } from "../../policy/policy.js";
import { type Network, networkOf, type Spaces } from "./network.js";
import { type Found, foundInOnnx } from "./onnx.js";
import { foundInStateDict } from "./state-dict.js";
import type { ImportedActivation } from "./steps.js";

/** What the imported policy is to be. */
export interface Target extends Spaces {
  readonly algorithm: string;
  readonly environment: string;
  readonly kind: DistributionSpec["kind"];
  /** What the actor's parameters are called, so that training finds them: "actor". */
  readonly prefix: string;
}

const LOG_STD = "logStd";
const NORMALIZER = { mean: "observation.mean", scale: "observation.scale" } as const;

/** A PolicyFormatError where the file is none of the two, or holds what a policy can't. */
export async function policyFrom(bytes: Uint8Array, target: Target, activation: ImportedActivation | undefined): Promise<Policy> {
  const { header, tensors } = describe(readFile(bytes, target, activation), target);
  return createPolicy(header, tensors, await loadKernels());
}

function readFile(bytes: Uint8Array, { kind }: Target, activation: ImportedActivation | undefined): Found {
  const isSafetensors = bytes[8] === 0x7b && bytes[6] === 0 && bytes[7] === 0; // a length of 64 bits, then JSON
  if (isSafetensors) return foundInStateDict(bytes, kind, activation);
  const isPickle = bytes[0] === 0x80 || (bytes[0] === 0x50 && bytes[1] === 0x4b);
  demand(
    !isPickle,
    () => "a pickle of PyTorch's, which runs code when it is read; save its state_dict as safetensors, or export it to ONNX",
  );
  ensure(activation === undefined, () => "an ONNX model says itself what follows its layers; leave the activation away");
  return foundInOnnx(bytes);
}

function describe(found: Found, target: Target): { header: PolicyHeader; tensors: Map<string, NamedTensor> } {
  const { algorithm, environment, observationSpace, actionSpace, kind, prefix } = target;
  const actor = networkOf(found.actor, kind, target);
  const critic = found.critic && networkOf(found.critic, "critic", target);
  checkAlike(actor, critic);
  const tensors = new Map<string, NamedTensor>();
  const [actorSpec, criticSpec] = [place(tensors, prefix, actor), critic && place(tensors, "critic", critic)];
  const distribution = distributionOf(found, actor, target, tensors);
  const header: PolicyHeader = {
    formatVersion: 1,
    algorithm,
    environment,
    observationSpace,
    actionSpace,
    actor: actorSpec,
    ...(criticSpec && { critic: criticSpec }),
    distribution,
    ...(actor.normalizer && { observationNormalizer: { ...NORMALIZER, limit: actor.normalizer.limit } }),
    training: { seed: 0, steps: 0, version: VERSION },
  };
  if (actor.normalizer) {
    tensors.set(NORMALIZER.mean, vector(actor.normalizer.mean));
    tensors.set(NORMALIZER.scale, vector(actor.normalizer.scale));
  }
  return { header, tensors };
}

/** A policy normalises what both of its networks see. */
function checkAlike(actor: Network, critic: Network | undefined): void {
  const isAlike = !critic || JSON.stringify(actor.normalizer) === JSON.stringify(critic.normalizer);
  demand(isAlike, () => "policy and value network normalise observations in different ways; a policy has one way for both");
}

function place(tensors: Map<string, NamedTensor>, prefix: string, { layers }: Network): LayerSpec[] {
  return layers.map(({ inputs, outputs, weight, bias, activation }, i) => {
    const names = { weight: `${prefix}.${i}.weight`, bias: `${prefix}.${i}.bias` };
    tensors.set(names.weight, { shape: [inputs, outputs], data: Float32Array.from(weight) });
    tensors.set(names.bias, vector(bias));
    return { ...names, activation };
  });
}

function vector(values: readonly number[]): NamedTensor {
  return { shape: [values.length], data: Float32Array.from(values) };
}

/** A gaussian's ln σ is the file's; 0 where it has none and the network doesn't put it out. */
function distributionOf(
  { logStd }: Found,
  { layers }: Network,
  { kind, actionSpace, algorithm }: Target,
  tensors: Map<string, NamedTensor>,
): DistributionSpec {
  const actions = featuresOf(actionSpace);
  const outputs = layers.at(-1)?.outputs ?? 0;
  demand(
    kind !== "squashedGaussian" || outputs === 2 * actions,
    () =>
      `${algorithm}'s policy puts out ${actions} means and as many ln σ, this one ${outputs} numbers; as td3's it would act without them`,
  );
  if (kind !== "gaussian") return { kind };
  if (outputs === 2 * actions) return { kind };
  const values = logStd ?? Array<number>(actions).fill(0);
  demand(values.length === actions, () => `there are ${values.length} ln σ, an action has ${actions} components`);
  tensors.set(LOG_STD, vector(values));
  return { kind, logStd: LOG_STD };
}
