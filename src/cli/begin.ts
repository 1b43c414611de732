/** How a run of the command line begins: afresh in a new folder, or where the one in a folder was interrupted. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensure, UsageError } from "../core/errors.js";
import type { Metrics } from "../core/metrics.js";
import { ARTIFACT } from "../run/artifacts.js";
import { metricsOf, recordOf } from "../run/logs/log.js";
import type { ResolvedConfig, Training, TrainOptions } from "../run/train.js";
import { chooseEnvironment } from "./environment.js";
import { openFreshFolder, openRunFolder, type RunFolder, reopenRunFolder } from "./folder.js";
import { describeConfig } from "./result.js";
import { type Checkpointing, checkpointing, checkpointingGiven, type TrainFlags } from "./train-flags.js";

export interface BegunRun {
  readonly training: Training;
  readonly folder: RunFolder;
  /** What was reported before, where a run is resumed. */
  readonly past: readonly Metrics[];
  /** Writes what the folder is to hold from the start. */
  prepare(): void;
}

/** What config.json says, beside the host. */
type Config = ResolvedConfig & { readonly checkpoint?: Checkpointing };

/** Checks everything; nothing has been written when it throws. */
export async function beginRun(algo: string | undefined, env: string | undefined, flags: TrainFlags): Promise<BegunRun> {
  if (flags.resume !== undefined) return resumeRun(flags.resume, algo, env, flags);
  return startRun(...namesOf(algo, env), flags);
}

/** Both, as texts: a new run needs an algorithm and an environment. */
export function namesOf(algo: string | undefined, env: string | undefined): [algo: string, env: string] {
  ensure(algo !== undefined && env !== undefined, () => "name an algorithm and an environment, as in lanewise train ppo CartPole-v1");
  return [algo, env];
}

async function startRun(algo: string, env: string, flags: TrainFlags): Promise<BegunRun> {
  const { id, binary } = await chooseEnvironment(env);
  const modules = [import("../run/train.js"), import("./train-options.js"), import("./backend.js")] as const;
  const [{ train }, { trainOptions }, { withBackend }] = await Promise.all(modules);
  const options = await withBackend(trainOptions(algo, id, flags));
  const kept = checkpointing(flags);
  const { config } = train(options);
  const folder = flags.out === undefined ? openFreshFolder(`runs/${algo}_${id}_${config.seed}`) : openRunFolder(flags.out);
  return {
    training: train(kept ? { ...options, checkpoint: { ...kept, store: checkpointsIn(folder.path) } } : options),
    folder,
    past: [],
    prepare() {
      if (binary) folder.write(ARTIFACT.environment, binary);
      folder.write(ARTIFACT.config, describeConfig(config, kept && { checkpoint: kept }));
    },
  };
}

/** Goes on from the newest checkpoint, or from the start where the run was killed before its first. */
async function resumeRun(dir: string, algo: string | undefined, env: string | undefined, flags: TrainFlags): Promise<BegunRun> {
  ensure(flags.out === undefined, () => "--resume goes on in the folder of the run; leave --out away");
  const { checkpoint: kept, ...config } = configIn(dir);
  ensure(kept !== undefined, () => `${dir} is a run without checkpoints; only one that was started with --checkpoint-every can be resumed`);
  ensureSame(dir, kept, flags);
  ensure(!isFinished(dir, config), () => `${dir} is a run that came to its end; there is nothing to resume`);
  if (existsSync(join(dir, ARTIFACT.environment))) await chooseEnvironment(join(dir, ARTIFACT.environment));
  const [{ resumeOrRestart }, { trainOptions }] = await Promise.all([import("../run/checkpoints/resume.js"), import("./train-options.js")]);
  const expected = { ...trainOptions(config.algo, config.env, flags), ...(algo && { algo }), ...(env && { env }) } as TrainOptions;
  const folder = reopenRunFolder(dir);
  try {
    const warn = (note: string) => void process.stderr.write(`${note}\n`);
    const training = await resumeOrRestart(config, { expected, checkpoint: { ...kept, store: checkpointsIn(dir) }, warn });
    const past = folder
      .recall(training.resumedAt?.iteration ?? 0)
      .map((line) => ({ ...metricsOf(recordOf(line)), totalSteps: config.totalSteps }) as Metrics);
    return { training, folder, past, prepare: () => undefined };
  } catch (error) {
    folder.release();
    throw error;
  }
}

/** Refuses flags about checkpoints that say something else than the run's own. */
function ensureSame(dir: string, kept: Checkpointing, flags: TrainFlags): void {
  for (const [name, { flag, value }] of Object.entries(checkpointingGiven(flags))) {
    const own = kept[name as keyof Checkpointing];
    ensure(value === undefined || value === own, () => `${dir} is a run with ${flag} ${own}, not ${value}; leave the flag away`);
  }
}

function checkpointsIn(folder: string): string {
  return join(folder, ARTIFACT.checkpoints);
}

function configIn(dir: string): Config {
  const file = join(dir, ARTIFACT.config);
  ensure(existsSync(file), () => `${dir} holds no run to resume (there is no ${ARTIFACT.config}); start one with --out ${dir}`);
  const { host: _, ...config } = read(file);
  return config as unknown as Config;
}

function isFinished(dir: string, { totalSteps }: ResolvedConfig): boolean {
  const file = join(dir, ARTIFACT.result);
  return existsSync(file) && Number(read(file)["steps"]) >= totalSteps;
}

function read(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new UsageError(`can't read ${file}: ${(error as Error).message}`, { cause: error });
  }
}
