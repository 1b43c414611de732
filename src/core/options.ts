/**
 * Options described once: each field's type, default, range and one line of documentation. Types, checks, command-line
 * parsing and the printed tables all come from these descriptions.
 */
import { ensure, UsageError } from "./errors.js";
import { parseSchedule, type Schedule } from "./schedules.js";

export interface Field<T> {
  readonly default: T;
  readonly doc: string;
  /** What values are taken, in words: "a number above 0". */
  readonly range: string;
  /** The value itself, or what a command line's text stands for; undefined if it is out of range. */
  readonly parse: (value: unknown) => T | undefined;
}

/** The description of options, by their names. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** The options that a set of fields describes. */
export type OptionsOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never };

interface Range {
  readonly min?: number;
  readonly max?: number;
  /** Whether `min` itself is out of range. */
  readonly above?: boolean;
}

/** A real number. */
export function number(fallback: number, doc: string, { min = -Infinity, max = Infinity, above = false }: Range = {}): Field<number> {
  const fits = (n: number) => Number.isFinite(n) && (above ? n > min : n >= min) && n <= max;
  return {
    default: fallback,
    doc,
    range: `a number${describeRange({ min, max, above })}`,
    parse: (value) => keep(toNumber(value), fits),
  };
}

/** A whole number, of at least 1 unless told. */
export function integer(fallback: number, doc: string, { min = 1, max = Infinity }: Range = {}): Field<number> {
  return {
    default: fallback,
    doc,
    range: `an integer${describeRange({ min, max, above: false })}`,
    parse: (value) => keep(toNumber(value), (n) => Number.isSafeInteger(n) && n >= min && n <= max),
  };
}

/** A number, or how it changes over the run: "linear(0.001)", "linear(1,0.05,0.1)". */
export function schedule(fallback: Schedule, doc: string): Field<Schedule> {
  return {
    default: fallback,
    doc,
    range: "a number of at least 0, linear(from), linear(from,to) or linear(from,to,part)",
    parse: (value) => {
      if (typeof value !== "number" && typeof value !== "string") return undefined;
      try {
        const { from, to } = parseSchedule(value);
        if (from < 0 || to < 0) return undefined;
        return from === to ? from : (value as Schedule);
      } catch {
        return undefined;
      }
    },
  };
}

/** True or false. */
export function flag(fallback: boolean, doc: string): Field<boolean> {
  const texts: Readonly<Record<string, boolean>> = { true: true, false: false };
  return {
    default: fallback,
    doc,
    range: "true or false",
    parse: (value) => (typeof value === "boolean" ? value : texts[String(value)]),
  };
}

/** One of several texts. */
export function choice<const T extends string>(fallback: T, choices: readonly T[], doc: string): Field<T> {
  return {
    default: fallback,
    doc,
    range: `one of ${choices.join(", ")}`,
    parse: (value) => choices.find((one) => one === value),
  };
}

/** A list of positive integers; on the command line separated by commas, "" for none. */
export function sizes(fallback: readonly number[], doc: string): Field<readonly number[]> {
  return {
    default: fallback,
    doc,
    range: "positive integers separated by commas",
    parse: (value) => {
      const items = Array.isArray(value) ? value : String(value).split(",").filter(Boolean);
      const parsed = items.map(toNumber);
      return parsed.every((n) => Number.isSafeInteger(n) && n > 0) ? parsed : undefined;
    },
  };
}

/**
 * All options, each from `given` if it is there, else from `presets`, else the field's default.
 * @param owner whose options they are, for messages: "ppo"
 */
export function resolveOptions<F extends Fields>(
  owner: string,
  fields: F,
  presets: Partial<OptionsOf<F>>,
  given: Readonly<Record<string, unknown>>,
): OptionsOf<F> {
  for (const name of Object.keys(given)) {
    ensure(Object.hasOwn(fields, name), () => `${owner} has no option "${name}"; it has: ${Object.keys(fields).join(", ")}`);
  }
  const resolved: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = given[name] ?? (presets as Record<string, unknown>)[name] ?? field.default;
    const parsed = field.parse(value);
    if (parsed === undefined) {
      throw new UsageError(`option ${name} of ${owner} is ${field.range}, not ${show(value)} (default ${show(field.default)})`);
    }
    resolved[name] = parsed;
  }
  return resolved as OptionsOf<F>;
}

function toNumber(value: unknown): number {
  if (typeof value === "number") return value;
  return typeof value === "string" && value.trim() !== "" ? Number(value) : Number.NaN;
}

function keep<T>(value: T, fits: (value: T) => boolean): T | undefined {
  return fits(value) ? value : undefined;
}

/** A value as it would be written, NaN and Infinity too. */
function show(value: unknown): string {
  return typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
}

function describeRange({ min = -Infinity, max = Infinity, above = false }: Range): string {
  if (min === -Infinity && max === Infinity) return "";
  if (min === -Infinity) return ` of at most ${max}`;
  if (max === Infinity) return above ? ` above ${min}` : ` of at least ${min}`;
  return above ? ` above ${min} and at most ${max}` : ` from ${min} to ${max}`;
}
