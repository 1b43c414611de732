/** How a command ends: what stands on stderr and the exit code. */
import { CommanderError } from "commander";
import { HostError } from "../core/errors.js";

export const EXIT = {
  ok: 0,
  /** A defect of ours, a failure of the host (a full disk, a thread that died), or a run whose numbers were none any more. */
  failed: 1,
  /** Bad input: a wrong name or value, a folder in use, a bad file. */
  usage: 2,
} as const;

/** Errors that mean bad input. By name, so that a command that needs no policy doesn't load the policy format. */
const USAGE_ERRORS: readonly string[] = ["UsageError", "PolicyFormatError"];

/** Says on stderr what went wrong: one line for bad input and for a failure of the host, the stack for a defect. Returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof Error && USAGE_ERRORS.includes(error.name)) {
    process.stderr.write(usageLine(error.message));
    return EXIT.usage;
  }
  if (error instanceof HostError) {
    process.stderr.write(usageLine(error.message));
    return EXIT.failed;
  }
  if (error instanceof Error && error.name === "DivergenceError") {
    process.stderr.write(usageLine(`${error.message}; nothing was saved`));
    return EXIT.failed;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT.failed;
}

/** The message as exactly one line, whatever was quoted in it. */
export function usageLine(message: string): string {
  return `lanewise: ${message.trim().replace(/\s*[\r\n]+\s*/g, " ")}\n`;
}
