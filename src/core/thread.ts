/** Worker threads of whichever kind the host has: Node's or the web's. */
import { HostError } from "./errors.js";
import { isNode } from "./host.js";

/** A worker of one kind or the other. */
export type HostWorker =
  | { readonly kind: "node"; readonly worker: import("node:worker_threads").Worker }
  | { readonly kind: "web"; readonly worker: Worker };

export interface Thread {
  readonly host: HostWorker;
  /** Sends a message; the memory of `handedOver` goes along instead of being copied. */
  post(message: unknown, handedOver?: ArrayBuffer[]): void;
  onMessage(receive: (message: unknown) => void): void;
  /** Calls back once when the worker dies: it threw while loading, crashed, or was terminated. */
  onDeath(report: (reason: Error) => void): void;
  /** Whether the program has to go on while this worker lives, as it does at first; in pages that is nobody's question. */
  keep(isNeeded: boolean): void;
  terminate(): void;
}

/** The thread that started this one, as seen from within. The inverse of {@link Thread}. */
export interface Parent {
  /** As {@link Thread.post}. */
  post(message: unknown, handedOver?: ArrayBuffer[]): void;
  onMessage(receive: (message: unknown) => void): void;
}

/** Where a worker's code is. */
export interface WorkerCode {
  readonly url: URL;
  /**
   * Starts it in a page; `new Worker(url, { type: "module" })` unless given. The package's own are the bundles of dist/web there, which
   * need no import map, and named in the literal form that bundlers look for: `new Worker(new URL("…", import.meta.url), …)`.
   */
  inPage?(): Worker;
}

/**
 * Starts a worker.
 * @param name what it is called in errors: "training worker"
 */
export async function startThread(name: string, { url, inPage = () => new Worker(url, { type: "module" }) }: WorkerCode): Promise<Thread> {
  return isNode() ? nodeThread(url, name) : webThread(inPage(), name);
}

/** The address of a file beside a module, in a form that bundlers overlook: they would take along the file as it is. */
export function beside(module: string, path: string): URL {
  return new URL(path, module);
}

async function nodeThread(url: URL, name: string): Promise<Thread> {
  const { Worker } = await import("node:worker_threads");
  const worker = new Worker(url, { execArgv: [] }); // flags such as --input-type are meant for the main program
  return {
    host: { kind: "node", worker },
    post: (message, handedOver = []) => worker.postMessage(message, handedOver),
    onMessage: (receive) => void worker.on("message", receive),
    keep: (isNeeded) => (isNeeded ? worker.ref() : worker.unref()),
    onDeath(report) {
      worker.once("error", (error) => report(died(name, error)));
      worker.once("exit", (code) => report(died(name, new Error(`exit code ${code}`))));
    },
    terminate: () => void worker.terminate(),
  };
}

function webThread(worker: Worker, name: string): Thread {
  let reportDeath: (reason: Error) => void = () => undefined;
  worker.addEventListener("error", (event) => reportDeath(died(name, new Error(event.message || "it could not be loaded"))));
  return {
    host: { kind: "web", worker },
    post: (message, handedOver = []) => worker.postMessage(message, handedOver),
    onMessage: (receive) => worker.addEventListener("message", ({ data }) => receive(data)),
    keep: () => undefined,
    onDeath(report) {
      reportDeath = report;
    },
    terminate() {
      worker.terminate();
      reportDeath(died(name, new Error("it was terminated")));
    },
  };
}

function died(name: string, cause: unknown): HostError {
  return new HostError(`the ${name} died: ${cause instanceof Error ? cause.message : cause}`, { cause });
}

/** For use in a worker. */
export async function parentThread(): Promise<Parent> {
  if (!isNode()) {
    return {
      post: (message, handedOver = []) => globalThis.postMessage(message, { transfer: handedOver }),
      onMessage: (receive) => addEventListener("message", ({ data }) => receive(data)),
    };
  }
  const { parentPort } = await import("node:worker_threads");
  if (!parentPort) throw new Error("this file is for a worker, which no one started");
  return {
    post: (message, handedOver = []) => parentPort.postMessage(message, handedOver),
    onMessage: (receive) => void parentPort.on("message", receive),
  };
}
