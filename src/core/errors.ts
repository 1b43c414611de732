/** Errors that tell the caller what came, what was wanted, and what to do. */

/** The caller asked for something that can't be: a wrong name, a wrong value, a folder in use. The CLI exits with 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The host failed: a disk is full, a thread died. The CLI says so in one line and exits with 1. */
export class HostError extends Error {
  override readonly name = "HostError";
}

/** What became of a file that could not be written, by its name; an error that says so already is returned as it is. */
export function writeFailure(path: string, error: unknown): HostError {
  if (error instanceof HostError) return error;
  const [reason] = (error as Error).message.split(","); // "ENOSPC: no space left on device, write"
  return new HostError(`cannot write ${path}: ${reason}`, { cause: error });
}

/** Throws a {@link UsageError} unless `condition` holds. The message is only built when needed. */
export function ensure(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new UsageError(message());
}

/**
 * The entry `id` of a registry.
 * @param kind what the registry holds, in the singular: "environment"
 */
export function lookUp<T>(kind: string, table: Readonly<Record<string, T>>, id: string): T {
  const known = Object.keys(table);
  ensure(Object.hasOwn(table, id), () => `unknown ${kind} "${id}"; known are: ${known.join(", ")}`);
  return table[id] as T;
}
