/**
 * The files that a run leaves behind, and how they are written: under a temporary name, then renamed, so that a reader
 * never sees half a file.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { now as steadyNow } from "../core/clock.js";
import { writeFailure } from "../core/errors.js";

/** The files in the folder of a run. */
export const ARTIFACT = {
  /** All that was asked for: algorithm, environment, seed, every option, versions. */
  config: "config.json",
  /** One line of metrics for each iteration. */
  progress: "progress.jsonl",
  policy: "policy.safetensors",
  /** The policy of the best evaluation during the run, if there were any. */
  best: "best.safetensors",
  /** The same metrics as a table. */
  csv: "progress.csv",
  /** The environment's module, if it isn't one of ours. */
  environment: "environment.wasm",
  /** Written last: the run's figures in one object. */
  result: "result.json",
  curve: "curve.svg",
  /** A folder of its own. */
  checkpoints: "checkpoints",
} as const;

/** The object in result.json: a run's figures. Fields that don't apply are left out. */
export interface RunResult {
  readonly algo: string;
  readonly env: string;
  /** Of the training. */
  readonly seed: number;
  /** Environment steps that the policy was trained for. */
  readonly steps: number;
  readonly wallSeconds?: number;
  readonly stepsPerSecond?: number;
  readonly evalMeanReturn?: number;
  readonly evalStdReturn?: number;
  readonly evalEpisodes?: number;
  /** Of the evaluations during the run, the best one's mean return, and the environment steps before it. */
  readonly bestMeanReturn?: number;
  readonly bestSteps?: number;
  /** Why the run ended before its steps were done, if it wasn't a signal. */
  readonly stopped?: string;
  readonly weightsSha256: string;
  /** The folder of the run. */
  readonly dir: string;
}

/** A journal is published at most once in so many milliseconds, and for at most this share of the time. */
const PUBLISH_INTERVAL = 1000;
const PUBLISH_SHARE = 0.02;

/** A file of lines that grows. */
export interface Journal {
  append(line: string): void;
  /** Publishes all lines. */
  close(): void;
}

/** Writes a file so that it is seen either as it was or as it shall be, never in between, even if the power fails or the disk is full. */
export function writeAtomically(path: string, contents: string | Uint8Array): void {
  replace(path, (temporary) => writeFileSync(temporary, contents, { flush: true }));
}

/** Adds to a file, as a whole: where that fails, it stays as it was. */
export function append(path: string, contents: string | Uint8Array): void {
  naming(path, () => {
    const file = openSync(path, "a");
    try {
      appendWhole(file, contents, fstatSync(file).size);
    } finally {
      closeSync(file);
    }
  });
}

/** @param size of the open file as it is */
function appendWhole(file: number, contents: string | Uint8Array, size: number): void {
  try {
    writeFileSync(file, contents);
  } catch (error) {
    ftruncateSync(file, size);
    throw error;
  }
}

/** Has a file made under another name, which then takes the place of `path`; where that fails, `path` stays as it was and nothing is left behind. */
function replace(path: string, make: (temporary: string) => void): void {
  const temporary = temporaryName(path);
  try {
    naming(path, () => {
      make(temporary);
      renameSync(temporary, path);
    });
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Does something for a file, by whose name a failure goes. */
function naming<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw writeFailure(path, error);
  }
}

/**
 * Opens a journal at `path`. Lines go to a hidden file at once, so that a crash loses none; whole copies of it replace
 * `path` at intervals.
 * @param known lines that it begins with, which `path` holds already
 * @param now the clock, in milliseconds
 */
export function openJournal(path: string, known: readonly string[] = [], now: () => number = steadyNow): Journal {
  const live = temporaryName(path, "live");
  const file = naming(path, () => openSync(live, "w"));
  let due = -Infinity;
  /** Bytes of whole lines. */
  let size = 0;

  function write(lines: readonly string[]): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    naming(path, () => appendWhole(file, bytes, size));
    size += bytes.length;
  }

  function publish(): void {
    const start = now();
    replace(path, (copy) => copyFileSync(live, copy));
    due = now() + Math.max(PUBLISH_INTERVAL, (now() - start) / PUBLISH_SHARE);
  }
  try {
    write(known);
  } catch (error) {
    closeSync(file);
    rmSync(live, { force: true });
    throw error;
  }
  return {
    append(line) {
      write([line]);
      if (now() >= due) publish();
    },
    close() {
      closeSync(file);
      naming(path, () => renameSync(live, path));
    },
  };
}

/** The whole lines that processes which are gone left in a journal: of all its forms, the one with the most. */
export function recoverLines(path: string): string[] {
  const forms = leftovers(dirname(path)).filter((name) => name.startsWith(`.${basename(path)}.`) && name.endsWith(".live"));
  const files = [path, ...forms.map((name) => join(dirname(path), name))].filter((file) => existsSync(file));
  const linesOf = (file: string) => readFileSync(file, "utf8").split("\n").slice(0, -1);
  return files.map(linesOf).reduce((most, lines) => (lines.length > most.length ? lines : most), []);
}

/** Names of the files that were being written in a folder when a process ended. Those of the living are among them. */
export function leftovers(folder: string): string[] {
  return readdirSync(folder).filter((name) => /^\..+\.\d+\.(tmp|live)$/.test(name));
}

/** A hidden name beside `path` that no other process uses. */
export function temporaryName(path: string, use = "tmp"): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${use}`);
}
