/** The thread's side of A3C: it answers every set of parameters with a gradient. */
import { parentThread } from "../../core/thread.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import { startBackend } from "../../nn/backend.js";
import { type ActorLearner, createActorLearner } from "./actor-learner.js";
import type { Answer, Assignment } from "./crew.js";

const parent = await parentThread();
let worker: Promise<ActorLearner> | undefined;

/** The first message is the assignment, every other one parameters. */
parent.onMessage((message) => {
  if (worker) return void answer(worker, message as Float64Array).then((given) => parent.post(given));
  worker = start(message as Assignment);
  worker.catch(() => undefined); // the first answer says so
});

async function start({ spec, backend, kernels, seed, options, index }: Assignment): Promise<ActorLearner> {
  const { module } = spec;
  const own = { ...spec, module: typeof module === "string" ? new URL(module) : module } as EnvironmentSpec;
  const session = { spec: own, backend: await startBackend(backend, kernels), seed, totalSteps: Infinity };
  return createActorLearner(session, options, index);
}

async function answer(worker: Promise<ActorLearner>, parameters: Float64Array): Promise<Answer> {
  try {
    return { contribution: await (await worker).contribute(parameters) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
