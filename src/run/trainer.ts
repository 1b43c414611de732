/**
 * Training that goes on by itself while its metrics stream in: in a worker of its own, so that the page or the main thread stays free,
 * or in this thread. Nothing of TensorFlow.js is loaded here unless training is to be here.
 *
 *     const trainer = await createTrainer();
 *     await trainer.start({ algo: "ppo", env: "CartPole-v1" });
 *     for await (const metrics of trainer) show(metrics);
 *     const policy = await trainer.policy();
 */
import { type Endpoint, type Remote, transfer, wrap } from "comlink";
import { Lifeline } from "../core/lifeline.js";
import type { Metrics } from "../core/metrics.js";
import { beside, startThread, type Thread, type WorkerCode } from "../core/thread.js";
import { pack } from "../envs/portable.js";
import { environmentOf } from "../envs/registry.js";
import { loadPolicy, type Policy } from "../policy/policy.js";
import { absoluteFolder } from "../wasm/modules.js";
import type { ResolvedConfig, TrainOptions } from "./config.js";
import type { EvaluateOptions, Evaluation } from "./evaluate.js";
import type { LaneColumns } from "./lane-columns.js";
import type { PackedOptions, StartOptions, TrainerService } from "./trainer-service.js";

/** Where a {@link Trainer} trains. */
export interface TrainerOptions {
  /**
   * Whether training gets a worker, which it does unless told otherwise; `false` for this thread, with the same methods. Where the package
   * is bundled: the address of a bundle of `lanewise/worker`, or of a module that imports it.
   */
  readonly worker?: boolean | string | URL;
}

/**
 * One run at a time. Every method rejects with what went wrong, under the name, message and stack that it had in the worker; when the
 * worker dies, all that is pending rejects.
 */
export interface Trainer extends AsyncIterable<Metrics> {
  /**
   * Begins a run, which goes on by itself, and returns its full configuration; the run before it is stopped. Options that can't be right
   * are a UsageError. For a worker, an environment made of functions must know its `source`, and an initial policy's bytes are handed over:
   * the array is empty afterwards, unless it is a part of a larger buffer.
   */
  start(options: TrainOptions, how?: StartOptions): Promise<ResolvedConfig>;
  /** The metrics of the first iteration that weren't given out yet, as soon as there are any; undefined at the end of the run. */
  next(): Promise<Metrics | undefined>;
  /** {@link next}, until the end; leaving the loop stops the run. */
  [Symbol.asyncIterator](): AsyncIterator<Metrics, void, undefined>;
  /** Holds the run; resolves when the iteration at hand is done, whose metrics still come. */
  pause(): Promise<void>;
  /** Goes on after {@link pause}. */
  resume(): Promise<void>;
  /** Ends the run after the iteration at hand. Metrics that weren't given out, and the policy, stay available. */
  stop(): Promise<void>;
  /** Why a run that was started guarded was given up; undefined if it wasn't. */
  diverged(): Promise<string | undefined>;
  /** The policy between two iterations. */
  policy(): Promise<Policy>;
  /** The lanes between two iterations, to draw them; undefined once the run is over, and for algorithms without lanes of their own. */
  columns(): Promise<LaneColumns | undefined>;
  /** Takes up a policy in place of a run, for {@link evaluate}. Its bytes are handed over as those of an initial policy are. */
  load(file: Uint8Array): Promise<void>;
  /** Plays the policy as it now is, where training is. */
  evaluate(options?: Omit<EvaluateOptions, "env">): Promise<Evaluation>;
  /** Ends the worker at once, or the run in this thread. Whatever is pending rejects. */
  terminate(): void;
}

/** Starts a worker for training, or makes ready in this thread. */
export async function createTrainer({ worker = true }: TrainerOptions = {}): Promise<Trainer> {
  if (worker === false) {
    const { TrainerService } = await import("./trainer-service.js");
    const service = new TrainerService();
    return new Client(
      service,
      (options, how) => service.start(options, how),
      new Lifeline(),
      () => void service.stop(),
    );
  }
  const thread = await startThread("training worker", worker === true ? WORKER : { url: new URL(worker, baseUrl()) });
  const lifeline = new Lifeline();
  thread.onDeath((reason) => lifeline.cut(reason));
  const service: Remote<TrainerService> = wrap<TrainerService>(await endpointOf(thread));
  return new Client(service, async (options, how = {}) => service.startPacked(await packed(options), how), lifeline, thread.terminate);
}

