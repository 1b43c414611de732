/** What every export is made of: the actor as plain arrays, and what comes before and after it when it acts deterministically. */
import { featuresOf, sizeOf } from "../core/spaces.js";
import { isRescaled } from "../policy/blueprint.js";
import type { DecodedPolicy, NamedTensor, PolicyHeader } from "../policy/format.js";
import type { Activation } from "../wasm/layers.js";

export interface Dense {
  readonly inputs: number;
  readonly outputs: number;
  /** [inputs,outputs], row-major. */
  readonly weight: Float32Array;
  /** [outputs] */
  readonly bias: Float32Array;
  readonly activation: Activation;
}

export interface Plan {
  readonly header: PolicyHeader;
  /** Observations that the network sees at once, the newest last. */
  readonly frames: number;
  /** Numbers of one observation as it is given: 1 for an index. */
  readonly size: number;
  /** Numbers that one observation is to the network: n for one of n indices. */
  readonly frameSize: number;
  readonly isIndex: boolean;
  /** Components of an action, or how many actions there are. */
  readonly actions: number;
  /** All layers; the last one's outputs are logits or means only, without deviations. */
  readonly layers: readonly Dense[];
  /** (x − mean) · scale, kept within ±limit, over [frames · frameSize]. */
  readonly normalizer: { readonly mean: Float32Array; readonly scale: Float32Array; readonly limit: number } | undefined;
  /** What makes an action of the means; undefined where the largest output's index is the action. */
  readonly vector: VectorHead | undefined;
}

export interface VectorHead {
  readonly hasTanh: boolean;
  /** Whether ±1 means the bounds. */
  readonly isRescaled: boolean;
  /** [actions]; may be infinite. */
  readonly low: Float32Array;
  readonly high: Float32Array;
}

export function planOf({ header, tensors }: DecodedPolicy): Plan {
  const { observationSpace, actionSpace, distribution, frameStack: frames = 1, observationNormalizer } = header;
  const actions = featuresOf(actionSpace);
  const repeated = (name: string) => repeat(tensorOf(tensors, name).data, frames);
  return {
    header,
    frames,
    size: sizeOf(observationSpace),
    frameSize: featuresOf(observationSpace),
    isIndex: observationSpace.kind === "discrete",
    actions,
    layers: denseLayers(header, tensors).map((layer, i, all) => (i < all.length - 1 ? layer : leadingOutputs(layer, actions))),
    normalizer: observationNormalizer && {
      mean: repeated(observationNormalizer.mean),
      scale: repeated(observationNormalizer.scale),
      limit: Math.fround(observationNormalizer.limit),
    },
    vector:
      actionSpace.kind === "discrete"
        ? undefined
        : {
            hasTanh: distribution.kind === "squashedGaussian",
            isRescaled: isRescaled(header),
            low: Float32Array.from(actionSpace.low),
            high: Float32Array.from(actionSpace.high),
          },
  };
}

/** The actor's layers, whole. */
export function denseLayers(header: PolicyHeader, tensors: ReadonlyMap<string, NamedTensor>): Dense[] {
  return header.actor.map(({ weight, bias, activation }) => {
    const { shape, data } = tensorOf(tensors, weight);
    const [inputs, outputs] = shape as [number, number];
    return { inputs, outputs, weight: data, bias: tensorOf(tensors, bias).data, activation };
  });
}

/** A tensor that the policy's header names, and that its reader has found. */
export function tensorOf(tensors: ReadonlyMap<string, NamedTensor>, name: string): NamedTensor {
  return tensors.get(name) as NamedTensor;
}

function leadingOutputs(layer: Dense, outputs: number): Dense {
  const weight = Float32Array.from(
    { length: layer.inputs * outputs },
    (_, i) => layer.weight[Math.floor(i / outputs) * layer.outputs + (i % outputs)] as number,
  );
  return { ...layer, outputs, weight, bias: layer.bias.slice(0, outputs) };
}

function repeat(data: Float32Array, times: number): Float32Array {
  return Float32Array.from({ length: data.length * times }, (_, i) => data[i % data.length] as number);
}
