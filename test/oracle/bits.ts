/** Numbers as bits: tells 0 from -0 and one NaN from another. */

/** The bytes of some numbers, as text that is equal where they are. */
export function bitsOf(...arrays: readonly (Float32Array | Int32Array)[]): string {
  return arrays.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength).toString("hex")).join("|");
}
