/** Compiled WebAssembly modules, loaded once each from wherever this host keeps files. */
import { readSource } from "../core/source.js";

const loaded = new Map<string, Promise<WebAssembly.Module>>();

/** The module at `url`: a file in Node, Deno and Bun, anything that `fetch` takes elsewhere. */
export function loadModule(url: URL): Promise<WebAssembly.Module> {
  const known = loaded.get(url.href);
  if (known) return known;
  const loading = read(url).then((bytes) => WebAssembly.compile(bytes));
  loaded.set(url.href, loading);
  loading.catch(() => loaded.delete(url.href));
  return loading;
}

async function read(url: URL): Promise<BufferSource> {
  try {
    return await readSource(url, "module of kernels");
  } catch (error) {
    throw new Error(`${(error as Error).message}; serve the package's build/ folder beside its code`, { cause: error });
  }
}
