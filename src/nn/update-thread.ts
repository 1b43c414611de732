/** Starts a thread of an update. Here, a folder below src/, since the address must hold in dist/web too. */
import { beside, startThread, type Thread } from "../core/thread.js";

export function startUpdateThread(): Promise<Thread> {
  return startThread("thread of the update", {
    url: beside(import.meta.url, "./threads/update-worker.js"),
    inPage: () => new Worker(new URL("../web/update-worker.js", import.meta.url), { type: "module" }),
  });
}