/** The service, there or here: calls to either are promises. */
type Service = Omit<TrainerService, "start" | "startPacked">;

class Client implements Trainer {
  #received: Metrics[] = [];
  /** The latest fetch: fetches follow one another, so that metrics come in order. */
  #fetched: Promise<unknown> = Promise.resolve();

  constructor(
    readonly service: Service,
    readonly begin: (options: TrainOptions, how?: StartOptions) => Promise<ResolvedConfig>,
    readonly lifeline: Lifeline,
    readonly end: () => void,
  ) {}

  async start(options: TrainOptions, how: StartOptions = {}): Promise<ResolvedConfig> {
    const config = await this.lifeline.hold(this.begin(options, how));
    this.#received = [];
    return config;
  }

  next(): Promise<Metrics | undefined> {
    const fetched = this.#fetched.then(async () => {
      if (this.#received.length === 0) this.#received = [...(await this.lifeline.hold(this.service.take()))];
      return this.#received.shift();
    });
    this.#fetched = fetched.catch(() => undefined);
    return fetched;
  }

  [Symbol.asyncIterator](): AsyncIterator<Metrics, void, undefined> {
    return {
      next: async () => {
        const value = await this.next();
        return value ? { value, done: false } : { value: undefined, done: true };
      },
      return: async () => {
        await this.stop();
        return { value: undefined, done: true };
      },
    };
  }

  pause(): Promise<void> {
    return this.lifeline.hold(this.service.pause());
  }

  resume(): Promise<void> {
    return this.lifeline.hold(this.service.resume());
  }

  stop(): Promise<void> {
    return this.lifeline.hold(this.service.stop());
  }

  diverged(): Promise<string | undefined> {
    return this.lifeline.hold(this.service.diverged());
  }

  async policy(): Promise<Policy> {
    return loadPolicy(await this.lifeline.hold(this.service.policyBytes()));
  }

  columns(): Promise<LaneColumns | undefined> {
    return this.lifeline.hold(this.service.columns());
  }

  load(file: Uint8Array): Promise<void> {
    return this.lifeline.hold(this.service.load(handedOver(file)));
  }

  evaluate(options: Omit<EvaluateOptions, "env"> = {}): Promise<Evaluation> {
    return this.lifeline.hold(this.service.evaluate(options));
  }

  terminate(): void {
    this.lifeline.cut(new Error("training was terminated"));
    this.end();
  }
}

/** The options as one message that hands over what it can. */
async function packed({ env, initialPolicy, wasmUrl, ...rest }: TrainOptions): Promise<PackedOptions> {
  const options = wasmUrl === undefined ? rest : { ...rest, wasmUrl: absoluteFolder(wasmUrl).href };
  const message = { env: pack(environmentOf(env)), options };
  if (initialPolicy === undefined) return message as PackedOptions;
  if (typeof initialPolicy === "string" || initialPolicy instanceof URL) {
    return { ...message, options: { ...options, initialPolicy: String(initialPolicy) } } as PackedOptions;
  }
  const given = "actBatch" in initialPolicy ? await initialPolicy.bytes() : initialPolicy;
  const file = given instanceof ArrayBuffer ? new Uint8Array(given) : given;
  const whole = handedOver(file);
  return transfer({ ...message, options: { ...options, initialPolicy: whole } } as PackedOptions, [whole.buffer]);
}

/** Bytes for a message that takes their memory along; of a larger buffer, only a copy of the part can go. */
function handedOver(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isWhole = bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
  const whole = isWhole ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
  return transfer(whole, [whole.buffer]);
}

const WORKER: WorkerCode = {
  url: beside(import.meta.url, "./trainer-worker.js"),
  inPage: () => new Worker(new URL("../web/trainer-worker.js", import.meta.url), { type: "module" }),
};

/** What Comlink speaks to. */
async function endpointOf({ host }: Thread): Promise<Endpoint> {
  if (host.kind === "web") return host.worker;
  const { default: nodeEndpoint } = await import("comlink/dist/esm/node-adapter.mjs");
  return nodeEndpoint(host.worker);
}

/** What a worker's address may be relative to: the page. */
function baseUrl(): string | undefined {
  return typeof location === "undefined" ? undefined : location.href;
}
