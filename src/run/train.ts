/** Training: options in, an asynchronous stream of metrics out, and the trained policy at any time. */
import type { Algorithm, Learner, Stage } from "../algos/algorithm.js";
import { type AlgorithmId, algorithms } from "../algos/registry.js";
import { ensure, lookUp } from "../core/errors.js";
import type { Metrics } from "../core/metrics.js";
import { choice, type Fields, integer, type OptionsOf, resolveOptions } from "../core/options.js";
import { checkSeed } from "../core/seeds.js";
import type { Source } from "../core/source.js";
import { closable } from "../envs/custom.js";
import { type EnvironmentId, environmentOf } from "../envs/registry.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import { BACKENDS, type BackendName, KERNELS, type KernelChoice, MOST_THREADS, startBackend } from "../nn/backend.js";
import type { Policy } from "../policy/policy.js";
import { headerOf, policyOf } from "./export.js";
import { InitialPolicy } from "./initial-policy.js";
import { type LaneColumns, laneColumns } from "./lane-columns.js";
import { presetFor } from "./presets.js";

/** Options that every algorithm takes. */
export const runFields = {
  seed: integer(0, "decides everything random in the run", { min: 0, max: 2 ** 32 - 1 }),
  totalSteps: integer(100_000, "environment steps to take, all environments together"),
  backend: choice("wasm", BACKENDS, "what TensorFlow.js runs on"),
  kernels: choice("lanewise", KERNELS, "whose kernels the wasm backend runs: ours, or stock TensorFlow.js"),
  threads: integer(1, "how many threads share the work of an update, where they can share memory; results don't depend on it", {
    max: MOST_THREADS,
  }),
};

/** What a run is of. */
interface Task<A extends AlgorithmId> {
  readonly algo: A;
  /** The id of an environment, or the spec of one of your own. */
  readonly env: EnvironmentId | EnvironmentSpec;
  /** A policy whose parameters the run begins with, or where its file is; its network must be the run's. */
  readonly initialPolicy?: Policy | Source;
}

/** Everything a run can be told: its task, the options of every run, and those of the algorithm. */
export type TrainOptions = {
  [A in AlgorithmId]: Task<A> & Partial<OptionsOf<typeof runFields>> & Partial<OptionsOf<(typeof algorithms)[A]["fields"]>>;
}[AlgorithmId];

/** A run's options with nothing left open. */
export interface ResolvedConfig {
  readonly algo: AlgorithmId;
  /** The environment's id. */
  readonly env: string;
  readonly seed: number;
  readonly totalSteps: number;
  readonly backend: BackendName;
  readonly kernels: KernelChoice;
  readonly threads: number;
  /** Where the run's first parameters come from, if they aren't drawn: a file's name, or a policy's checksum. */
  readonly initialPolicy?: string;
  /** The algorithm's options. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Yields metrics after each iteration; leaving the loop stops the run cleanly. */
export interface Training extends AsyncIterableIterator<Metrics, void, undefined> {
  readonly config: ResolvedConfig;
  /** The policy as it now is: during the run, after leaving it, and after its end. */
  policy(): Promise<Policy>;
  /** The lanes as they now stand and what they last did; undefined unless the run is under way, and for algorithms without lanes. */
  columns(): LaneColumns | undefined;
}

/**
 * Trains an algorithm on an environment. Options not given come from the preset of the pair, then from the algorithm's defaults.
 * Throws a UsageError at once if they can't be right.
 */
export function train(options: TrainOptions): Training {
  return new Run(resolveConfig(options), environmentOf(options.env), options.initialPolicy);
}

/** Checks options and fills in presets and defaults. */
export function resolveConfig({ algo, env, initialPolicy, ...given }: TrainOptions): ResolvedConfig {
  const algorithm = lookUp<Algorithm>("algorithm", algorithms, algo);
  const spec = environmentOf(env);
  const { totalSteps, ...preset } = presetFor(algo, spec.id);
  const isRunOption = (name: string) => Object.hasOwn(runFields, name);
  const run = resolveOptions("a run", runFields, totalSteps ? { totalSteps } : {}, pick(given, isRunOption));
  const options = resolveOptions(
    algo,
    algorithm.fields,
    preset,
    pick(given, (name) => !isRunOption(name)),
  );
  algorithm.check(options, spec);
  return { algo, env: spec.id, ...run, ...(initialPolicy !== undefined && { initialPolicy: nameOf(initialPolicy) }), options };
}

class Run implements Training {
  readonly #iterations: AsyncGenerator<Metrics, void, undefined>;
  #learner: Learner | undefined;
  #stage: Stage | undefined;
  #final: Policy | undefined;
  #steps = 0;

  constructor(
    readonly config: ResolvedConfig,
    readonly spec: EnvironmentSpec,
    readonly initialPolicy: Policy | Source | undefined,
  ) {
    checkSeed(config.seed);
    this.#iterations = this.#iterate();
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
    if (this.#final) return this.#final;
    ensure(this.#learner !== undefined, () => "there is no policy yet: take a first step of the training loop");
    return this.#export(this.#learner);
  }

  columns(): LaneColumns | undefined {
    return this.#stage && laneColumns(this.#stage);
  }

  async *#iterate(): AsyncGenerator<Metrics, void, undefined> {
    const { algo, seed, totalSteps, options } = this.config;
    const initial = this.initialPolicy === undefined ? undefined : await InitialPolicy.from(this.initialPolicy);
    const started = await startBackend(this.config.backend, this.config.kernels, this.config.threads);
    const backend = initial ? { ...started, initialValues: initial.values } : started;
    const environment = closable(this.spec);
    try {
      const algorithm: Algorithm = algorithms[algo];
      const watch = (stage: Stage) => {
        this.#stage = stage;
      };
      const session = { spec: environment.spec, given: this.spec, backend, seed, totalSteps, watch };
      const learner = await algorithm.create(session, options);
      initial?.complete(learner, headerOf(learner, this.spec, this.config, 0), backend);
      this.#learner = learner;
      yield* this.#reports(learner);
    } finally {
      this.#stage = undefined;
      if (this.#learner) this.#final = await this.#export(this.#learner);
      backend.dispose();
      await environment.close();
    }
  }

  #export(learner: Learner): Promise<Policy> {
    return policyOf(learner, this.spec, this.config, this.#steps);
  }

  async *#reports(learner: Learner): AsyncGenerator<Metrics, void, undefined> {
    const start = performance.now();
    let iteration = 0;
    for await (const { steps, episodes, scalars } of learner.learn()) {
      this.#steps = steps;
      const seconds = (performance.now() - start) / 1000;
      yield {
        iteration: ++iteration,
        steps,
        totalSteps: this.config.totalSteps,
        episodes: episodes.episodes,
        meanReturn: episodes.meanReturn,
        meanLength: episodes.meanLength,
        seconds,
        stepsPerSecond: steps / seconds,
        ...scalars,
      };
    }
  }
}

function nameOf(source: Policy | Source): string {
  if (typeof source === "string" || source instanceof URL) return String(source);
  return "sha256" in source ? source.sha256 : "a file in memory";
}

function pick(given: Readonly<Record<string, unknown>>, wanted: (name: string) => boolean): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => wanted(name) && value !== undefined));
}

/** The description of every option that a run of the algorithm takes. */
export function fieldsOf(algo: AlgorithmId): Fields {
  return { ...runFields, ...algorithms[algo].fields };
}
