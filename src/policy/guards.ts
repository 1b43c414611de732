/** Guards for what JSON.parse returns: each gives the value with its type, or refuses the file and says where it is wrong. */
import { demand } from "./errors.js";

/** The longest excerpt of a bad value in a message. */
const EXCERPT = 60;

/**
 * What a JSON text stands for. Only the compact form that JSON.stringify writes is taken, so that no key can stand
 * twice, which different readers would resolve differently.
 * @param where what the text is, for messages: "header"
 */
export function parseJson(text: string, where: string): unknown {
  let value: unknown;
  let compact: string | undefined;
  try {
    value = JSON.parse(text);
    compact = JSON.stringify(value);
  } catch {
    demand(false, () => `the ${where} is not valid JSON: ${show(text)}`);
  }
  demand(compact === text, () => `the ${where} is not compact JSON with every key once: ${show(text)}`);
  return value;
}

/** An object with all the `required` keys, perhaps the `optional` ones, and no others. */
export function asRecord<R extends string, O extends string = never>(
  value: unknown,
  where: string,
  required: readonly R[],
  optional: readonly O[] = [],
): Readonly<Record<R, unknown> & Partial<Record<O, unknown>>> {
  const record = asObject(value, where);
  for (const key of required) demand(Object.hasOwn(record, key), () => `${where} lacks "${key}"`);
  const known: readonly string[] = [...required, ...optional];
  for (const key of Object.keys(record)) {
    demand(known.includes(key), () => `${where} has the unknown field ${show(key)}; known are: ${known.join(", ")}`);
  }
  return record as Record<R, unknown> & Partial<Record<O, unknown>>;
}

export function asObject(value: unknown, where: string): Readonly<Record<string, unknown>> {
  demand(typeof value === "object" && value !== null && !Array.isArray(value), () => `${where} is not an object: ${show(value)}`);
  return value as Record<string, unknown>;
}

export function asString(value: unknown, where: string): string {
  demand(typeof value === "string", () => `${where} is not a string: ${show(value)}`);
  return value;
}

export function asFlag(value: unknown, where: string): boolean {
  demand(typeof value === "boolean", () => `${where} is neither true nor false: ${show(value)}`);
  return value;
}

export function asInteger(value: unknown, where: string, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  demand(
    typeof value === "number" && Number.isInteger(value) && value >= min && value <= max,
    () => `${where} is not an integer from ${min} to ${max}: ${show(value)}`,
  );
  return value;
}

export function asOneOf<const T extends string>(value: unknown, where: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  demand(found !== undefined, () => `${where} is ${show(value)}; known are: ${choices.join(", ")}`);
  return found;
}

/** A list of `min` to `max` items, each taken by `item`. */
export function asList<T>(value: unknown, where: string, min: number, max: number, item: (value: unknown, where: string) => T): T[] {
  demand(Array.isArray(value), () => `${where} is not a list: ${show(value)}`);
  demand(value.length >= min && value.length <= max, () => `${where} has ${value.length} items, wanted ${min} to ${max}`);
  return value.map((one, index) => item(one, `${where}[${index}]`));
}

/** A value as it stands in a message: on one line, and never long. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
}
