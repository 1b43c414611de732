/** Small policies to test with, and a way to write files that the encoder would refuse. */
import { createHash } from "node:crypto";
import { box, discrete } from "../../src/core/spaces.js";
import type { Activation, LayerSpec, NamedTensor, PolicyHeader } from "../../src/policy/format.js";

export interface Parts {
  readonly header: PolicyHeader;
  readonly tensors: Map<string, NamedTensor>;
}

/** Numbers in [-1,1) that look random, the same in every run. */
export function noise(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Dense layers of the given sizes, all but the last with `activation`. */
export function chain(tensors: Map<string, NamedTensor>, name: string, sizes: readonly number[], activation: Activation): LayerSpec[] {
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i] as number;
    const layer: LayerSpec = {
      weight: `${name}.${i}.weight`,
      bias: `${name}.${i}.bias`,
      activation: i < sizes.length - 2 ? activation : "linear",
    };
    tensors.set(layer.weight, { shape: [inputs, outputs], data: noise(inputs * outputs, 7 * i + name.length) });
    tensors.set(layer.bias, { shape: [outputs], data: noise(outputs, 11 * i + name.length) });
    return layer;
  });
}

const training = { seed: 1, steps: 1000, version: "0.1.0" };

/** Four numbers to one of two actions, with a critic. */
export function categorical(hidden: readonly number[] = [3], activation: Activation = "tanh"): Parts {
  const tensors = new Map<string, NamedTensor>();
  const actor = chain(tensors, "actor", [4, ...hidden, 2], activation);
  const critic = chain(tensors, "critic", [4, ...hidden, 1], activation);
  const observationSpace = box([-4.8, -Infinity, -0.5, -Infinity], [4.8, Infinity, 0.5, Infinity]);
  const spaces = { observationSpace, actionSpace: discrete(2) };
  const distribution = { kind: "categorical" } as const;
  return {
    header: { formatVersion: 1, algorithm: "ppo", environment: "CartPole-v1", ...spaces, actor, critic, distribution, training },
    tensors,
  };
}

/** Three numbers to a vector of two within [-0.5,0.5] and [-2,2], without a critic. */
export function gaussian(hidden: readonly number[] = [5], activation: Activation = "relu"): Parts {
  const tensors = new Map<string, NamedTensor>();
  const actor = chain(tensors, "actor", [3, ...hidden, 2], activation);
  tensors.set("logStd", { shape: [2], data: Float32Array.of(-0.5, 0.25) });
  const spaces = { observationSpace: box([-1, -1, -8], [1, 1, 8]), actionSpace: box([-0.5, -2], [0.5, 2]) };
  const distribution = { kind: "gaussian", logStd: "logStd" } as const;
  return { header: { formatVersion: 1, algorithm: "ppo", environment: "Reacher", ...spaces, actor, distribution, training }, tensors };
}

/** A file's header as a value that a test may change. */
// biome-ignore lint/suspicious/noExplicitAny: the tests put anything at all into it
export type LooseJson = any;

export interface LooseFile {
  /** The safetensors header without its metadata. */
  specs: LooseJson;
  lanewise: LooseJson;
  metadata: LooseJson;
  data: Uint8Array;
}

/** Takes a file apart, without any of the checks. */
export function takeApart(bytes: Uint8Array): LooseFile {
  const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: metadata, ...specs } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, start)));
  return { specs, lanewise: JSON.parse(metadata.lanewise), metadata, data: bytes.slice(start) };
}

/** Puts a file together again with a correct checksum, whatever it holds. */
export function putTogether({ specs, lanewise, metadata, data }: LooseFile): Uint8Array {
  return seal(JSON.stringify({ __metadata__: { ...metadata, lanewise: JSON.stringify(lanewise) }, ...specs }), data);
}

/** A file with this header text, and with a correct checksum where the text has one. */
export function seal(headerText: string, data: Uint8Array): Uint8Array {
  const blank = Buffer.from(headerText.replace(/"sha256":"[0-9a-f]{64}"/, `"sha256":"${"0".repeat(64)}"`));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(blank.length));
  const sum = createHash("sha256").update(length).update(blank).update(data).digest("hex");
  const header = Buffer.from(blank.toString().replace("0".repeat(64), sum));
  return new Uint8Array(Buffer.concat([length, header, data]));
}
