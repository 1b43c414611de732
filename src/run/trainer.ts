/** Training in a worker: the page or the main thread stays free, and a dead worker is an error instead of silence. */
import { type Endpoint, type Remote, wrap } from "comlink";
import type { Metrics } from "../core/metrics.js";
import type { EnvironmentId } from "../envs/registry.js";
import { loadPolicy, type Policy } from "../policy/policy.js";
import type { EvaluateOptions, Evaluation } from "./evaluate.js";
import type { ResolvedConfig, TrainOptions } from "./train.js";
import type { TrainerService } from "./worker.js";

export interface Trainer {
  /** Begins a run in the worker and returns its full configuration. The environment goes by its id: functions can't cross over. */
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

/** A worker of whichever kind the host has. */
interface Thread {
  readonly endpoint: Endpoint;
  /** Calls back once when the worker dies: it threw while loading, crashed, or was terminated. */
  onDeath(report: (reason: Error) => void): void;
  terminate(): void;
}

/** Starts a worker that trains. */
export async function createTrainer(): Promise<Trainer> {
  const thread = await startThread(new URL("./worker.js", import.meta.url));
  const service: Remote<TrainerService> = wrap<TrainerService>(thread.endpoint);
  const death = new Promise<never>((_, reject) => {
    thread.onDeath((reason) => reject(reason));
  });
  death.catch(() => undefined); // only those who wait for something need to hear of it
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

async function startThread(url: URL): Promise<Thread> {
  return typeof process !== "undefined" && process.versions?.node ? nodeThread(url) : webThread(url);
}

async function nodeThread(url: URL): Promise<Thread> {
  const [{ Worker }, { default: nodeEndpoint }] = await Promise.all([
    import("node:worker_threads"),
    import("comlink/dist/esm/node-adapter.mjs"),
  ]);
  const worker = new Worker(url);
  return {
    endpoint: nodeEndpoint(worker),
    onDeath(report) {
      worker.once("error", (error) => report(died(error)));
      worker.once("exit", (code) => report(died(new Error(`exit code ${code}`))));
    },
    terminate: () => void worker.terminate(),
  };
}

function webThread(url: URL): Thread {
  const worker = new Worker(url, { type: "module" });
  let reportDeath: (reason: Error) => void = () => undefined;
  worker.addEventListener("error", (event) => reportDeath(died(new Error(event.message || "it could not be loaded"))));
  return {
    endpoint: worker,
    onDeath(report) {
      reportDeath = report;
    },
    terminate() {
      worker.terminate();
      reportDeath(died(new Error("it was terminated")));
    },
  };
}

function died(cause: unknown): Error {
  return new Error(`the training worker died: ${cause instanceof Error ? cause.message : cause}`, { cause });
}
