/** What the host offers. */

/** Whether this is Node, or Deno or Bun in its stead: files, processes, and the workers of node:worker_threads. */
export function isNode(): boolean {
  return typeof globalThis.process?.versions?.node === "string";
}

/** Whether plain paths are those of files. In a page, they are relative to the page. */
export function hasFiles(): boolean {
  return isNode() && typeof document === "undefined";
}
