/** Starts a thread for some lanes of a rollout. Here, a folder below src/, since the address must hold in dist/web too. */
import { beside, startThread, type Thread } from "../core/thread.js";

export function startRolloutThread(name: string): Promise<Thread> {
  return startThread(name, {
    url: beside(import.meta.url, "./parallel/rollout-worker.js"),
    inPage: () => new Worker(new URL("../web/rollout-worker.js", import.meta.url), { type: "module" }),
  });
}
