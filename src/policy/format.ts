/**
 * The policy file: a safetensors container whose metadata holds
 *
 *     lanewise   the {@link PolicyHeader}, as JSON text
 *     sha256     SHA-256 of the whole file with these 64 hex digits replaced by zeros
 *
 * Nothing in it is executable, and a file that was cut short or altered in any byte is refused.
 */
import { type Blueprint, blueprintOf } from "./blueprint.js";
import { demand } from "./errors.js";
import { record, text } from "./guards.js";
import { headerFromJson, type PolicyHeader } from "./header.js";
import { METADATA, type NamedTensor, readContainer } from "./safetensors.js";
import { sha256 as sha256Of } from "./sha256.js";

export type { Activation } from "../wasm/layers.js";
export { PolicyFormatError } from "./errors.js";
export type { DistributionSpec, LayerSpec, PolicyHeader } from "./header.js";
export type { NamedTensor } from "./safetensors.js";

export interface DecodedPolicy {
  readonly header: PolicyHeader;
  /** In the order of the file. */
  readonly tensors: Map<string, NamedTensor>;
  /** The file's checksum: two files with the same one are the same. */
  readonly sha256: string;
  readonly blueprint: Blueprint;
  /** What goes with the blueprint. */
  readonly numbers: Float32Array;
}

/** A policy file as far as it can be read without summing it up. */
export interface ReadPolicy extends DecodedPolicy {
  /** Where the checksum's digits stand. */
  readonly sumAt: number;
}

const DIGITS = 64;
const KEY = '"sha256":"';
const metadataOf = record<{ readonly sha256: string; readonly lanewise: string }>({ sha256: text, lanewise: text });

/** What the file holds. A bad file is refused with a PolicyFormatError: first what is malformed, then what was altered. */
export async function decodePolicy(bytes: Uint8Array): Promise<DecodedPolicy> {
  // A copy, because the checksum is computed later than the content is read: both must see the same bytes.
  const copy = new Uint8Array(bytes);
  const decoded = readPolicy(copy);
  checkSum(decoded, await sha256Of(summedUp(copy, decoded)));
  return decoded;
}

/** Refuses what was altered. */
export function checkSum({ sha256 }: ReadPolicy, actual: string): void {
  demand(actual === sha256, () => `altered: its SHA-256 is ${actual}, not ${sha256}`);
}

/** What is summed up: a file, with zeros where the digits stand. */
export function summedUp(bytes: Uint8Array, { sumAt }: ReadPolicy): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes).fill(0x30, sumAt, sumAt + DIGITS);
}

/** Everything but whether the checksum is right. */
export function readPolicy(bytes: Uint8Array): ReadPolicy {
  const { metadata, tensors, dataStart } = readContainer(bytes);
  const { sha256, lanewise } = metadataOf(metadata, METADATA);
  const header = headerFromJson(lanewise);
  // Compact JSON escapes all quotes inside texts, so only the field itself can match. What are no 64 hex digits match no sum later.
  const oneCharPerByte = new TextDecoder("latin1").decode(bytes.subarray(0, dataStart));
  const sumAt = oneCharPerByte.indexOf(`${KEY}${sha256}"`) + KEY.length;
  return { header, tensors, sha256, sumAt, ...blueprintOf(header, tensors) };
}
