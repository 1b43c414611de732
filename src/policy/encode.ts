/** Writes policy files: the half of the format that acting doesn't need. */
import type { Space } from "../core/spaces.js";
import { demand } from "./errors.js";
import { decodePolicy, readPolicy } from "./format.js";
import type { PolicyHeader } from "./header.js";
import { type Policy, policyOf } from "./policy.js";
import { METADATA, type NamedTensor, PREFIX } from "./safetensors.js";
import { sha256 } from "./sha256.js";

const NO_SUM = "0".repeat(64);

/** A policy from its parts, which are copied. Parts that don't fit one another are refused with a PolicyFormatError. */
export async function createPolicy(
  header: PolicyHeader,
  tensors: ReadonlyMap<string, NamedTensor>,
  module: WebAssembly.Module,
): Promise<Policy> {
  const file = await encodePolicy(header, tensors);
  return policyOf(file, await decodePolicy(file), module);
}

/** The file; `decodePolicy` is the inverse. What it would refuse is refused here, before anything is written. */
export async function encodePolicy(header: PolicyHeader, tensors: ReadonlyMap<string, NamedTensor>): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = writeContainer({ sha256: NO_SUM, lanewise: headerToJson(header) }, tensors);
  const { sumAt } = readPolicy(bytes);
  bytes.set(new TextEncoder().encode(await sha256(bytes)), sumAt);
  return bytes;
}

/** SHA-256 of the weights alone, in the map's order, as 64 hex digits: tells whether two runs learned the same bits. */
export function weightsSha256(tensors: ReadonlyMap<string, NamedTensor>): Promise<string> {
  return sha256(bytesOf(tensors));
}

/** The header as JSON text; `headerFromJson` is the inverse. */
function headerToJson(header: PolicyHeader): string {
  const { observationSpace, actionSpace } = header;
  return JSON.stringify({ ...header, observationSpace: spaceToJson(observationSpace), actionSpace: spaceToJson(actionSpace) });
}

/** What JSON can hold of a space. */
export function spaceToJson(space: Space): unknown {
  if (space.kind === "discrete") return space;
  return { ...space, low: Array.from(space.low, boundToJson), high: Array.from(space.high, boundToJson) };
}

function boundToJson(bound: number): unknown {
  if (Math.abs(bound) !== Infinity) return bound;
  return bound > 0 ? "inf" : "-inf";
}

/** `readContainer` is the inverse. It alone checks what it reads. */
function writeContainer(metadata: Readonly<Record<string, string>>, tensors: ReadonlyMap<string, NamedTensor>): Uint8Array<ArrayBuffer> {
  demand(!tensors.has(METADATA), () => `no tensor may be named "${METADATA}"`);
  let end = 0;
  const specs = Array.from(tensors, ([name, { shape, data }]) => {
    const begin = end;
    end += data.length * 4;
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries([[METADATA, metadata], ...specs])));
  // Spaces fill the header up to a multiple of 8, so that readers can map the data in place.
  const dataStart = PREFIX + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(dataStart + end).fill(0x20, PREFIX, dataStart);
  bytes.set(json, PREFIX);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - PREFIX), true);
  bytes.set(bytesOf(tensors), dataStart);
  return bytes;
}

/** The tensors' numbers one after another, little-endian, in the map's order. */
function bytesOf(tensors: ReadonlyMap<string, NamedTensor>): Uint8Array<ArrayBuffer> {
  const parts = Array.from(tensors.values(), ({ data }) => data);
  const view = new DataView(new ArrayBuffer(parts.reduce((sum, data) => sum + data.length * 4, 0)));
  let offset = 0;
  for (const data of parts) {
    for (const value of data) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return new Uint8Array(view.buffer);
}
