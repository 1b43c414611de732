/** From what a policy file holds to what acts: the networks lead from the observation to the action, through tensors that are there. */
import { featuresOf, sizeOf } from "../core/spaces.js";
import { ACTIVATION } from "../wasm/layers.js";
import { demand } from "./errors.js";
import { show } from "./guards.js";
import type { LayerSpec, PolicyHeader } from "./header.js";
import type { NamedTensor } from "./safetensors.js";

/** A policy in numbers, as JSON can hold them. */
export interface Blueprint {
  /** Inputs, outputs and the kernels' number of the activation, from the observation to what actions are made of. */
  readonly actor: readonly LayerNumbers[];
  /** From the observation to its value; empty without a critic. */
  readonly critic: readonly LayerNumbers[];
  /** How outputs become actions. */
  readonly kind: number;
  /** Whether to choose the likeliest action always. */
  readonly isGreedy: boolean;
  /** Observations that the networks see at once. */
  readonly frames: number;
  /** Numbers of an observation as it is given. */
  readonly size: number;
  /** Numbers that an observation is to the networks. */
  readonly frameSize: number;
  /** Whether observations are indices, one-hot to the networks. */
  readonly isIndex: boolean;
  /** Components of an action, or how many actions there are. */
  readonly actions: number;
  readonly isDiscrete: boolean;
  /** Whether ±1 means the bounds. */
  readonly isRescaled: boolean;
  readonly hasLogStd: boolean;
  /** The normaliser's; 0 for none. */
  readonly limit: number;
}

export type LayerNumbers = readonly [inputs: number, outputs: number, activation: number];

/** The kinds of assembly/acting.ts, and what needs no kernel: outputs that are the action. */
export const KIND = { categorical: 0, greedy: 0, gaussian: 1, squashedGaussian: 2, deterministic: 3 } as const;

/** More numbers than this (256 MiB) are refused; a file may name a tensor in many places. */
const MOST = 2 ** 26;

/** What `createActor` takes. Refuses parts that don't fit one another. */
export function blueprintOf(
  header: PolicyHeader,
  tensors: ReadonlyMap<string, NamedTensor>,
): { readonly blueprint: Blueprint; readonly numbers: Float32Array } {
  const { observationSpace, actionSpace, distribution, frameStack: frames = 1, observationNormalizer: normalizer } = header;
  const isDiscrete = actionSpace.kind === "discrete";
  const isGreedy = distribution.kind === "greedy";
  const kind: number = KIND[distribution.kind];
  demand(
    isDiscrete === (kind === KIND.categorical),
    () => `a ${distribution.kind} distribution doesn't go with a ${actionSpace.kind} actionSpace`,
  );
  const features = featuresOf(observationSpace);
  const actions = featuresOf(actionSpace);
  const logStd = distribution.kind === "gaussian" ? distribution.logStd : undefined;
  const hasDeviations = (kind === KIND.gaussian || kind === KIND.squashedGaussian) && logStd === undefined;

  const parts: ArrayLike<number>[] = [];
  const take = (name: string, where: string, ...wanted: number[]) => {
    const tensor = tensors.get(name);
    demand(tensor !== undefined, () => `${where} names no tensor: ${show(name)}`);
    const { shape, data } = tensor;
    demand(`${shape}` === `${wanted}`, () => `${where} ${show(name)} has the shape [${shape}], wanted [${wanted}]`);
    parts.push(data);
  };
  const network = (name: string, layers: readonly LayerSpec[], outputs: number): LayerNumbers[] => {
    let size = features * frames;
    const numbers = layers.map(({ weight, bias, activation }, i): LayerNumbers => {
      const inputs = size;
      size = tensors.get(weight)?.shape[1] ?? 0;
      take(weight, `${name}[${i}].weight`, inputs, size);
      take(bias, `${name}[${i}].bias`, size);
      return [inputs, size, ACTIVATION[activation]];
    });
    demand(size === outputs, () => `the ${name} ends in ${size} outputs, wanted ${outputs}`);
    return numbers;
  };

  const actor = network("actor", header.actor, hasDeviations ? 2 * actions : actions);
  if (logStd !== undefined) take(logStd, "distribution.logStd", actions);
  if (normalizer) {
    take(normalizer.mean, "observationNormalizer.mean", features);
    take(normalizer.scale, "observationNormalizer.scale", features);
  }
  if (!isDiscrete) parts.push(actionSpace.low, actionSpace.high);
  const critic = header.critic ? network("critic", header.critic, 1) : [];
  const blueprint = {
    ...{ actor, critic, kind, isGreedy, frames, actions, isDiscrete },
    size: sizeOf(observationSpace),
    frameSize: features,
    isIndex: observationSpace.kind === "discrete",
    isRescaled: isRescaled(header),
    hasLogStd: logStd !== undefined,
    limit: normalizer?.limit ?? 0,
  };
  return { blueprint, numbers: concatenated(parts) };
}

/** Whether an action of ±1 means the bounds of the box. */
export function isRescaled({ rescaleAction, distribution }: PolicyHeader): boolean {
  return rescaleAction === true || KIND[distribution.kind] > KIND.gaussian;
}

function concatenated(parts: readonly ArrayLike<number>[]): Float32Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  demand(length <= MOST, () => `its networks take ${length} numbers, at most ${MOST} are allowed`);
  const all = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
