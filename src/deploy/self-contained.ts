/** What an exported module of one file is, minified: everything that {@link createPolicy} needs, and the WebAssembly module as text. */
import { createPolicy } from "./runtime.js";

/** These stand for build/inflate.wasm, for what it unpacks, and for the rest of the module, in base64; and for the module's size. */
const INFLATE = "@inflate@";
const PACKED = "@packed@";
const PLAIN = "@plain@";
const SIZE = Number("@size@");

/** Mirrors assembly/inflate.ts. */
interface Unpacker {
  inflate(source: number, target: number): number;
}

const PAGE = 65536;
/** Bytes that unpacking takes from memory's beginning on, and reads past the end. */
const SCRATCH = 1024;
const SLACK = 4;

const { Buffer } = globalThis as { readonly Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> } };

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Buffer?.from(text, "base64") ?? Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Node would take longer to load its own zlib than all the rest takes. */
function unpacked(): Uint8Array<ArrayBuffer> {
  const packed = bytesOf(PACKED);
  const source = SCRATCH + SIZE;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((source + packed.length + SLACK) / PAGE) });
  const all = new Uint8Array(memory.buffer as ArrayBuffer);
  all.set(packed, source);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytesOf(INFLATE)), { env: { memory } });
  all.set(bytesOf(PLAIN), (exports as unknown as Unpacker).inflate(source, SCRATCH));
  return all.subarray(SCRATCH, source);
}

// Without waiting for a thread where that is allowed for modules of any size.
export const policy = await createPolicy(Buffer ? new WebAssembly.Module(unpacked()) : await WebAssembly.compile(unpacked()));
