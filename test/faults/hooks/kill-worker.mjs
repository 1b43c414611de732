/** Ends a worker of a rollout in the middle of its 20th. For `node --import`. */
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

let orders = 0;

threads.Worker = class extends threads.Worker {
  postMessage(message, handedOver) {
    super.postMessage(message, handedOver);
    if (message?.kind === "collect" && ++orders === 20) this.terminate();
  }
};
syncBuiltinESMExports();
