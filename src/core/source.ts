/** Bytes from where they may be: at hand, in a file, or on the web. */
import { UsageError } from "./errors.js";
import { hasFiles } from "./host.js";

/** Bytes, or a path (in a page relative to it), or a URL. */
export type Source = Uint8Array | ArrayBuffer | URL | string;

/**
 * The bytes behind a path or a URL, or a copy of those at hand. A UsageError says why they can't be had.
 * @param what what the bytes are, for errors: "policy file"
 */
export async function readSource(source: Source, what: string): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof Uint8Array || source instanceof ArrayBuffer) return new Uint8Array(source).slice();
  try {
    if (typeof source !== "string" && !(source instanceof URL)) throw new TypeError("give a path, a URL or bytes");
    const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]+:/.exec(String(source))?.[0].toLowerCase();
    if (scheme === "file:" || (scheme === undefined && hasFiles())) {
      if (!hasFiles()) throw new TypeError("no files here; give a URL or bytes");
      // The name is not a literal, so that bundlers for the web don't look for it. Files are small: waiting for a thread takes longer.
      const name = "node:fs";
      const { readFileSync } = process.getBuiltinModule?.(name) ?? (await import(/* @vite-ignore */ name));
      return new Uint8Array(readFileSync(scheme ? new URL(source) : source));
    }
    const response = await fetch(source);
    if (!response.ok) throw new Error(`the server answers ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    throw new UsageError(code === "ENOENT" ? `there is no ${what} ${source}` : `can't read the ${what} ${source}: ${message}`, {
      cause: error,
    });
  }
}
