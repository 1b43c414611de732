/** What a policy file says about itself: spaces, networks, distribution and how it was trained. */
import { featuresOf, type Space } from "../core/spaces.js";
import { ACTIVATION, type Activation } from "../wasm/layers.js";
import { demand } from "./errors.js";
import { asFlag, asInteger, asList, asObject, asOneOf, asRecord, asString, parseJson, show } from "./guards.js";
import type { NamedTensor } from "./safetensors.js";
import { spaceFromJson, spaceToJson } from "./spaces-json.js";

/** One dense layer: the names of its tensors and what follows them. */
export interface LayerSpec {
  /** Names a tensor [in,out], row-major. */
  readonly weight: string;
  /** Names a tensor [out]. */
  readonly bias: string;
  readonly activation: Activation;
}

/** How the actor's outputs become actions. */
export type DistributionSpec =
  /** Outputs are logits. */
  | { readonly kind: "categorical" }
  /** Outputs are action values, of which the largest wins. */
  | { readonly kind: "greedy" }
  /** Outputs are means; `logStd` names a tensor [actions], ln σ in every state. Without it outputs are means, then ln σ. */
  | { readonly kind: "gaussian"; readonly logStd?: string }
  /** tanh of normals: outputs are means, then ln σ. An action of ±1 means the bounds of the box. */
  | { readonly kind: "squashedGaussian" }
  /** Outputs are the action, of which ±1 means the bounds of the box. */
  | { readonly kind: "deterministic" };

const DISCRETE_KINDS: readonly string[] = ["categorical", "greedy"];
const RESCALED_KINDS: readonly string[] = ["squashedGaussian", "deterministic"];

/** How many numbers the actor puts out. */
export function outputsOf({ actionSpace, distribution }: PolicyHeader): number {
  const hasDeviations = distribution.kind === "squashedGaussian" || (distribution.kind === "gaussian" && distribution.logStd === undefined);
  return featuresOf(actionSpace) * (hasDeviations ? 2 : 1);
}

/** Whether an action of ±1 means the bounds of the box. */
export function isRescaled({ rescaleAction = false, distribution }: PolicyHeader): boolean {
  return rescaleAction || RESCALED_KINDS.includes(distribution.kind);
}

/** What a policy file says of itself. */
export interface PolicyHeader {
  readonly formatVersion: 1;
  readonly algorithm: string;
  readonly environment: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** From the observation to what the distribution is made of. */
  readonly actor: readonly LayerSpec[];
  /** From the observation to its value, [1]. */
  readonly critic?: readonly LayerSpec[];
  readonly distribution: DistributionSpec;
  /** How many of the latest observations the networks see at once; 1 if it isn't there. */
  readonly frameStack?: number;
  /** Whether an action of ±1 means the bounds of the box; otherwise it is the action, and is clipped into them. */
  readonly rescaleAction?: boolean;
  /** Tensors [D] by which observations are normalised first: (observation − mean) · scale, kept within ±limit. */
  readonly observationNormalizer?: { readonly mean: string; readonly scale: string; readonly limit: number };
  readonly training: { readonly seed: number; readonly steps: number; readonly version: string };
}

const FORMAT_VERSION = 1;

/** Deeper networks are refused: a short file must not stand for endless work. */
const MAX_LAYERS = 64;

/** More frames at once are refused, for the same reason. */
const MAX_FRAMES = 1024;

/** The header as JSON text; {@link headerFromJson} is the inverse. */
export function headerToJson(header: PolicyHeader): string {
  const { observationSpace, actionSpace } = header;
  return JSON.stringify({ ...header, observationSpace: spaceToJson(observationSpace), actionSpace: spaceToJson(actionSpace) });
}

export function headerFromJson(text: string): PolicyHeader {
  const value = asObject(parseJson(text, "policy header"), "the policy header");
  const version = value.formatVersion;
  demand(
    version === FORMAT_VERSION,
    () => `formatVersion ${show(version)} is not supported, wanted ${FORMAT_VERSION}; use a newer lanewise`,
  );
  const names = [
    "formatVersion",
    "algorithm",
    "environment",
    "observationSpace",
    "actionSpace",
    "actor",
    "distribution",
    "training",
  ] as const;
  const record = asRecord(value, "the policy header", names, ["critic", "frameStack", "rescaleAction", "observationNormalizer"]);
  return {
    formatVersion: FORMAT_VERSION,
    algorithm: asString(record.algorithm, "algorithm"),
    environment: asString(record.environment, "environment"),
    observationSpace: spaceFromJson(record.observationSpace, "observationSpace"),
    actionSpace: spaceFromJson(record.actionSpace, "actionSpace"),
    actor: layers(record.actor, "actor"),
    ...(record.critic === undefined ? {} : { critic: layers(record.critic, "critic") }),
    distribution: distribution(record.distribution, "distribution"),
    ...(record.frameStack === undefined ? {} : { frameStack: asInteger(record.frameStack, "frameStack", 1, MAX_FRAMES) }),
    ...(record.rescaleAction === undefined ? {} : { rescaleAction: asFlag(record.rescaleAction, "rescaleAction") }),
    ...(record.observationNormalizer === undefined
      ? {}
      : { observationNormalizer: normalizer(record.observationNormalizer, "observationNormalizer") }),
    training: training(record.training, "training"),
  };
}

