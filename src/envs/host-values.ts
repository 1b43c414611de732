/**
 * What can be wrong with the values that an environment written in TypeScript takes and gives, and with its spaces: in words,
 * undefined where nothing is. Runs and checkEnv() judge by the same rules.
 */
import { describeSpace, type Space } from "../core/spaces.js";

const USE_ASYNC = "a promise; an environment that answers in promises is defined with defineAsyncEnvironment";
/** Indices travel as 32-bit integers. */
const MAX_INDICES = 2 ** 31 - 1;

/** @param source what gave the observation: "reset()" */
export function wrongObservation(space: Space, observation: unknown, source: string): string | undefined {
  if (isPromise(observation)) return `${source} gave ${USE_ASYNC}`;
  if (space.kind === "discrete") {
    return isIndex(space.n, observation)
      ? undefined
      : `${source} gave the observation ${show(observation)}, outside ${describeSpace(space)}`;
  }
  const size = space.low.length;
  const values = observation as ArrayLike<number> | null | undefined;
  if (values?.length !== size) {
    const got = typeof values?.length === "number" ? `of length ${values.length}` : `that is ${show(observation)}`;
    return `${source} gave an observation ${got}; ${describeSpace(space)} wants length ${size}`;
  }
  for (let i = 0; i < size; i++) {
    if (!isFloat32(values[i])) return `${source} gave an observation whose number ${i} is ${show(values[i])}, no finite float32`;
  }
  return undefined;
}

/** All of what a step gives but the observation. */
export function wrongOutcome(outcome: unknown): string | undefined {
  if (isPromise(outcome)) return `step() gave ${USE_ASYNC}`;
  if (typeof outcome !== "object" || outcome === null) return `step() gave ${show(outcome)}, not { observation, reward, terminated }`;
  const { reward, terminated, truncated } = outcome as Readonly<Record<string, unknown>>;
  if (!isFloat32(reward)) return `step() gave the reward ${show(reward)}, no finite float32`;
  if (typeof terminated !== "boolean") return `step() gave ${show(terminated)} as terminated, not true or false`;
  if (truncated !== undefined && typeof truncated !== "boolean") return `step() gave ${show(truncated)} as truncated, not true or false`;
  return undefined;
}

/** Bounds count as float32, as the actions of a policy do. */
export function wrongAction(space: Space, action: number | Float32Array): string | undefined {
  if (space.kind === "discrete") return isIndex(space.n, action) ? undefined : `action ${action} is outside ${describeSpace(space)}`;
  const values = action as Float32Array;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const fits = value >= Math.fround(space.low[i] as number) && value <= Math.fround(space.high[i] as number);
    if (!fits) return `action [${values}] is outside ${describeSpace(space)}`;
  }
  return undefined;
}

/** @param name which space it is: "actionSpace" */
export function wrongSpace(name: string, space: unknown): string | undefined {
  const { kind, n, low, high } = (space ?? {}) as Readonly<Record<string, unknown>>;
  if (kind === "discrete")
    return isIndex(MAX_INDICES, Number(n) - 1) ? undefined : `${name} is discrete(${show(n)}): n is a positive integer`;
  if (kind !== "box") return `${name} is ${show(space)}; make it with discrete(n) or box(low, high)`;
  if (!isList(low) || !isList(high) || low.length === 0 || low.length !== high.length) {
    return `${name} has ${countOf(low)} lower and ${countOf(high)} upper bounds; box(low, high) wants as many, at least one`;
  }
  const wrong = Array.from(low).findIndex((bound, i) => !(bound <= (high[i] as number)));
  return wrong < 0 ? undefined : `${name} has the bounds ${low[wrong]} and ${high[wrong]} for number ${wrong}: low is at most high`;
}

export function isPromise(value: unknown): boolean {
  return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
}

/** A value as it stands in a message. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? `an object (${Object.keys(value).slice(0, 5).join(", ")})` : String(value);
}

function isIndex(n: number, value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < n;
}

function isFloat32(value: unknown): boolean {
  return typeof value === "number" && Number.isFinite(Math.fround(value));
}

function isList(value: unknown): value is ArrayLike<number> {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function countOf(value: unknown): string {
  return isList(value) ? String(value.length) : "no";
}
