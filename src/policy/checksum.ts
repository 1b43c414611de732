/** The kernels' SHA-256, for where acting has to start at once: Node takes milliseconds to load its own, pages have theirs over https only. */

/** Mirrors assembly/sha256.ts. */
interface Kernels {
  sha256(text: number, end: number, scratch: number): void;
}

const PAGE = 65536;
const BLOCK = 64;
/** Bytes of the padding: a bit, and the length of the text. */
const PADDING = 9;
/** Where the text stands in memory, behind the scratch; and in the scratch the digest, its last byte first. */
const TEXT = 9 * BLOCK;
const DIGEST = 512;

/**
 * As 64 hex digits.
 * @param module build/policy.wasm or its twin
 */
export function checksum(module: WebAssembly.Module, bytes: Uint8Array): string {
  const end = TEXT + Math.ceil((bytes.length + PADDING) / BLOCK) * BLOCK;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(end / PAGE) });
  const { sha256 } = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
  const text = new Uint8Array(memory.buffer, TEXT);
  text.set(bytes);
  text[bytes.length] = 0x80;
  new DataView(memory.buffer).setBigUint64(end - 8, BigInt(8 * bytes.length));
  sha256(TEXT, end, 0);
  const digest = new Uint8Array(memory.buffer, DIGEST, 32).reverse();
  return Array.from(digest, (byte) => (256 + byte).toString(16).slice(1)).join("");
}
