/** What a run is told: its task, the options of every run, and those of its algorithm, checked and with nothing left open. */
import type { Algorithm } from "../algos/algorithm.js";
import { algorithmOf } from "../algos/own.js";
import { type AlgorithmId, algorithms } from "../algos/registry.js";
import { choice, type Fields, integer, type OptionsOf, resolveOptions } from "../core/options.js";
import type { Source } from "../core/source.js";
import { type EnvironmentId, environmentOf } from "../envs/registry.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import { BACKENDS, type BackendName, KERNELS, type KernelChoice, MOST_THREADS } from "../nn/backend.js";
import type { Policy } from "../policy/policy.js";
import type { CheckpointOptions } from "./checkpoints/checkpoints.js";
import { presetFor } from "./presets.js";

/** Options that every algorithm takes. */
export const runFields = {
  seed: integer(0, "decides everything random in the run", { min: 0, max: 2 ** 32 - 1 }),
  totalSteps: integer(100_000, "environment steps to take, all environments together"),
  backend: choice("wasm", [...BACKENDS, "auto"], "what TensorFlow.js runs on; auto tries wasm and webgpu, and goes on with the faster"),
  kernels: choice("lanewise", KERNELS, "whose kernels the wasm backend runs: ours, or stock TensorFlow.js"),
  threads: integer(1, "how many threads share the work of an update, where they can share memory; results don't depend on it", {
    max: MOST_THREADS,
  }),
};

/** What a run is of. */
interface Task<A> {
  readonly algo: A;
  /** The id of an environment, or the spec of one of your own. */
  readonly env: EnvironmentId | EnvironmentSpec;
  /** A policy whose parameters the run begins with, or where its file is; its network must be the run's. */
  readonly initialPolicy?: Policy | Source;
  /** Where the run leaves checkpoints, and how often; none unless given. They don't change what it learns. */
  readonly checkpoint?: CheckpointOptions;
  /**
   * The URL of a folder with the package's .wasm files, for code that was bundled without them; from then on for all that this thread
   * loads. In a page relative to it.
   */
  readonly wasmUrl?: string | URL;
}

/** Everything a run can be told: its task, the options of every run, and those of the algorithm. */
export type TrainOptions = {
  [A in AlgorithmId]: Task<A> & Partial<OptionsOf<typeof runFields>> & Partial<OptionsOf<(typeof algorithms)[A]["fields"]>>;
}[AlgorithmId];

/** The same for an algorithm of your own. */
export type OwnTrainOptions<F extends Fields> = Task<Algorithm<string, F>> & Partial<OptionsOf<typeof runFields>> & Partial<OptionsOf<F>>;

/** A run's options with nothing left open. */
export interface ResolvedConfig {
  readonly algo: AlgorithmId;
  /** The environment's id. */
  readonly env: string;
  readonly seed: number;
  readonly totalSteps: number;
  /** "auto" until the run has chosen. */
  readonly backend: BackendName | "auto";
  readonly kernels: KernelChoice;
  readonly threads: number;
  /** Where the run's first parameters come from, if they aren't drawn: a file's name, or a policy's checksum. */
  readonly initialPolicy?: string;
  /** The algorithm's options. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Checks options and fills in presets and defaults. */
export function resolveConfig(all: TrainOptions | OwnTrainOptions<Fields>): ResolvedConfig {
  const { algo: chosen, env, initialPolicy, checkpoint: _, wasmUrl: __, ...given } = all;
  const algorithm = algorithmOf(chosen);
  const algo = algorithm.id as AlgorithmId;
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
