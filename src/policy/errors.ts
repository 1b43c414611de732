/** The one error that a bad policy file raises. */

/** The bytes are no policy file, or were cut short or altered. The message gives the reason in one line. */
export class PolicyFormatError extends Error {
  override readonly name = "PolicyFormatError";
}

/** Throws a {@link PolicyFormatError} unless `condition` holds. The message is only built when needed. */
export function demand(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new PolicyFormatError(message());
}
