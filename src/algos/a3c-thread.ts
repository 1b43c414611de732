/** Starts a thread of A3C. Here, a folder below src/, since the address must hold in dist/web too. */
import { beside, startThread, type Thread } from "../core/thread.js";

export function startA3cThread(name: string): Promise<Thread> {
  return startThread(name, {
    url: beside(import.meta.url, "./a3c/a3c-worker.js"),
    inPage: () => new Worker(new URL("../web/a3c-worker.js", import.meta.url), { type: "module" }),
  });
}
