/**
 * Guards for what JSON.parse returns: each gives the value with its type, or refuses the file and says where it is wrong. They run once, cold,
 * where loops take less time than functions for each element.
 */
import { demand, PolicyFormatError } from "./errors.js";

/** @param where the place of the value, for messages: "header.actor[0].weight" */
export type Guard<T> = (value: unknown, where: string) => T;

/** The longest excerpt of a bad value in a message. */
const EXCERPT = 60;

/** A value as it stands in a message: on one line, and never long. */
export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
}

/**
 * What a JSON text stands for. Only the compact form that JSON.stringify writes is taken, so that no key can stand
 * twice, which different readers would resolve differently.
 */
export function parseJson(text: string, where: string): unknown {
  try {
    const value = JSON.parse(text);
    if (JSON.stringify(value) === text) return value;
  } catch {}
  throw new PolicyFormatError(`${where} is not compact JSON with every key once: ${show(text)}`);
}

function that<T>(wanted: string, isRight: (value: T) => boolean): Guard<T> {
  return (value, where) => {
    demand(isRight(value as T), () => `${where} is ${show(value)}, wanted ${wanted}`);
    return value as T;
  };
}

export const text = that<string>("text", (value) => typeof value === "string");
export const flag = that<boolean>("true or false", (value) => typeof value === "boolean");
export const positive = that<number>("a number above 0", (value) => typeof value === "number" && value > 0);
export const object = that<Readonly<Record<string, unknown>>>(
  "an object",
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
);

export function integer(min = 0, max = 2 ** 53 - 1): Guard<number> {
  return that(`an integer from ${min} to ${max}`, (value) => Number.isInteger(value) && value >= min && value <= max);
}

export function oneOf<const T extends string | number>(...choices: readonly T[]): Guard<T> {
  return that(choices.join(" or "), (value) => choices.includes(value));
}

export function optional<T>(guard: Guard<T>): Guard<T | undefined> {
  return (value, where) => (value === undefined ? value : guard(value, where));
}

/** A list of `min` to `max` items, each as `item` takes it. */
export function list<T>(item: Guard<T>, min: number, max: number): Guard<T[]> {
  const whole = that<unknown[]>(
    `a list of ${min} to ${max}`,
    (value) => Array.isArray(value) && value.length >= min && value.length <= max,
  );
  return (value, where) => {
    const given = whole(value, where);
    const items: T[] = [];
    for (let i = 0; i < given.length; i++) items.push(item(given[i], `${where}[${i}]`));
    return items;
  };
}

/** An object with these fields and no others, in this order. */
export function record<T>(fields: { readonly [K in keyof T]-?: Guard<T[K]> }): Guard<T> {
  return (value, where) => {
    const given = object(value, where);
    for (const name in given) demand(Object.hasOwn(fields, name), () => `${where} has an unknown field ${show(name)}`);
    const known = {} as T;
    for (const name in fields) {
      const one = fields[name](given[name], `${where}.${name}`);
      if (one !== undefined) known[name] = one;
    }
    return known;
  };
}

/** An object whose field `kind` says which of the guards it is for. */
export function byKind<T>(guards: Readonly<Record<string, Guard<T>>>): Guard<T> {
  const kind = oneOf(...Object.keys(guards));
  return (value, where) => (guards[kind(object(value, where).kind, `${where}.kind`)] as Guard<T>)(value, where);
}
