/** The worker of {@link createTrainer}. */
import { expose } from "comlink";
import { isNode } from "../core/host.js";
import { TrainerService } from "./trainer-service.js";

/** In Node the other side is the thread's parent, in browsers the worker's own scope, which must be listened to at once. */
async function listen(service: TrainerService): Promise<void> {
  if (!isNode()) return expose(service);
  const [{ parentPort }, { default: nodeEndpoint }] = await Promise.all([
    import("node:worker_threads"),
    import("comlink/dist/esm/node-adapter.mjs"),
  ]);
  if (!parentPort) throw new Error("this file is for a worker, which no one started");
  expose(service, nodeEndpoint(parentPort));
}

void listen(new TrainerService());
