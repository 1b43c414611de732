/**
 * Reads Protocol Buffers' wire format (https://protobuf.dev/programming-guides/encoding). Nothing is allocated by a size that the bytes
 * declare but don't have; a PolicyFormatError where they are cut short or no messages.
 */
import { demand } from "../policy/errors.js";

/** A message's values by the number of their field: integers, or bytes (of numbers of fixed size, too). */
export type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

const [VARINT, FIXED64, BYTES, FIXED32] = [0, 1, 2, 5];
/** Of 64 bits, seven in each byte. */
const LONGEST_VARINT = 10;

export function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (number | Uint8Array)[]>();
  const cursor = new Cursor(bytes);
  while (!cursor.isAtEnd) {
    const key = cursor.varint();
    const value = valueAt(cursor, key & 7);
    const number = Math.floor(key / 8);
    const values = fields.get(number);
    if (values) values.push(value);
    else fields.set(number, [value]);
  }
  return fields;
}

function valueAt(cursor: Cursor, wire: number): number | Uint8Array {
  if (wire === VARINT) return cursor.varint();
  if (wire === BYTES) return cursor.take(cursor.varint());
  demand(wire === FIXED32 || wire === FIXED64, () => `wire type ${wire} is none of protobuf's`);
  return cursor.take(wire === FIXED32 ? 4 : 8);
}

/** The messages, texts or bytes of a field. */
export function messages(fields: Fields, number: number): Uint8Array[] {
  return (fields.get(number) ?? []).filter((value) => value instanceof Uint8Array);
}

/** The last of a field's messages, as protobuf has it; empty if there is none. */
export function message(fields: Fields, number: number): Uint8Array {
  return messages(fields, number).at(-1) ?? new Uint8Array(0);
}

export function text(fields: Fields, number: number): string {
  return textOf(message(fields, number));
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The integers of a field, packed or not. */
export function integers(fields: Fields, number: number): number[] {
  return (fields.get(number) ?? []).flatMap((value) => (typeof value === "number" ? [value] : varintsOf(value)));
}

/** An integer; 0 if it isn't there. */
export function integer(fields: Fields, number: number): number {
  return integers(fields, number).at(-1) ?? 0;
}

function varintsOf(bytes: Uint8Array): number[] {
  const cursor = new Cursor(bytes);
  const found: number[] = [];
  while (!cursor.isAtEnd) found.push(cursor.varint());
  return found;
}

class Cursor {
  #at = 0;

  constructor(readonly bytes: Uint8Array) {}

  get isAtEnd(): boolean {
    return this.#at >= this.bytes.length;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    demand(length >= 0 && end <= this.bytes.length, () => "a message is cut short");
    const taken = this.bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A signed integer of 64 bits. */
  varint(): number {
    let value = 0n;
    for (let i = 0; i < LONGEST_VARINT; i++) {
      const byte = this.take(1)[0] as number;
      if (i === 0 && byte < 128) return byte;
      value |= BigInt(byte & 127) << BigInt(7 * i);
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
    demand(false, () => "an integer has more than 64 bits");
  }
}
