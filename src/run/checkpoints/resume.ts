/** Runs that go on from a checkpoint, as if they had never been interrupted. */
import { ensure, UsageError } from "../../core/errors.js";
import { environmentOf } from "../../envs/registry.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import { type ResolvedConfig, resolveConfig, type TrainOptions } from "../config.js";
import { goOn, type Training, train } from "../train.js";
import { type CheckpointOptions, checkpointsIn } from "./checkpoints.js";
import { type Checkpoint, DamagedCheckpoint, decodeCheckpoint } from "./file.js";
import { configDifferences, environmentDifferences, flat, versionDifferences } from "./header.js";
import { type CheckpointStore, folderStore } from "./store.js";

/** What a run that goes on is held to. */
export interface ResumeOptions {
  /** The environment, if it is one of your own that isn't registered. */
  readonly env?: string | EnvironmentSpec;
  /** Options that the run must have been started with; it is refused if one was another. */
  readonly expected?: Partial<TrainOptions>;
  /** Checkpoints to come, in the same store; none unless given. */
  readonly checkpoint?: Omit<CheckpointOptions, "store">;
  /** Takes notes: which checkpoint was damaged, what one did not hold. console.warn unless given. */
  readonly warn?: (note: string) => void;
}

/**
 * Goes on from the newest checkpoint that is whole; the run ends with the same weights as one that was never interrupted. Throws a UsageError
 * where no checkpoint is whole, or where the newest is of another version, environment or configuration.
 * @param source the folder of checkpoints, or the store
 */
export async function resume(source: string | CheckpointStore, options: ResumeOptions = {}): Promise<Training> {
  const { env, expected = {}, checkpoint, warn = console.warn } = options;
  const store = typeof source === "string" ? folderStore(source) : source;
  const found = await newestIn(store, warn);
  const { name, header, state } = found;
  refuse(name, "another version", versionDifferences(header));
  const spec = environmentOf(env ?? expected.env ?? header.config.env);
  refuse(name, "another environment", environmentDifferences(header.environment, spec));
  ensureSameRun(name, header.config, { ...expected, env: spec } as Partial<TrainOptions>);
  for (const part of state.omitted) {
    warn(`lanewise: ${name} does not hold the ${part}: the run fills it again, and does not end as one that was never interrupted`);
  }
  return goOn(found, spec, checkpoint && { ...checkpoint, store });
}

/** {@link resume}; but a run that was killed before its first checkpoint begins again, which comes to the same. */
export async function resumeOrRestart(
  config: ResolvedConfig,
  {
    expected,
    checkpoint,
    warn,
  }: { readonly expected: Partial<TrainOptions>; readonly checkpoint: CheckpointOptions; readonly warn: (note: string) => void },
): Promise<Training> {
  const { store: source, ...others } = checkpoint;
  const store = typeof source === "string" ? folderStore(source) : source;
  ensureSameRun(store.name, config, expected);
  if ((await checkpointsIn(store)).length === 0) return train({ ...flat(config), checkpoint } as TrainOptions);
  return resume(store, { expected: flat(config) as Partial<TrainOptions>, checkpoint: others, warn });
}

/** Refuses options other than those that a run was started with. */
function ensureSameRun(name: string, config: ResolvedConfig, expected: Partial<TrainOptions>): void {
  const { algo = config.algo } = expected;
  if (algo !== config.algo) refuse(name, "another run", [`algo ("${config.algo}" there, "${algo}" here)`]);
  const chosen = expected.backend === "auto" && { backend: config.backend };
  const wanted = resolveConfig({ ...flat(config), ...expected, ...chosen } as TrainOptions);
  refuse(name, "another configuration", configDifferences(config, wanted));
}

/** The newest checkpoint that is whole; says of those after it that they aren't. */
export async function newestIn(store: CheckpointStore, warn: (note: string) => void): Promise<Checkpoint & { readonly name: string }> {
  const names = await checkpointsIn(store);
  ensure(names.length > 0, () => `${store.name} holds no checkpoint`);
  const complaints: string[] = [];
  for (const name of names) {
    try {
      const checkpoint = await decodeCheckpoint(await store.read(name));
      for (const complaint of complaints) warn(`lanewise: ${complaint}; going on from ${name}`);
      return { ...checkpoint, name };
    } catch (error) {
      if (!(error instanceof DamagedCheckpoint)) throw error;
      complaints.push(`${name} is damaged (${error.message})`);
    }
  }
  throw new UsageError(`no checkpoint in ${store.name} is whole: ${complaints.join("; ")}`);
}

function refuse(name: string, what: string, differences: readonly string[]): void {
  ensure(differences.length === 0, () => `${name} is of ${what}: ${differences.join(", ")}`);
}
