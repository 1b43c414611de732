/** The folder of a run: found or created, owned by one process, filled, and given up. */
import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { ensure, UsageError } from "../core/errors.js";
import { ARTIFACT, type Journal, leftovers, openJournal, recoverLines, writeAtomically } from "../run/artifacts.js";
import { recordOf } from "../run/logs/log.js";
import { codeOf, ensureUnlocked, LOCK, releaseLock, takeLock, unlessCode } from "./lock.js";
import { abortable } from "./signals.js";

export interface RunFolder {
  readonly path: string;
  /** Replaces the file `name` as a whole. */
  write(name: string, contents: string | Uint8Array): void;
  /** Adds a line to the progress; readers see it a little later, on `release` at the latest. */
  log(line: string): void;
  /** Goes on with the progress that an earlier process left, up to this iteration: returns its lines. */
  recall(iteration: number): readonly string[];
  /** Publishes the progress, to which nothing is added any more: one copy of it remains, which makes room where a disk is full. */
  endLog(): void;
  /** Publishes the progress and gives the folder up. May be called twice. */
  release(): void;
  /** Gives the folder up and removes what it got: for runs that never began. */
  discard(): void;
}

/** The path of the policy in the folder of a run; refuses folders that hold none. */
export function policyIn(folder: string): string {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  ensure(isFolder, () => `there is no folder ${folder}; give the folder of a run, which holds its ${ARTIFACT.policy}`);
  const policy = resolve(folder, ARTIFACT.policy);
  ensure(
    statSync(policy, { throwIfNoEntry: false })?.isFile() === true,
    () => `${folder} holds no ${ARTIFACT.policy}; give the folder of a run`,
  );
  return policy;
}

/** The folder `path`, created if it isn't there; refuses one that is in use or holds anything. */
export function openRunFolder(path: string): RunFolder {
  ensure(path.trim() !== "", () => "the name of the output folder is empty; give one, or leave --out away");
  const created = missingFolders(path);
  return claim(path, created, () => {
    makeFolders(created);
    ensureUnlocked(path);
    ensureEmpty(path);
    return path;
  });
}

/** The folder of a run that was interrupted; refuses one that is in use. What is there stays there. */
export function reopenRunFolder(path: string): RunFolder {
  return claim(path, [], () => path);
}

/** The first of `path`, `path-2`, `path-3`, … that doesn't exist yet, created. */
export function openFreshFolder(path: string): RunFolder {
  const created = missingFolders(dirname(path));
  return claim(path, created, () => {
    makeFolders(created);
    let fresh = path;
    for (let n = 2; !unlessCode("EEXIST", () => mkdirSync(fresh)); n++) fresh = `${path}-${n}`;
    created.unshift(fresh);
    return fresh;
  });
}

/**
 * Creates a folder and locks it; leaves nothing behind where that fails.
 * @param created the folders that `create` makes, innermost first
 */
function claim(path: string, created: readonly string[], create: () => string): RunFolder {
  try {
    const folder = create();
    takeLock(folder);
    return ownedFolder(folder, created);
  } catch (error) {
    removeEmptyFolders(created);
    if (!(error instanceof Error) || codeOf(error) === undefined) throw error;
    throw new UsageError(`cannot write to ${path}: ${error.message.split(",")[0]}`, { cause: error });
  }
}

/** @param created the folders to remove should the run never begin, innermost first */
function ownedFolder(path: string, created: readonly string[]): RunFolder {
  const written = new Set<string>();
  let journal: Journal | undefined;
  let owned = true;

  function endLog(): void {
    const ended = journal;
    journal = undefined;
    ended?.close();
  }

  function release(): void {
    if (!owned) return;
    owned = false;
    try {
      endLog();
    } finally {
      releaseLock(path);
    }
  }
  return {
    path,
    write(name, contents) {
      writeAtomically(join(path, name), contents);
      written.add(name);
    },
    log(line) {
      written.add(ARTIFACT.progress);
      journal ??= openJournal(join(path, ARTIFACT.progress));
      journal.append(line);
    },
    recall(iteration) {
      const file = join(path, ARTIFACT.progress);
      const lines = recoverLines(file);
      const known = lines.slice(0, lines.findLastIndex((line) => isOf(line, iteration)) + 1);
      writeAtomically(file, known.map((line) => `${line}\n`).join(""));
      for (const name of leftovers(path)) rmSync(join(path, name), { force: true });
      journal = openJournal(file, known);
      return known;
    },
    endLog,
    release,
    discard() {
      release();
      for (const name of written) rmSync(join(path, name), { force: true });
      removeEmptyFolders(created);
    },
  };
}

/** Whether a line of the progress is of this iteration or one before it. */
function isOf(line: string, iteration: number): boolean {
  try {
    return (recordOf(line)["time/iteration"] ?? Number.NaN) <= iteration;
  } catch {
    return false;
  }
}

/** Nothing but what a process left that died before it began may be there: its lock, and half a file. */
function ensureEmpty(path: string): void {
  const left = leftovers(path);
  const entries = readdirSync(path).filter((name) => name !== LOCK && !left.includes(name));
  ensure(entries.length === 0, () => `${path} holds a run already (it is not empty); name another folder with --out`);
}

/** `path` and those above it which don't exist, innermost first. */
function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let at = resolve(path); !existsSync(at); at = dirname(at)) missing.push(at);
  return missing;
}

/** Not mkdirSync's `recursive`, which never returns where the system answers ENOENT for a folder that is there (/proc). */
function makeFolders(innermostFirst: readonly string[]): void {
  for (const folder of innermostFirst.toReversed()) unlessCode("EEXIST", () => mkdirSync(folder));
}

function removeEmptyFolders(innermostFirst: readonly string[]): void {
  for (const folder of innermostFirst) {
    try {
      rmdirSync(folder);
    } catch {
      // It was never made, or someone else has put something there.
    }
  }
}

/** Fills the folder by work that a signal aborts, and gives it up; work that fails or is aborted leaves nothing behind. Returns the exit code. */
export function filled(folder: RunFolder, work: (signal: AbortSignal) => Promise<void>): Promise<number> {
  const orDiscard = async (signal: AbortSignal) => {
    try {
      await work(signal);
    } catch (error) {
      folder.discard();
      throw error;
    }
  };
  return abortable(orDiscard, "nothing was saved").finally(() => folder.release());
}
