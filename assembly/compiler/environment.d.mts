/** What environment.mjs exports, for src/. */

/** The text of a file that asc asks for; null or undefined if there is none. */
export type ReadSource = (path: string) => string | null | undefined | Promise<string | null | undefined>;

/** A mistake in a source, with its place. */
export interface Diagnostic {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
  /** asc's: "TS2322"; empty for messages of the `@lanes` transform and of the build. */
  readonly code: string;
}

export class CompileError extends Error {
  readonly diagnostics: readonly Diagnostic[];
}

export interface BoxDescription {
  readonly kind: "box";
  readonly low: number[];
  readonly high: number[];
}

export interface Description {
  readonly id: string;
  readonly timeLimit: number;
  readonly rewardThreshold?: number;
  readonly observationSpace: BoxDescription;
  readonly actionSpace: BoxDescription | { readonly kind: "discrete"; readonly n: number };
}

export function compileEnvironment(
  source: string,
  options?: { file?: string; twin?: "simd" | "scalar"; read?: ReadSource },
): Promise<{ binary: Uint8Array<ArrayBuffer>; description: Description }>;
