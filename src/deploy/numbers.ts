/** Numbers of other programs' files, little-endian. */

import type { Decoder } from "../policy/safetensors.js";

/** How a number is read. */
export interface Dtype {
  readonly bytes: number;
  read(view: DataView, offset: number): number;
}

export const FLOAT32: Dtype = { bytes: 4, read: (view, offset) => view.getFloat32(offset, true) };

export const FLOAT64: Dtype = { bytes: 8, read: (view, offset) => view.getFloat64(offset, true) };
export const FLOAT16: Dtype = { bytes: 2, read: (view, offset) => float16(view.getUint16(offset, true)) };
/** The upper half of a float32. */
export const BFLOAT16: Dtype = { bytes: 2, read: (view, offset) => bfloat16(view.getUint16(offset, true)) };
export const INT32: Dtype = { bytes: 4, read: (view, offset) => view.getInt32(offset, true) };
export const INT64: Dtype = { bytes: 8, read: (view, offset) => Number(view.getBigInt64(offset, true)) };

/** The dtypes of safetensors files that are imported. */
export const DECODERS: Readonly<Record<string, Decoder>> = {
  F64: decoder(FLOAT64),
  F32: decoder(FLOAT32),
  F16: decoder(FLOAT16),
  BF16: decoder(BFLOAT16),
};

function decoder(dtype: Dtype): Decoder {
  return { bytes: dtype.bytes, decode: (data) => Float32Array.from(numbersIn(data, dtype)) };
}

/** All numbers of the bytes, of which a rest too short for one is left. */
export function numbersIn(bytes: Uint8Array, dtype: Dtype): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(bytes.length / dtype.bytes) }, (_, i) => dtype.read(view, i * dtype.bytes));
}

/** IEEE 754's binary16: a sign, 5 bits of exponent, 10 of mantissa. */
function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const [exponent, mantissa] = [(bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25);
}

function bfloat16(bits: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits * 65536);
  return view.getFloat32(0);
}
