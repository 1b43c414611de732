/** What a checkpoint says about its run, and in what a run may differ from it. */
import { VERSION } from "../../core/version.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import { spaceToJson } from "../../policy/encode.js";
import type { ResolvedConfig } from "../config.js";

export interface CheckpointHeader {
  /** Of the file. */
  readonly formatVersion: number;
  /** The version of lanewise that wrote it. */
  readonly lanewise: string;
  readonly config: ResolvedConfig;
  readonly environment: EnvironmentTraits;
  readonly iteration: number;
  readonly steps: number;
  /** Mean return of the latest episodes; null before the first one ended. */
  readonly meanReturn: number | null;
  /** The largest mean return of this checkpoint and those before it; null if none has one. */
  readonly best: number | null;
}

/** What of an environment a checkpoint relies on. */
export interface EnvironmentTraits {
  readonly id: string;
  readonly timeLimit: number;
  readonly observationSpace: unknown;
  readonly actionSpace: unknown;
}

export const FORMAT_VERSION = 1;

export function traitsOf({ id, timeLimit, observationSpace, actionSpace }: EnvironmentSpec): EnvironmentTraits {
  return { id, timeLimit, observationSpace: spaceToJson(observationSpace), actionSpace: spaceToJson(actionSpace) };
}

/** Versions in which this program differs from the one that wrote a checkpoint, each as "name: there, here". */
export function versionDifferences({ formatVersion, lanewise }: CheckpointHeader): string[] {
  return differences({ formatVersion, lanewise }, { formatVersion: FORMAT_VERSION, lanewise: VERSION });
}

/** Where two configurations differ, option by option. */
export function configDifferences(saved: ResolvedConfig, other: ResolvedConfig): string[] {
  return differences(flat(saved), flat(other));
}

export function environmentDifferences(saved: EnvironmentTraits, spec: EnvironmentSpec): string[] {
  return differences(saved, traitsOf(spec));
}

/** A configuration with the algorithm's options among the others. */
export function flat({ options, ...config }: ResolvedConfig): Record<string, unknown> {
  return { ...config, ...options };
}

/** Fields of the one or the other, in which both differ. */
function differences(saved: object, here: object): string[] {
  const [a, b] = [saved, here] as [Record<string, unknown>, Record<string, unknown>];
  const show = (value: unknown) => (value === undefined ? "none" : JSON.stringify(value));
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((name) => show(a[name]) !== show(b[name]));
  return names.map((name) => `${name} (${show(a[name])} there, ${show(b[name])} here)`);
}