/** Demands that the networks lead from the observation to the action, through tensors that are there. */
export function checkNetworks(header: PolicyHeader, tensors: ReadonlyMap<string, NamedTensor>): void {
  const { actionSpace, distribution, actor, critic } = header;
  const features = featuresOf(header.observationSpace);
  const inputs = features * (header.frameStack ?? 1);
  const actions = featuresOf(actionSpace);
  const wanted = DISCRETE_KINDS.includes(distribution.kind) ? "discrete" : "box";
  demand(actionSpace.kind === wanted, () => `a ${distribution.kind} distribution needs a ${wanted} actionSpace, not ${actionSpace.kind}`);
  if (distribution.kind === "gaussian" && distribution.logStd !== undefined)
    checkShape(tensors, distribution.logStd, "distribution.logStd", [actions]);
  const { observationNormalizer: normalizer } = header;
  if (normalizer) {
    checkShape(tensors, normalizer.mean, "observationNormalizer.mean", [features]);
    checkShape(tensors, normalizer.scale, "observationNormalizer.scale", [features]);
  }
  checkChain("actor", actor, inputs, outputsOf(header), tensors);
  if (critic) checkChain("critic", critic, inputs, 1, tensors);
}

function checkChain(
  name: string,
  layers: readonly LayerSpec[],
  inputs: number,
  outputs: number,
  tensors: ReadonlyMap<string, NamedTensor>,
): void {
  let size = inputs;
  layers.forEach(({ weight, bias }, index) => {
    const where = `${name}[${index}]`;
    const next = tensors.get(weight)?.shape[1] ?? outputs;
    checkShape(tensors, weight, `${where}.weight`, [size, next]);
    checkShape(tensors, bias, `${where}.bias`, [next]);
    size = next;
  });
  demand(size === outputs, () => `the ${name} ends in ${size} outputs, wanted ${outputs}`);
}

function checkShape(tensors: ReadonlyMap<string, NamedTensor>, name: string, where: string, wanted: readonly number[]): void {
  const tensor = tensors.get(name);
  demand(tensor !== undefined, () => `${where} names a tensor ${show(name)} that is not in the file`);
  const fits = tensor.shape.length === wanted.length && tensor.shape.every((size, axis) => size === wanted[axis]);
  demand(fits, () => `${where} ${show(name)} has the shape [${tensor.shape}], wanted [${wanted}]`);
}

function layers(value: unknown, where: string): LayerSpec[] {
  return asList(value, where, 1, MAX_LAYERS, (item, at) => {
    const record = asRecord(item, at, ["weight", "bias", "activation"]);
    return {
      weight: asString(record.weight, `${at}.weight`),
      bias: asString(record.bias, `${at}.bias`),
      activation: asOneOf(record.activation, `${at}.activation`, Object.keys(ACTIVATION) as Activation[]),
    };
  });
}

function distribution(value: unknown, where: string): DistributionSpec {
  const kinds = ["categorical", "greedy", "gaussian", "squashedGaussian", "deterministic"] as const;
  const kind = asOneOf(asObject(value, where).kind, `${where}.kind`, kinds);
  if (kind !== "gaussian") {
    asRecord(value, where, ["kind"]);
    return { kind };
  }
  const { logStd } = asRecord(value, where, ["kind"], ["logStd"]);
  return logStd === undefined ? { kind } : { kind, logStd: asString(logStd, `${where}.logStd`) };
}

function normalizer(value: unknown, where: string): NonNullable<PolicyHeader["observationNormalizer"]> {
  const record = asRecord(value, where, ["mean", "scale", "limit"]);
  const { limit } = record;
  demand(typeof limit === "number" && limit > 0, () => `${where}.limit is ${show(limit)}, wanted a number above 0`);
  return { mean: asString(record.mean, `${where}.mean`), scale: asString(record.scale, `${where}.scale`), limit };
}

function training(value: unknown, where: string): PolicyHeader["training"] {
  const record = asRecord(value, where, ["seed", "steps", "version"]);
  return {
    seed: asInteger(record.seed, `${where}.seed`, 0, 2 ** 32 - 1),
    steps: asInteger(record.steps, `${where}.steps`),
    version: asString(record.version, `${where}.version`),
  };
}
