/** Files that a command writes where it is told to. */
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ensure, UsageError, writeFailure } from "../core/errors.js";
import { writeAtomically } from "../run/artifacts.js";

/** Refuses a place where nothing can be written, before any work begins. */
export function checkTarget(out: string, isFile: boolean): void {
  ensure(out.trim() !== "", () => "--out is empty; name a file or folder, or leave it away");
  const kind = statSync(out, { throwIfNoEntry: false });
  const parent = dirname(resolve(out));
  ensure(
    statSync(parent, { throwIfNoEntry: false })?.isDirectory() === true,
    () => `there is no folder ${parent} for ${out}; create it first`,
  );
  if (isFile) ensure(kind?.isDirectory() !== true, () => `${out} is a folder; name a file with --out`);
  else ensure(kind === undefined || kind.isDirectory(), () => `${out} is a file; this format takes a folder, name one with --out`);
}

/** Writes a file as a whole, or says why it can't. */
export function writeOutput(out: string, contents: string | Uint8Array): void {
  try {
    writeAtomically(out, contents);
  } catch (error) {
    throw cannotWrite(out, error);
  }
}

/** What a system error means to whoever named the place. */
export function cannotWrite(out: string, error: unknown): UsageError {
  return new UsageError(writeFailure(out, error).message, { cause: error });
}
