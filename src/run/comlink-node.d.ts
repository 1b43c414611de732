/** Comlink's adapter for worker_threads, whose own types stand beside another name of the same file. */
declare module "comlink/dist/esm/node-adapter.mjs" {
  import type { Endpoint } from "comlink";

  /** @param port a Worker or a MessagePort of worker_threads */
  export default function nodeEndpoint(port: { postMessage(message: unknown): void }): Endpoint;
}
