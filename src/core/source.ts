/** Bytes from where they may be: at hand, in a file, or on the web. */
import { ensure, UsageError } from "./errors.js";
import { hasFiles } from "./host.js";

/** Bytes, or a path (in a page relative to it), or a URL. */
export type Source = Uint8Array | ArrayBuffer | URL | string;

/**
 * The bytes behind a path or a URL, or a copy of those at hand. A UsageError says why they can't be had.
 * @param what what the bytes are, for errors: "policy file"
 */
export async function readSource(source: Source, what: string): Promise<Uint8Array<ArrayBuffer>> {
  if (source instanceof Uint8Array) return new Uint8Array(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source.slice(0));
  ensure(
    typeof source === "string" || source instanceof URL,
    () => `to read the ${what}, give a path, a URL, a Uint8Array or an ArrayBuffer, not ${source === null ? "null" : typeof source}`,
  );
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(String(source))?.[1]?.toLowerCase();
  if (scheme === undefined) return hasFiles() ? readPath(source, what) : download(source, what);
  if (scheme === "file") return readPath(source, what, (url) => new URL(url));
  ensure(
    /^(https?|data|blob)$/.test(scheme),
    () => `can't read the ${what} ${source}; give a path, or a URL that begins with file:, http: or https:`,
  );
  return download(source, what);
}

type Place = URL | string;

/** @param toPath makes of the source what the file system takes */
async function readPath(source: Place, what: string, toPath: (source: Place) => Place = (path) => path): Promise<Uint8Array<ArrayBuffer>> {
  ensure(hasFiles(), () => `can't read ${source}: there are no files here; give an http(s) URL or the bytes themselves`);
  try {
    // The name is not a literal, so that bundlers for the web don't look for it.
    const name = "node:fs/promises";
    const { readFile, stat }: typeof import("node:fs/promises") = await import(/* @vite-ignore */ name);
    const path = toPath(source);
    const isFile = (await stat(path)).isFile();
    ensure(isFile, () => `${source} is not a file; give the path of the ${what}`);
    return new Uint8Array(await readFile(path));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as Error & { code?: string };
    throw new UsageError(code === "ENOENT" ? `there is no ${what} ${source}` : `can't read the ${what} ${source}: ${message}`);
  }
}

async function download(url: Place, what: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url);
    ensure(response.ok, () => `there is no ${what} at ${url}: the server answers ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`can't fetch the ${what} ${url}: ${(error as Error).message}`);
  }
}
