/** A lock file that says which process works in a folder. */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ensure } from "../core/errors.js";
import { temporaryName } from "../run/artifacts.js";

export const LOCK = ".lock";

/** Milliseconds after which a lock that names no process is taken for a crash, not for one that is being written. */
const GRACE = 2000;

/** Locks the folder for this process; takes over a lock whose process is gone. */
export function takeLock(folder: string): void {
  const lock = join(folder, LOCK);
  while (!unlessCode("EEXIST", () => writeFileSync(lock, `${process.pid}\n`, { flag: "wx" }))) {
    ensureUnlocked(folder);
    removeStale(lock);
  }
}

export function releaseLock(folder: string): void {
  rmSync(join(folder, LOCK), { force: true });
}

/** Refuses a folder in which a live process works. */
export function ensureUnlocked(folder: string): void {
  const owner = liveOwner(join(folder, LOCK));
  ensure(owner === undefined, () => `${folder} is in use by ${owner}; wait until it ends, or name another folder with --out`);
}

/** Whether `action` succeeded; false if it failed with this system error. */
export function unlessCode(code: string, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (codeOf(error) === code) return false;
    throw error;
  }
}

/** The code of a system error ("ENOENT"); undefined for other errors. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

/** Moves the lock aside before it looks again: of several processes that found it stale, none removes the lock of another. */
function removeStale(lock: string): void {
  const aside = temporaryName(lock);
  if (!unlessCode("ENOENT", () => renameSync(lock, aside))) return;
  if (liveOwner(aside) === undefined) rmSync(aside);
  else renameSync(aside, lock);
}

/** Who holds the lock, in words; undefined if there is none or its process is gone. */
function liveOwner(lock: string): string | undefined {
  let text = "";
  const exists = unlessCode("ENOENT", () => {
    text = readFileSync(lock, "utf8");
  });
  if (!exists) return undefined;
  const pid = Number(text);
  if (Number.isSafeInteger(pid) && pid > 0) return isAlive(pid) ? `process ${pid}` : undefined;
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  return age < GRACE ? "a process that has just started" : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}
