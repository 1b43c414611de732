/** Training: options in, an asynchronous stream of metrics out, and the trained policy at any time. */
import type { Algorithm, Learner, Stage } from "../algos/algorithm.js";
import { algorithms } from "../algos/registry.js";
import { now } from "../core/clock.js";
import { ensure } from "../core/errors.js";
import type { Metrics } from "../core/metrics.js";
import type { Fields } from "../core/options.js";
import type { RunState } from "../core/run-state.js";
import { checkSeed } from "../core/seeds.js";
import type { Source } from "../core/source.js";
import { VERSION } from "../core/version.js";
import { closable } from "../envs/custom.js";
import { environmentOf } from "../envs/registry.js";
import type { EnvironmentSpec, HostedSpec } from "../envs/spec.js";
import { type BackendName, startBackend } from "../nn/backend.js";
import type { Policy } from "../policy/policy.js";
import { setWasmUrl } from "../wasm/modules.js";
import { fastestBackend } from "./backend-choice.js";
import { type CheckpointOptions, Checkpoints } from "./checkpoints/checkpoints.js";
import type { Checkpoint } from "./checkpoints/file.js";
import { FORMAT_VERSION, traitsOf } from "./checkpoints/header.js";
import { type OwnTrainOptions, type ResolvedConfig, resolveConfig, type TrainOptions } from "./config.js";
import { headerOf, policyOf } from "./export.js";
import { InitialPolicy } from "./initial-policy.js";
import { type LaneColumns, laneColumns } from "./lane-columns.js";
import type { ResumedAt, Training } from "./training.js";

export type { ResolvedConfig, TrainOptions } from "./config.js";
export type { ResumedAt, Training } from "./training.js";

/**
 * Trains an algorithm on an environment. Options not given come from the preset of the pair, then from the algorithm's defaults.
 * Throws a UsageError at once if they can't be right.
 */
export function train(options: TrainOptions): Training;
/** Trains an algorithm of your own, which {@link defineAlgorithm} describes. */
export function train<F extends Fields>(options: OwnTrainOptions<F>): Training;
export function train(options: TrainOptions | OwnTrainOptions<Fields>): Training {
  const { initialPolicy, checkpoint, wasmUrl } = options;
  setWasmUrl(wasmUrl);
  return new Run(resolveConfig(options), environmentOf(options.env), { initialPolicy, checkpoint });
}

/** The run that left a checkpoint, from there on. Both belong together: see checkpoints/resume.ts. */
export function goOn(saved: Checkpoint, spec: EnvironmentSpec, checkpoint: CheckpointOptions | undefined): Training {
  return new Run(saved.header.config, spec, { saved, checkpoint });
}

/** How a run begins, and what it leaves. */
interface RunParts {
  readonly initialPolicy?: Policy | Source | undefined;
  readonly saved?: Checkpoint;
  readonly checkpoint?: CheckpointOptions | undefined;
}

class Run implements Training {
  readonly #iterations: AsyncGenerator<Metrics, void, undefined>;
  #checkpoints: Checkpoints | undefined;
  #config: ResolvedConfig;
  #learner: Learner | undefined;
  #stage: Stage | undefined;
  /** The policy of the run that this one goes on with. */
  #earlier: Policy | undefined;
  /** The policy of a run that is over, or the error that it couldn't be made for. */
  #final: (() => Policy) | undefined;
  #done = { iteration: 0, steps: 0, seconds: 0 };

  constructor(
    config: ResolvedConfig,
    readonly spec: EnvironmentSpec,
    readonly parts: RunParts,
  ) {
    this.#config = config;
    checkSeed(config.seed);
    const { checkpoint, saved } = parts;
    if (checkpoint) ensure(!("whyNoState" in spec), () => `no checkpoint can be taken of ${spec.id}: ${(spec as HostedSpec).whyNoState}`);
    this.#checkpoints = checkpoint && new Checkpoints(checkpoint, saved?.header.best);
    this.#iterations = this.#iterate();
  }

  get config(): ResolvedConfig {
    return this.#config;
  }

