/** What stands behind {@link createTrainer}, in a worker or beside it: one run at a time. */
import { transfer } from "comlink";
import type { Metrics } from "../core/metrics.js";
import { type PortableSpec, unpack } from "../envs/portable.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import { loadPolicy, type Policy } from "../policy/policy.js";
import { chooseBackend } from "./backend-choice.js";
import { type WatchedTraining, watch } from "./callbacks/callback.js";
import { nanGuard } from "./callbacks/nan-guard.js";
import { type EvaluateOptions, type Evaluation, evaluate } from "./evaluate.js";
import { FreeRun } from "./free-run.js";
import { buffersOf, type LaneColumns } from "./lane-columns.js";
import { type ResolvedConfig, type TrainOptions, train } from "./train.js";

/** {@link TrainOptions} that a message can hold. */
export interface PackedOptions {
  readonly env: PortableSpec;
  readonly options: Omit<TrainOptions, "env">;
}

/** How a run begins in a trainer. */
export interface StartOptions {
  /** Environment steps after which the run is ended early, if it takes so many; its schedules still go by all of its steps. */
  readonly stopAfter?: number;
  /** Whether {@link nanGuard} looks after the run, which is not so unless told. What it found is what the trainer's `diverged()` says. */
  readonly isGuarded?: boolean;
}

export class TrainerService {
  #run: FreeRun | undefined;
  #training: WatchedTraining | undefined;
  #loaded: Policy | undefined;
  #env: string | EnvironmentSpec | undefined;

  /** Begins a run, which goes on by itself; the one before it, if any, is stopped. */
  async start(options: TrainOptions, { stopAfter = Infinity, isGuarded = false }: StartOptions = {}): Promise<ResolvedConfig> {
    const given = train(options);
    await this.stop();
    const training = options.backend === "auto" ? train({ ...options, backend: (await chooseBackend(options)).backend }) : given;
    this.#training = watch(training, isGuarded ? [nanGuard()] : []);
    this.#run = new FreeRun(this.#training, stopAfter);
    this.#loaded = undefined;
    this.#env = options.env;
    return training.config;
  }

  /** {@link start} from afar. */
  async startPacked({ env, options }: PackedOptions, how: StartOptions = {}): Promise<ResolvedConfig> {
    return this.start({ ...options, env: await unpack(env) } as TrainOptions, how);
  }

  /** See {@link FreeRun.take}. */
  async take(): Promise<readonly Metrics[]> {
    return this.#running().take();
  }

  async pause(): Promise<void> {
    await this.#run?.pause();
  }

  async resume(): Promise<void> {
    this.#run?.resume();
  }

  async stop(): Promise<void> {
    await this.#run?.stop();
  }

  /** Why a guarded run was given up; undefined if it wasn't. */
  async diverged(): Promise<string | undefined> {
    const end = this.#training?.end;
    return end?.kind === "diverged" ? end.reason : undefined;
  }

  /** The lanes of the run, handed over. */
  async columns(): Promise<LaneColumns | undefined> {
    const run = this.#running();
    const columns = await run.between(() => run.training.columns());
    return columns && transfer(columns, buffersOf(columns));
  }

  /** Puts a policy in the run's place. */
  async load(file: Uint8Array): Promise<void> {
    const policy = await loadPolicy(file);
    await this.stop();
    this.#run = undefined;
    this.#loaded = policy;
    this.#env = undefined;
  }

  /** The policy's file, handed over. */
  async policyBytes(): Promise<Uint8Array> {
    const bytes = await (await this.#policy()).bytes();
    return transfer(bytes, [bytes.buffer as ArrayBuffer]);
  }

  async evaluate(options: EvaluateOptions): Promise<Evaluation> {
    return evaluate(await this.#policy(), { ...(this.#env !== undefined && { env: this.#env }), ...options });
  }

  async #policy(): Promise<Policy> {
    if (this.#loaded) return this.#loaded;
    const run = this.#running();
    return run.between(() => run.training.policy());
  }

  #running(): FreeRun {
    if (!this.#run) throw new Error("nothing was started: call start(options) first");
    return this.#run;
  }
}
