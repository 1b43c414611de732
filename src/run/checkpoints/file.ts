/**
 * The checkpoint file: a safetensors container (https://github.com/huggingface/safetensors#format) of all that decides the rest of a run,
 * by part and name, whose metadata holds
 *
 *     sha256       SHA-256 of the whole file with these 64 hex digits replaced by zeros
 *     checkpoint   the {@link CheckpointHeader}, as JSON text
 *
 * Single numbers are float64 of shape []. The checksum is looked at before anything else: behind it the file is what was written.
 */
import type { Numbers, SavedState } from "../../core/run-state.js";
import { sha256 } from "../../policy/sha256.js";
import type { CheckpointHeader } from "./header.js";

/** The bytes are no checkpoint, or were cut short or altered. */
export class DamagedCheckpoint extends Error {
  override readonly name = "DamagedCheckpoint";
}

export interface Checkpoint {
  readonly header: CheckpointHeader;
  readonly state: SavedState;
}

interface Spec {
  readonly dtype: keyof typeof TYPES;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [begin: number, end: number];
}

type Header = { readonly __metadata__: { readonly sha256: string; readonly checkpoint: string } } & Readonly<Record<string, Spec>>;

const TYPES = { F64: Float64Array, F32: Float32Array, I32: Int32Array, U32: Uint32Array, U8: Uint8Array } as const;

const PREFIX = 8;
const SUM_KEY = '{"__metadata__":{"sha256":"';
const SUM_AT = PREFIX + SUM_KEY.length;
const NO_SUM = "0".repeat(64);

/** The file; {@link decodeCheckpoint} is the inverse. What views show is copied before anything is waited for. */
export async function encodeCheckpoint({ header, state }: Checkpoint): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = containerOf({ sha256: NO_SUM, checkpoint: JSON.stringify({ ...header, omitted: state.omitted }) }, state.numbers);
  bytes.set(new TextEncoder().encode(await sha256(bytes)), SUM_AT);
  return bytes;
}

/** What the file holds. Throws {@link DamagedCheckpoint} if it is not as it was written. `bytes` are altered meanwhile. */
export async function decodeCheckpoint(bytes: Uint8Array<ArrayBuffer>): Promise<Checkpoint> {
  const place = bytes.subarray(SUM_AT, SUM_AT + NO_SUM.length);
  const sum = new TextDecoder().decode(place);
  if (new TextDecoder().decode(bytes.subarray(PREFIX, SUM_AT)) !== SUM_KEY)
    throw new DamagedCheckpoint("it does not begin as a checkpoint does");
  if (place.length < NO_SUM.length) throw new DamagedCheckpoint("it is cut short");
  place.fill(0x30);
  if ((await sha256(bytes)) !== sum) throw new DamagedCheckpoint("its checksum is another: it was cut short or altered");
  const dataStart = PREFIX + Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: metadata, ...specs } = JSON.parse(new TextDecoder().decode(bytes.subarray(PREFIX, dataStart))) as Header;
  const numbers = Object.entries(specs).map(([name, spec]) => [name, readNumbers(bytes.subarray(dataStart), spec)] as const);
  const { omitted, ...header } = JSON.parse(metadata.checkpoint);
  return { header, state: { numbers: new Map(numbers), omitted } };
}

/** The largest numbers come first, so that each array is aligned. */
function containerOf(metadata: Header["__metadata__"], numbers: SavedState["numbers"]): Uint8Array<ArrayBuffer> {
  const arrays = Array.from(numbers, ([name, value]) => ({ name, shape: shapeOf(value), data: arrayOf(value) }));
  arrays.sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  let end = 0;
  const placed = arrays.map(({ name, shape, data }) => {
    const begin = end;
    end += data.byteLength;
    return { name, data, begin, spec: { dtype: dtypeOf(data), shape, data_offsets: [begin, end] } satisfies Spec };
  });
  const header = { __metadata__: metadata, ...Object.fromEntries(placed.map(({ name, spec }) => [name, spec])) };
  const json = new TextEncoder().encode(JSON.stringify(header));
  const dataStart = PREFIX + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(dataStart + end).fill(0x20, PREFIX, dataStart);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - PREFIX), true);
  bytes.set(json, PREFIX);
  for (const { data, begin } of placed) bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), dataStart + begin);
  return bytes;
}

function readNumbers(data: Uint8Array<ArrayBuffer>, { dtype, shape, data_offsets: [begin, end] }: Spec): Numbers | number {
  const array: Numbers = new TYPES[dtype](data.slice(begin, end).buffer);
  return shape.length === 0 ? (array[0] as number) : array;
}

function shapeOf(value: Numbers | number): number[] {
  return typeof value === "number" ? [] : [value.length];
}

function arrayOf(value: Numbers | number): Numbers {
  return typeof value === "number" ? Float64Array.of(value) : value;
}

function dtypeOf(array: Numbers): Spec["dtype"] {
  const entries = Object.entries(TYPES) as [Spec["dtype"], (typeof TYPES)[Spec["dtype"]]][];
  const [dtype] = entries.find(([, Type]) => array instanceof Type) ?? [];
  if (!dtype) throw new TypeError(`a checkpoint holds no ${array.constructor.name}`);
  return dtype;
}
