/** Runs as their folders tell them. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { ensure, UsageError } from "../../core/errors.js";
import { ARTIFACT, type RunResult } from "../artifacts.js";
import type { CurvePoint } from "../curve.js";
import type { HostDescription } from "../host.js";
import { type LogRecord, recordOf } from "../logs/log.js";
import type { ResolvedConfig } from "../train.js";

/** The folder of a run, read. */
export interface RecordedRun {
  readonly dir: string;
  readonly config: ResolvedConfig;
  /** As far as it is known. */
  readonly host: Partial<HostDescription>;
  /** Iteration by iteration. */
  readonly records: readonly LogRecord[];
  /** Undefined while the run goes on, and for one that was killed. */
  readonly result: RunResult | undefined;
  /** The path of a file of the folder, if that is there. */
  file(name: keyof typeof ARTIFACT): string | undefined;
}

/** Reads the run in a folder, or those in its folders; a UsageError says why there is none. */
export function readRuns(dir: string): RecordedRun[] {
  ensure(statSync(dir, { throwIfNoEntry: false })?.isDirectory() === true, () => `there is no folder ${dir}; give the folder of a run`);
  if (existsSync(join(dir, ARTIFACT.config))) return [readRun(dir)];
  const inner = readdirSync(dir, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const dirs = inner.map(({ name }) => join(dir, name)).filter((path) => existsSync(join(path, ARTIFACT.config)));
  ensure(dirs.length > 0, () => `${dir} holds no ${ARTIFACT.config}, nor does a folder in it; give the folder of a run`);
  return dirs.toSorted().map(readRun);
}

function readRun(dir: string): RecordedRun {
  const file = (name: keyof typeof ARTIFACT) => {
    const path = join(dir, ARTIFACT[name]);
    return existsSync(path) ? path : undefined;
  };
  const [progress, result] = [file("progress"), file("result")];
  ensure(progress !== undefined, () => `${dir} holds no ${ARTIFACT.progress}: its run has no iteration yet`);
  const { host = {}, ...resolved } = read(join(dir, ARTIFACT.config), parseConfig);
  const lines = (text: string) => text.split("\n").filter(Boolean).map(recordOf);
  return { dir, config: resolved, host, records: read(progress, lines), result: result && read(result, (text) => JSON.parse(text)), file };
}

function parseConfig(text: string): ResolvedConfig & { readonly host?: HostDescription } {
  const config = JSON.parse(text);
  const isConfig = ["algo", "env"].every((name) => typeof config?.[name] === "string") && typeof config.options === "object";
  if (!isConfig) throw new TypeError("it names no algorithm, environment and options");
  return config;
}

function read<T>(path: string, parse: (text: string) => T): T {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UsageError(`can't read ${path}: ${(error as Error).message}`, { cause: error });
  }
}

/** The points of a metric, by the name that logs have for it. */
export function curveOf({ records }: RecordedRun, name: string): CurvePoint[] {
  return records.flatMap(({ steps, [name]: value }) => (value === undefined ? [] : [{ steps, meanReturn: value }]));
}

/** Runs that differ in their seeds alone. */
export interface RunGroup {
  readonly env: string;
  /** The algorithm and, where others have the same, the options that tell them apart. */
  readonly name: string;
  readonly runs: readonly RecordedRun[];
}

/** Runs grouped by all but their seeds, in the order in which they are given. */
export function groupsOf(runs: readonly RecordedRun[]): RunGroup[] {
  const byConfig = new Map<string, RecordedRun[]>();
  for (const run of runs) {
    const key = JSON.stringify(sorted(settingsOf(run)));
    byConfig.set(key, [...(byConfig.get(key) ?? []), run]);
  }
  const groups = [...byConfig.values()];
  return groups.map((members) => {
    const { config } = members[0] as RecordedRun;
    const rivals = groups.flatMap(([other]) =>
      other && other.config.env === config.env && other.config.algo === config.algo ? [other] : [],
    );
    return { env: config.env, name: [config.algo, ...differencesOf(rivals, members[0] as RecordedRun)].join(", "), runs: members };
  });
}

/** "learningRate 0.001", for every setting in which a run differs from any of the others. */
function differencesOf(rivals: readonly RecordedRun[], run: RecordedRun): string[] {
  return Object.entries(settingsOf(run))
    .filter(([name, value]) => rivals.some((other) => textOf(settingsOf(other)[name]) !== textOf(value)))
    .map(([name, value]) => `${name} ${textOf(value)}`);
}

/** All that a run was told but its seed. */
export function settingsOf({ config }: RecordedRun): Readonly<Record<string, unknown>> {
  const { seed: _, options, ...others } = config;
  return { ...others, ...options };
}

function sorted(settings: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(settings).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** A setting as text. */
export function textOf(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}
