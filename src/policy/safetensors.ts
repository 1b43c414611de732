/**
 * The safetensors container (https://github.com/huggingface/safetensors#format), with 32-bit floats only in the files that are written here:
 *
 *     8 bytes   length of the header, little-endian
 *     header    {"__metadata__":{name:text,…},name:{"dtype":"F32","shape":[…],"data_offsets":[begin,end]},…}
 *     data      the tensors' numbers, little-endian, without gaps
 *
 * Departures: the header is at most 1 MiB (theirs: 100 MB) and compact JSON; no tensor is empty; all numbers are finite.
 */
import { demand } from "./errors.js";
import { asInteger, asList, asObject, asRecord, asString, parseJson, show } from "./guards.js";

/** Row-major numbers and their shape. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Container {
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of their data. */
  readonly tensors: Map<string, NamedTensor>;
  /** Where the data starts, in bytes. */
  readonly dataStart: number;
}

const PREFIX = 8;
const MAX_HEADER = 2 ** 20;
const MAX_AXES = 8;
const METADATA = "__metadata__";

/** {@link readContainer} is the inverse. It alone checks what it reads. */
export function writeContainer(
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, NamedTensor>,
): Uint8Array<ArrayBuffer> {
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
export function bytesOf(tensors: ReadonlyMap<string, NamedTensor>): Uint8Array<ArrayBuffer> {
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

/** How the numbers of a dtype are read. */
export interface Dtype {
  /** Of one number. */
  readonly bytes: number;
  read(view: DataView, offset: number): number;
}

export const FLOAT32: Dtype = { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) };

/**
 * Refuses anything malformed. Nothing is allocated by a size that the file declares but does not have.
 * @param dtypes that are taken; all become 32-bit floats
 */
export function readContainer(bytes: Uint8Array, dtypes: Readonly<Record<string, Dtype>> = { F32: FLOAT32 }): Container {
  const dataStart = findData(bytes);
  const header = asObject(parseJson(headerText(bytes, dataStart), "header"), "the header");
  const specs = Object.entries(header).filter(([name]) => name !== METADATA);
  const metadata = Object.entries(asObject(header[METADATA] ?? {}, METADATA));
  const ranges = specs.map(([name, value]) => ({ name, ...readSpec(name, value, dtypes) })).sort((a, b) => a.begin - b.begin);
  checkTiling(ranges, bytes.length - dataStart);
  return {
    metadata: new Map(metadata.map(([name, value]) => [name, asString(value, `${METADATA}.${name}`)])),
    tensors: new Map(
      ranges.map(({ name, shape, begin, end, dtype }) => [
        name,
        { shape, data: readFloats(bytes, dataStart + begin, end - begin, name, dtype) },
      ]),
    ),
    dataStart,
  };
}

function findData(bytes: Uint8Array): number {
  demand(bytes.length > PREFIX, () => `too short: ${bytes.length} bytes hold no header`);
  const length = viewOf(bytes).getBigUint64(0, true);
  demand(length <= MAX_HEADER, () => `not a policy file: it declares a header of ${length} bytes, at most ${MAX_HEADER} are allowed`);
  const dataStart = PREFIX + Number(length);
  demand(dataStart <= bytes.length, () => `cut short: it declares a header of ${length} bytes, but only ${bytes.length - PREFIX} follow`);
  return dataStart;
}

function headerText(bytes: Uint8Array, dataStart: number): string {
  demand(bytes[PREFIX] === 0x7b, () => 'not a policy file: the header does not begin with "{"');
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    return decoder.decode(new Uint8Array(bytes.subarray(PREFIX, dataStart))).replace(/ +$/, "");
  } catch {
    demand(false, () => "the header is not valid UTF-8");
  }
}

interface Range {
  readonly name: string;
  readonly begin: number;
  readonly end: number;
}

function readSpec(
  name: string,
  value: unknown,
  dtypes: Readonly<Record<string, Dtype>>,
): { shape: number[]; begin: number; end: number; dtype: Dtype } {
  const where = `tensor ${show(name)}`;
  const record = asRecord(value, where, ["dtype", "shape", "data_offsets"]);
  const dtype = Object.entries(dtypes).find(([known]) => known === record.dtype)?.[1];
  demand(dtype !== undefined, () => `${where} has the dtype ${show(record.dtype)}, wanted "${Object.keys(dtypes).join('" or "')}"`);
  const shape = asList(record.shape, `the shape of ${where}`, 0, MAX_AXES, (size, at) => asInteger(size, at, 1));
  const [begin, end] = asList(record.data_offsets, `data_offsets of ${where}`, 2, 2, (offset, at) => asInteger(offset, at)) as [
    number,
    number,
  ];
  const wanted = shape.reduce((product, size) => product * size, dtype.bytes);
  demand(end - begin === wanted, () => `${where} has ${end - begin} bytes of data, but its shape [${shape}] takes ${wanted}`);
  return { shape, begin, end, dtype };
}

/** Demands that the ranges, sorted by their beginning, cover all `available` bytes of data, none of them twice. */
function checkTiling(ranges: readonly Range[], available: number): void {
  let covered = 0;
  for (const { name, begin, end } of ranges) {
    demand(begin >= covered, () => `tensor ${show(name)} overlaps the one before it: it begins at ${begin}, not at ${covered}`);
    demand(begin === covered, () => `there is a gap before tensor ${show(name)}: it begins at ${begin}, not at ${covered}`);
    demand(end <= available, () => `cut short: tensor ${show(name)} is out of range, it ends at byte ${end} of ${available} bytes of data`);
    covered = end;
  }
  demand(covered === available, () => `too long: ${available - covered} bytes follow the last tensor`);
}

function readFloats(bytes: Uint8Array, offset: number, length: number, name: string, dtype: Dtype): Float32Array {
  const view = viewOf(bytes);
  const data = Float32Array.from({ length: length / dtype.bytes }, (_, i) => dtype.read(view, offset + i * dtype.bytes));
  const bad = data.findIndex((value) => !Number.isFinite(value));
  demand(bad < 0, () => `tensor ${show(name)} holds ${data[bad]} at index ${bad}; weights are finite numbers`);
  return data;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
