/** What an exported module of one file is, minified: everything that {@link createPolicy} needs, and the WebAssembly module as text. */
import { createPolicy } from "./runtime.js";

/** Stands for zlib's form of the module, as `base85` writes it. */
const PACKED = "@packed@";

export const policy = await createPolicy(await WebAssembly.compile(await inflated(decoded(PACKED))));

/** The inverse of `base85`. */
function decoded(text: string): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(((text.length - 1) / 5) * 4));
  for (let i = 1, at = 0; i < text.length; at += 4) {
    let word = 0;
    for (const end = i + 5; i < end; i++) {
      const code = text.charCodeAt(i);
      word = word * 85 + code - (code > 92 ? 36 : 35);
    }
    view.setUint32(at, word);
  }
  return new Uint8Array(view.buffer, 0, view.byteLength - Number(text[0]));
}

/** Streams are slow to start in Node, which has a function for it. */
async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<BufferSource> {
  if (typeof process !== "undefined" && process.getBuiltinModule) return process.getBuiltinModule("node:zlib").inflateSync(bytes);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}
