/** A lock file that says which process works in a folder. */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { ensure } from "../core/errors.js";
import { temporaryName } from "../run/artifacts.js";

export const LOCK = ".lock";

/** Milliseconds after which a lock that names no process is taken for a crash, not for one that is being written. */
const GRACE = 2000;

/** Locks that this process holds. One that only bears its number is of an earlier process, such as that of a container which was started again. */
const held = new Set<string>();

/** Locks the folder for this process; takes over a lock whose process is gone. */
export function takeLock(folder: string): void {
  const lock = join(folder, LOCK);
  while (!unlessCode("EEXIST", () => writeFileSync(lock, `${process.pid}\n`, { flag: "wx" }))) {
    ensureUnlocked(folder);
    removeStale(lock);
  }
  held.add(resolve(lock));
}

export function releaseLock(folder: string): void {
  const lock = join(folder, LOCK);
  rmSync(lock, { force: true });
  held.delete(resolve(lock));
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
  if (Number.isSafeInteger(pid) && pid > 0) return isAlive(pid, lock) ? `process ${pid}` : undefined;
  const age = Math.abs(Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0)); // the clock may have been set back
  return age < GRACE ? "a process that has just started" : undefined;
}

/** Whether the process lives that a lock names. */
function isAlive(pid: number, lock: string): boolean {
  if (pid === process.pid) return held.has(resolve(lock));
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}
