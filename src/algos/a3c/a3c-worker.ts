/** The thread's side of A3C: it answers every set of parameters with a gradient, and may be asked for its state. */
import { parentThread } from "../../core/thread.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import { startBackend } from "../../nn/backend.js";
import { type ActorLearner, createActorLearner } from "./actor-learner.js";
import type { Answer, Assignment, Order } from "./crew.js";

void attend();

/** The first message is the assignment, every other one an order; orders are carried out one after the other. */
async function attend(): Promise<void> {
  const parent = await parentThread();
  let worker: Promise<ActorLearner> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  parent.onMessage((message) => {
    if (!worker) {
      worker = start(message as Assignment);
      worker.catch(() => undefined); // the first answer says so
      return;
    }
    const carriedOut = Promise.all([worker, last]).then(([one]) => carryOut(one, message as Order));
    last = carriedOut.catch(failure).then((answer) => parent.post(answer));
  });
}

async function start({ spec, backend, kernels, seed, options, index }: Assignment): Promise<ActorLearner> {
  const { module } = spec;
  const own = { ...spec, module: typeof module === "string" ? new URL(module) : module } as EnvironmentSpec;
  const session = { spec: own, backend: await startBackend(backend, kernels), seed, totalSteps: Infinity };
  return createActorLearner(session, options, index);
}

async function carryOut(worker: ActorLearner, order: Order): Promise<unknown> {
  if ("parameters" in order) return worker.contribute(order.parameters);
  return "saved" in order ? worker.state.restore(order.saved) : worker.state.snapshot();
}

function failure(error: unknown): Answer {
  return { failure: error instanceof Error ? error.message : String(error) };
}
