/** Ends a worker of a rollout as it is given the 20th order of all: with it the order is lost. For `node --import`. */
import { syncBuiltinESMExports } from "node:module";
import threads from "node:worker_threads";

let orders = 0;

threads.Worker = class extends threads.Worker {
  postMessage(message, handedOver) {
    if (message?.kind === "collect" && ++orders === 20) this.terminate();
    else super.postMessage(message, handedOver);
  }
};
syncBuiltinESMExports();
