/**
 * The policy file: a safetensors container whose metadata holds
 *
 *     lanewise   the {@link PolicyHeader}, as JSON text
 *     sha256     SHA-256 of the whole file with these 64 hex digits replaced by zeros
 *
 * Nothing in it is executable, and a file that was cut short or altered in any byte is refused.
 */
import { demand } from "./errors.js";
import { checkNetworks, headerFromJson, headerToJson, type PolicyHeader } from "./header.js";
import { bytesOf, type Container, type NamedTensor, readContainer, writeContainer } from "./safetensors.js";
import { sha256 } from "./sha256.js";

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
}

const NO_SUM = "0".repeat(64);

/** The file; {@link decodePolicy} is the inverse. What it would refuse is refused here, before anything is written. */
export async function encodePolicy(header: PolicyHeader, tensors: ReadonlyMap<string, NamedTensor>): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = writeContainer({ sha256: NO_SUM, lanewise: headerToJson(header) }, tensors);
  const { container } = readPolicy(bytes);
  const offset = findSum(bytes, container, NO_SUM);
  bytes.set(new TextEncoder().encode(await sha256(bytes)), offset);
  return bytes;
}

/** What the file holds. A bad file is refused with a PolicyFormatError: first what is malformed, then what was altered. */
export async function decodePolicy(bytes: Uint8Array): Promise<DecodedPolicy> {
  // A copy, because the checksum is computed later than the content is read: both must see the same bytes.
  const copy = new Uint8Array(bytes);
  const { header, container, sum } = readPolicy(copy);
  const offset = findSum(copy, container, sum);
  copy.set(new TextEncoder().encode(NO_SUM), offset);
  const actual = await sha256(copy);
  demand(actual === sum, () => `altered: the checksum of the file is ${actual}, but it declares ${sum}`);
  return { header, tensors: container.tensors, sha256: sum };
}

/** SHA-256 of the weights alone, in the map's order, as 64 hex digits: tells whether two runs learned the same bits. */
export function weightsSha256(tensors: ReadonlyMap<string, NamedTensor>): Promise<string> {
  return sha256(bytesOf(tensors));
}

function readPolicy(bytes: Uint8Array): { header: PolicyHeader; container: Container; sum: string } {
  const container = readContainer(bytes);
  const { sha256: sum, lanewise, ...others } = Object.fromEntries(container.metadata);
  demand(lanewise !== undefined, () => 'not a policy file: its metadata lacks "lanewise"');
  demand(sum !== undefined && /^[0-9a-f]{64}$/.test(sum), () => "its metadata lacks a sha256 of 64 lower-case hex digits");
  demand(
    Object.keys(others).length === 0,
    () => `its metadata has more than lanewise and sha256: ${Object.keys(others).length} other keys`,
  );
  const header = headerFromJson(lanewise);
  checkNetworks(header, container.tensors);
  return { header, container, sum };
}

/** Where the checksum's digits stand. Compact JSON escapes all quotes inside texts, so only the field itself can match. */
function findSum(bytes: Uint8Array<ArrayBuffer>, { dataStart }: Container, sum: string): number {
  const key = '"sha256":"';
  const oneCharPerByte = new TextDecoder("latin1").decode(bytes.subarray(0, dataStart));
  return oneCharPerByte.indexOf(`${key}${sum}"`) + key.length;
}
