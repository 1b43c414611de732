/** What finished runs came to, in a folder: a file for each, written when it is done, so that nothing is trained twice. */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { writeAtomically } from "../artifacts.js";
import type { FinishedRun } from "../fleet.js";
import type { ResolvedConfig } from "../train.js";

/** A finished run, without its curve. */
export type Trial = Omit<FinishedRun, "curve">;

export interface TrialStore {
  /** The run of that name, if it is there and was of the same configuration and as many evaluation episodes. */
  find(name: string, config: ResolvedConfig, episodes: number): Trial | undefined;
  save(name: string, run: FinishedRun): void;
}

/** Opens the folder, which is made if it isn't there. */
export function trialStore(folder: string): TrialStore {
  mkdirSync(folder, { recursive: true });
  const fileOf = (name: string) => `${name}.json`;
  const found = new Set(readdirSync(folder));
  return {
    find(name, config, episodes) {
      if (!found.has(fileOf(name))) return undefined;
      const trial = parse(readFileSync(join(folder, fileOf(name)), "utf8"));
      const wanted = config.backend === "auto" ? { ...config, backend: trial?.config?.backend } : config;
      const fits = trial?.evaluation?.episodes === episodes && JSON.stringify(trial.config) === JSON.stringify(wanted);
      return fits ? trial : undefined;
    },
    save(name, { curve: _, ...trial }) {
      writeAtomically(join(folder, fileOf(name)), `${JSON.stringify(trial)}\n`);
      found.add(fileOf(name));
    },
  };
}

/** A file that isn't ours counts as none. */
function parse(text: string): Trial | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
