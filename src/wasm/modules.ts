/** Compiled WebAssembly modules, loaded once each from wherever this host keeps files. */
import { ensure } from "../core/errors.js";
import { hasFiles } from "../core/host.js";
import { readSource } from "../core/source.js";

/** The folder of all modules, if it isn't the package's own. */
let folder: URL | undefined;

/**
 * Where the package's .wasm files are, if not where `new URL(…, import.meta.url)` finds them: for code that was bundled without them.
 * @param url the URL of their folder, in a page relative to it; undefined changes nothing
 */
export function setWasmUrl(url: string | URL | undefined): void {
  if (url !== undefined) folder = absoluteFolder(url);
}

/** What {@link setWasmUrl} was told last, in full, for threads that load modules of their own. */
export function wasmUrl(): string | undefined {
  return folder?.href;
}

/** The URL of a folder, in full. */
export function absoluteFolder(url: string | URL): URL {
  const text = String(url).replace(/\/?$/, "/");
  const base = globalThis.location?.href;
  ensure(URL.canParse(text, base), () => `wasmUrl is the URL of a folder, not ${url}`);
  return new URL(text, base);
}

/** Where a module is to be had: at `url`, unless that is in the package's folder and {@link setWasmUrl} named another. */
export function locate(url: URL): URL {
  if (!folder) return url;
  const { href: home } = new URL(".", new URL("../../build/policy.wasm", import.meta.url));
  return url.href.startsWith(home) ? new URL(url.href.slice(home.length), folder) : url;
}

const loaded = new Map<string, Promise<WebAssembly.Module>>();

/** The module at `place`, or where {@link locate} says: a file in Node, Deno and Bun, anything that `fetch` takes elsewhere. */
export function loadModule(place: URL): Promise<WebAssembly.Module> {
  const url = locate(place);
  const known = loaded.get(url.href);
  if (known) return known;
  const loading = readSource(url, "kernels").then((bytes) => (hasFiles() ? new WebAssembly.Module(bytes) : WebAssembly.compile(bytes)));
  loaded.set(url.href, loading);
  loading.catch(() => loaded.delete(url.href));
  return loading;
}
