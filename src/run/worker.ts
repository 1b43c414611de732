/** The worker's side of {@link createTrainer}: one training run behind Comlink. */
import { expose, transfer } from "comlink";
import type { Metrics } from "../core/metrics.js";
import { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.js";
import { type ResolvedConfig, type Training, type TrainOptions, train } from "./train.js";

/** What the client calls. */
export class TrainerService {
  #training: Training | undefined;

  /** Begins a run; the one before it, if any, is stopped. */
  async start(options: TrainOptions): Promise<ResolvedConfig> {
    await this.stop();
    this.#training = train(options);
    return this.#training.config;
  }

  /** One iteration; undefined at the run's end. */
  async next(): Promise<Metrics | undefined> {
    const { value, done } = await this.#running().next();
    return done ? undefined : (value as Metrics);
  }

  /** Ends the run cleanly. */
  async stop(): Promise<void> {
    await this.#training?.return?.();
  }

  /** Plays the policy as it now is. The environment goes by its id. */
  async evaluate(options: EvaluateOptions): Promise<Evaluation> {
    return evaluate(await this.#running().policy(), options);
  }

  /** The policy file, handed over rather than copied. */
  async policyBytes(): Promise<Uint8Array> {
    const bytes = await (await this.#running().policy()).bytes();
    return transfer(bytes, [bytes.buffer as ArrayBuffer]);
  }

  #running(): Training {
    if (!this.#training) throw new Error("nothing was started: call start(options) first");
    return this.#training;
  }
}

/** In Node the other side is the thread's parent, in browsers the worker's own scope. */
async function listen(): Promise<void> {
  if (typeof process === "undefined" || !process.versions?.node) return expose(new TrainerService());
  const [{ parentPort }, { default: nodeEndpoint }] = await Promise.all([
    import("node:worker_threads"),
    import("comlink/dist/esm/node-adapter.mjs"),
  ]);
  if (parentPort) expose(new TrainerService(), nodeEndpoint(parentPort));
}

await listen();
