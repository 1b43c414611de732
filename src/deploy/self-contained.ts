/** What an exported module of one file is, minified: everything that {@link createPolicy} needs, and the WebAssembly module as text. */
import { createPolicy } from "./runtime.js";

/** Stands for zlib's form of the module, in base64. */
const PACKED = "@packed@";

/** Streams and threads are slow to start in Node, which has functions for all of it. */
async function compiled(): Promise<WebAssembly.Module> {
  const node = globalThis.process?.getBuiltinModule;
  if (node) return new WebAssembly.Module(node("node:zlib").inflateSync(node("node:buffer").Buffer.from(PACKED, "base64")));
  const bytes = Uint8Array.from(atob(PACKED), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
}

export const policy = await createPolicy(await compiled());
