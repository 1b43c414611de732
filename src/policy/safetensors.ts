/**
 * The safetensors container (https://github.com/huggingface/safetensors#format), with 32-bit floats only:
 *
 *     8 bytes   length of the header, little-endian
 *     header    {"__metadata__":{name:text,…},name:{"dtype":"F32","shape":[…],"data_offsets":[begin,end]},…}
 *     data      the tensors' numbers, little-endian, without gaps
 *
 * Departures: the header is at most 256 KiB (theirs: 100 MB) and compact JSON; no tensor is empty; all numbers are finite.
 */
import { demand } from "./errors.js";
import { integer, list, object, oneOf, parseJson, record, show } from "./guards.js";

/** Row-major numbers and their shape. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Container {
  readonly metadata: unknown;
  /** In the order of their data. */
  readonly tensors: Map<string, NamedTensor>;
  /** Where the data starts, in bytes. */
  readonly dataStart: number;
}

/** Bytes of the header's length. */
export const PREFIX = 8;
export const METADATA = "__metadata__";
const MAX_HEADER = 2 ** 18;
const MAX_AXES = 8;

/** How the numbers of a dtype are read. */
export interface Decoder {
  /** Of one number. */
  readonly bytes: number;
  decode(data: Uint8Array<ArrayBuffer>): Float32Array;
}

const FLOATS = { F32: { bytes: 4, decode: ({ buffer }: Uint8Array<ArrayBuffer>) => new Float32Array(buffer) } };
const shapeOf = list(integer(1), 0, MAX_AXES);
const offsetsOf = list(integer(), 2, 2);

/**
 * Refuses anything malformed. Nothing is allocated by a size that the file declares but does not have.
 * @param decoders of the dtypes that are taken; they are given bytes that begin their buffer
 */
export function readContainer(bytes: Uint8Array, decoders: Readonly<Record<string, Decoder>> = FLOATS): Container {
  const { length } = bytes;
  demand(length > PREFIX, () => `too short: ${length} bytes hold no header`);
  const headerBytes = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const dataStart = PREFIX + headerBytes;
  demand(headerBytes <= MAX_HEADER, () => `not a policy file: a header of ${headerBytes} bytes, at most ${MAX_HEADER} are allowed`);
  demand(dataStart <= length, () => `cut short: a header of ${headerBytes} bytes, of which ${length - PREFIX} follow`);
  const { [METADATA]: metadata, ...specs } = object(parseJson(headerText(bytes, dataStart), "the file's header"), "the file's header");
  const specOf = record({ dtype: oneOf(...Object.keys(decoders)), shape: shapeOf, data_offsets: offsetsOf });
  const ranges: (ReturnType<typeof specOf> & { readonly name: string; readonly where: string })[] = [];
  for (const name in specs) {
    const where = `tensor ${show(name)}`;
    ranges.push({ name, where, ...specOf(specs[name], where) });
  }
  ranges.sort((a, b) => (a.data_offsets[0] as number) - (b.data_offsets[0] as number));
  let covered = dataStart;
  const tensors = new Map<string, NamedTensor>();
  for (const { name, where, dtype, shape, data_offsets } of ranges) {
    const [first, last] = data_offsets as [number, number];
    const [begin, end] = [dataStart + first, dataStart + last];
    const decoder = decoders[dtype] as Decoder;
    let size = decoder.bytes;
    for (const axis of shape) size *= axis;
    demand(end - begin === size, () => `${where} has ${end - begin} bytes of data, but its shape [${shape}] takes ${size}`);
    demand(begin === covered, () => `${where} begins at ${begin - dataStart}, not at ${covered - dataStart}`);
    demand(end <= length, () => `cut short: ${where} ends ${end - length} bytes beyond the file`);
    tensors.set(name, { shape, data: decoder.decode(new Uint8Array(bytes.slice(begin, end))) });
    covered = end;
  }
  demand(covered === length, () => `too long: ${length - covered} bytes follow the last tensor`);
  for (const [name, { data }] of tensors) {
    // Cold, `includes` is many times as fast as any function of ours.
    for (const bad of [Number.NaN, Infinity, -Infinity])
      demand(!data.includes(bad), () => `tensor ${show(name)} holds ${bad}, not a finite float32`);
  }
  return { metadata, tensors, dataStart };
}

/** Spaces may fill it up. */
function headerText(bytes: Uint8Array, dataStart: number): string {
  let text = "";
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes.subarray(PREFIX, dataStart));
  } catch {}
  demand(text[0] === "{", () => 'not a policy file: its header is no UTF-8 that begins with "{"');
  return text.trimEnd();
}