  get resumedAt(): ResumedAt | undefined {
    const { iteration = 0, steps = 0 } = this.parts.saved?.header ?? {};
    return this.parts.saved && { iteration, steps, policy: this.#earlier };
  }

  next(): Promise<IteratorResult<Metrics, void>> {
    return this.#iterations.next();
  }

  return(): Promise<IteratorResult<Metrics, void>> {
    return this.#iterations.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async policy(): Promise<Policy> {
    if (this.#final) return this.#final();
    ensure(this.#learner !== undefined, () => "there is no policy yet: take a first step of the training loop");
    return this.#export(this.#learner);
  }

  columns(): LaneColumns | undefined {
    return this.#stage && laneColumns(this.#stage);
  }

  abandon(): void {
    this.#checkpoints = undefined;
  }

  async *#iterate(): AsyncGenerator<Metrics, void, undefined> {
    const { algo, seed, totalSteps, options } = this.config;
    const { initialPolicy, saved } = this.parts;
    const initial = initialPolicy === undefined ? undefined : await InitialPolicy.from(initialPolicy);
    const started = await startBackend(await this.#backend(), this.config.kernels, this.config.threads);
    const backend = initial ? { ...started, initialValues: initial.values } : started;
    const { state } = backend;
    const environment = closable(this.spec);
    try {
      if (saved) state.resumeFrom(saved.state);
      const algorithm: Algorithm = algorithms[algo];
      const watch = (stage: Stage) => {
        this.#stage = stage;
      };
      const session = { spec: environment.spec, given: this.spec, backend, seed, totalSteps, watch };
      const learner = await algorithm.create(session, options);
      initial?.complete(learner, headerOf(learner, this.spec, this.config, 0), backend);
      this.#done = state.numbers("run", this.#done);
      await state.begin();
      this.#checkpoints?.warnOfOmissions(state);
      this.#learner = learner;
      if (saved) this.#earlier = await this.#export(learner);
      yield* this.#reports(learner, state);
    } finally {
      this.#stage = undefined;
      if (this.#learner) this.#final = await this.#export(this.#learner).then(given, thrown);
      backend.dispose();
      await environment.close();
    }
  }

  async #backend(): Promise<BackendName> {
    const { backend } = this.config;
    if (backend !== "auto") return backend;
    const chosen = (await fastestBackend(this.config, this.spec)).backend;
    this.#config = { ...this.config, backend: chosen };
    return chosen;
  }

  #export(learner: Learner): Promise<Policy> {
    return policyOf(learner, this.spec, this.config, this.#done.steps);
  }

  async *#reports(learner: Learner, state: RunState): AsyncGenerator<Metrics, void, undefined> {
    const done = this.#done;
    const start = now() - 1000 * done.seconds;
    for await (const { steps, episodes, scalars } of learner.learn()) {
      state.ensureComplete();
      const isDue = this.#checkpoints?.isDue(done.steps, steps);
      done.iteration++;
      done.steps = steps;
      done.seconds = (now() - start) / 1000;
      const { meanReturn, meanLength } = episodes;
      const { iteration, seconds } = done;
      const general = { iteration, steps, totalSteps: this.config.totalSteps, episodes: episodes.episodes, meanReturn, meanLength };
      let isLeft = true;
      try {
        yield { ...general, seconds, stepsPerSecond: steps / seconds, ...scalars };
        isLeft = false;
      } finally {
        if (isDue || isLeft) await this.#save(meanReturn, state);
      }
    }
  }

  /** Leaves a checkpoint, if the run leaves any and all that it learned is finite: after its metrics were taken, so that nobody's record lacks what a resumed run doesn't repeat. */
  async #save(meanReturn: number, state: RunState): Promise<void> {
    const { iteration, steps } = this.#done;
    const environment = traitsOf(this.spec);
    const about = { iteration, steps, meanReturn: Number.isNaN(meanReturn) ? null : meanReturn };
    const header = { formatVersion: FORMAT_VERSION, lanewise: VERSION, config: this.config, environment, ...about };
    await this.#checkpoints?.save(header, state);
  }
}

function given<T>(value: T): () => T {
  return () => value;
}

function thrown(error: unknown): () => never {
  return () => {
    throw error;
  };
}
