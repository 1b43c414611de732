/** Training in a worker: the page or the main thread stays free, and a dead worker is an error instead of silence. */
import { type Endpoint, type Remote, wrap } from "comlink";
import type { Metrics } from "../core/metrics.js";
import { startThread, type Thread } from "../core/thread.js";
import type { EnvironmentId } from "../envs/registry.js";
import { loadPolicy, type Policy } from "../policy/policy.js";
import type { EvaluateOptions, Evaluation } from "./evaluate.js";
import type { ResolvedConfig, TrainOptions } from "./train.js";
import type { TrainerService } from "./worker.js";

/** A training run in a worker. */
export interface Trainer {
  /**
   * Begins a run in the worker and returns its full configuration. The environment goes by its id, an initial policy as a file or as bytes:
   * functions can't cross over.
   */
  start(options: TrainOptions & { readonly env: EnvironmentId }): Promise<ResolvedConfig>;
  /** One iteration's metrics; undefined at the end. */
  next(): Promise<Metrics | undefined>;
  /** Ends the run cleanly; its policy stays available. */
  stop(): Promise<void>;
  /** The policy as it now is. */
  policy(): Promise<Policy>;
  /** Plays the policy as it now is, in the worker. */
  evaluate(options?: Omit<EvaluateOptions, "env">): Promise<Evaluation>;
  /** Kills the worker. Whatever is pending rejects. */
  terminate(): void;
}

/** Starts a worker that trains. */
export async function createTrainer(): Promise<Trainer> {
  const thread = await startThread(new URL("./worker.js", import.meta.url), "training worker");
  const death = new Promise<never>((_, reject) => {
    thread.onDeath((reason) => reject(reason));
  });
  death.catch(() => undefined); // only those who wait for something need to hear of it
  const service: Remote<TrainerService> = wrap<TrainerService>(await endpointOf(thread));
  const alive = <T>(call: Promise<T>): Promise<T> => Promise.race([call, death]);
  return {
    start: (options) => alive(service.start(options)),
    next: () => alive(service.next()),
    stop: () => alive(service.stop()),
    policy: async () => loadPolicy(await alive(service.policyBytes())),
    evaluate: (options = {}) => alive(service.evaluate(options)),
    terminate: thread.terminate,
  };
}

/** What Comlink speaks to. */
async function endpointOf({ host }: Thread): Promise<Endpoint> {
  if (host.kind === "web") return host.worker;
  const { default: nodeEndpoint } = await import("comlink/dist/esm/node-adapter.mjs");
  return nodeEndpoint(host.worker);
}
