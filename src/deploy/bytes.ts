/** Bytes put together, packed, and written as text. */

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** An integer from 0 to 2⁵³ − 1 in groups of seven bits, the lowest first (LEB128): WebAssembly's lengths and protobuf's numbers. */
export function varint(value: number): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Uint8Array.of(...bytes, rest);
}

/** zlib's format (RFC 1950), which `DecompressionStream("deflate")` takes. */
export async function deflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/**
 * How many zeros fill the last group of four bytes, then five printable characters for each group. Digits to the base of 85 stand as the
 * characters from "#" on, without the backslash, so that a text in double quotes holds them as they are.
 */
export function base85(bytes: Uint8Array): string {
  const padded = concat([bytes, new Uint8Array(-bytes.length & 3)]);
  const view = new DataView(padded.buffer);
  let text = String(padded.length - bytes.length);
  for (let at = 0; at < padded.length; at += 4) {
    const word = view.getUint32(at);
    for (const power of [85 ** 4, 85 ** 3, 85 ** 2, 85, 1]) {
      const digit = Math.floor(word / power) % 85;
      text += String.fromCharCode(digit + (digit < 57 ? 35 : 36));
    }
  }
  return text;
}
