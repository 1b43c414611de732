/** Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding), as far as the files that we write need it. */
import { concat, varint } from "./bytes.js";

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

const tag = (number: number, wire: number) => varint(number * 8 + wire);

export function integerField(number: number, value: number): Uint8Array {
  return concat([tag(number, VARINT), varint(value)]);
}

/** Texts, bytes and messages within messages. */
export function field(number: number, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return concat([tag(number, LENGTH_DELIMITED), varint(bytes.length), bytes]);
}

export function message(...fields: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return concat(fields);
}

export function floatField(number: number, value: number): Uint8Array {
  return concat([tag(number, FIXED_32), floatBytes([value])]);
}

export function doubleField(number: number, value: number): Uint8Array {
  return concat([tag(number, FIXED_64), doubleBytes([value])]);
}

/** Packed, as a list. */
export function doublesField(number: number, values: ArrayLike<number>): Uint8Array {
  return field(number, doubleBytes(values));
}

function doubleBytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i] as number, true);
  return new Uint8Array(view.buffer);
}

/** 32-bit floats, little-endian on every host. */
export function floatBytes(values: ArrayLike<number>): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i] as number, true);
  return new Uint8Array(view.buffer);
}
