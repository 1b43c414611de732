/** Compiled WebAssembly modules, loaded once each from wherever this host keeps files. */

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
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return new Uint8Array(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok)
    throw new Error(`${url.href} answered ${response.status} ${response.statusText}; serve the package's build/ folder beside its code`);
  return response.arrayBuffer();
}
