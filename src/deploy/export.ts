/** Exports of trained policies, each checked against the policy before anyone gets to see it. */
import { ensure, lookUp } from "../core/errors.js";
import { decodePolicy } from "../policy/format.js";
import { loadPolicy, type Policy } from "../policy/policy.js";
import { type Files, FORMATS, type Format, type Subject } from "./formats.js";
import { trialsFor } from "./observations.js";
import { actedBy, compareActed, type Parity } from "./parity.js";
import { planOf } from "./plan.js";

/** The name of a form that {@link exportPolicy} writes. */
export type ExportFormat = keyof typeof FORMATS;

/** The names of the forms that {@link exportPolicy} writes. */
export const EXPORT_FORMATS = Object.keys(FORMATS) as readonly ExportFormat[];

/** What an export is checked on. */
export interface ExportOptions {
  /** Observations [k, frames · D] to check the export on, besides random ones within the bounds of the space. */
  readonly observations?: Float32Array;
}

/** An exported policy, and how near it comes to the original. */
export interface ExportedFiles {
  /** In the order in which they are to be written. */
  readonly files: Files;
  readonly parity: Parity;
}

/** The format of that name, from outside. */
export function formatNamed(name: string): ExportFormat {
  lookUp("format", FORMATS, name);
  return name as ExportFormat;
}

/** What the name of an exported file ends in; undefined for a format of several files, which take a folder. */
export function extensionOf(format: ExportFormat): string | undefined {
  return FORMATS[format].extension;
}

/**
 * A policy in another form. Throws a UsageError if the form can't hold the policy, or doesn't act as it does: the same bits for `policy`,
 * `js` and `wasm`, outputs and actions within 1e-5 of their size for the others.
 */
export async function exportPolicy(policy: Policy, format: ExportFormat, options: ExportOptions = {}): Promise<ExportedFiles> {
  const { write }: Format = lookUp("format", FORMATS, format);
  const files = await write(await subjectOf(policy));
  return { files, parity: await checkExport(policy, format, files, options) };
}

/** Whether files that were exported act as the policy does; a UsageError says where they don't. {@link exportPolicy} has asked already. */
export async function checkExport(policy: Policy, format: ExportFormat, files: Files, options: ExportOptions = {}): Promise<Parity> {
  const { check }: Format = lookUp("format", FORMATS, format);
  const subject = await subjectOf(policy);
  const { plan } = subject;
  const width = plan.frames * plan.size;
  const { observations = new Float32Array(0) } = options;
  ensure(observations.length % width === 0, () => `${observations.length} numbers to check on are no whole rows of ${width}`);
  const trials = trialsFor(plan, observations);
  const outcome = await check(files, subject, trials);
  if (typeof outcome === "string") return { rows: 0, difference: 0, unchecked: outcome };
  if ("difference" in outcome) return outcome;
  return compareActed(format, plan, actedBy(subject.policy, plan, trials), outcome, trials.rows);
}

async function subjectOf(policy: Policy): Promise<Subject> {
  const bytes = await policy.bytes();
  const decoded = await decodePolicy(bytes);
  return { policy: await loadPolicy(bytes), decoded, plan: planOf(decoded) };
}
