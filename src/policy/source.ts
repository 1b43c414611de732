/** Where a policy file may come from: bytes at hand, a file, or the web. */
import { ensure, UsageError } from "../core/errors.js";

export type PolicySource = Uint8Array | ArrayBuffer | URL | string;

/** The bytes behind a path or a URL, or a copy of those at hand. A file that isn't there is a UsageError that names it. */
export async function readSource(source: PolicySource): Promise<Uint8Array> {
  if (source instanceof Uint8Array) return new Uint8Array(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source.slice(0));
  ensure(
    typeof source === "string" || source instanceof URL,
    () => `a policy is loaded from a path, a URL, a Uint8Array or an ArrayBuffer, not from ${source === null ? "null" : typeof source}`,
  );
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(String(source))?.[1]?.toLowerCase();
  if (scheme === undefined) return hasFiles() ? readPath(source) : fetchBytes(source);
  if (scheme === "file") return readPath(source, (url) => new URL(url));
  ensure(
    /^(https?|data|blob)$/.test(scheme),
    () => `can't load a policy from ${source}; give a path, or a URL that begins with file:, http: or https:`,
  );
  return fetchBytes(source);
}

/** Whether the host offers node:fs, as Node, Deno and Bun do. In a page, a plain path is relative to the page. */
function hasFiles(): boolean {
  return typeof process !== "undefined" && typeof process.versions?.node === "string" && typeof document === "undefined";
}

/** @param toPath makes of the source what the file system takes */
async function readPath(source: URL | string, toPath: (source: URL | string) => URL | string = (path) => path): Promise<Uint8Array> {
  ensure(hasFiles(), () => `can't read ${source}: there are no files here; give an http(s) URL or the bytes themselves`);
  try {
    // The name is not a literal, so that bundlers for the web don't look for it.
    const name = "node:fs/promises";
    const { readFile, stat }: typeof import("node:fs/promises") = await import(/* @vite-ignore */ name);
    const path = toPath(source);
    const isFile = (await stat(path)).isFile();
    ensure(isFile, () => `${source} is not a file; give the path of a policy file`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const { code, message } = error as Error & { code?: string };
    throw new UsageError(code === "ENOENT" ? `there is no policy file ${source}` : `can't read the policy file ${source}: ${message}`);
  }
}

async function fetchBytes(url: URL | string): Promise<Uint8Array> {
  try {
    const response = await fetch(url);
    ensure(response.ok, () => `there is no policy file at ${url}: the server answers ${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`can't fetch the policy file ${url}: ${(error as Error).message}`);
  }
}
