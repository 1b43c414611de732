/**
 * A compiled environment says itself what it is: its module has a custom section of JSON with its id, spaces and limits.
 * Sections are the WebAssembly specification's: a byte 0, a length, a name, and what one likes.
 */
import { ensure } from "../core/errors.js";
import { box, discrete, type Space } from "../core/spaces.js";
import { wrongSpace } from "./host-values.js";
import type { CompiledSpec } from "./spec.js";

/** What an environment is, apart from its module. */
export type Description = Omit<CompiledSpec, "module">;

const SECTION = "lanewise.environment";
/** Counts the forms of what driver.ts exports and of this section. */
const FORMAT = 2;
/** Ids name folders. */
const ID = /^[A-Za-z0-9][\w.-]*$/;

/** The module with its description at the end; {@link descriptionOf} is the inverse. */
export function withDescription(binary: Uint8Array, description: Description): Uint8Array<ArrayBuffer> {
  const text = JSON.stringify({ format: FORMAT, ...description }, (_, value) => (Math.abs(value) === Infinity ? String(value) : value));
  const name = new TextEncoder().encode(SECTION);
  const content = [...unsigned(name.length), ...name, ...new TextEncoder().encode(text)];
  return Uint8Array.from([...binary, 0, ...unsigned(content.length), ...content]);
}

/**
 * What a module says that it is; refuses one that doesn't.
 * @param where the module, for messages
 */
export function descriptionOf(module: WebAssembly.Module, where: string): Description {
  const [section] = WebAssembly.Module.customSections(module, SECTION);
  ensure(section !== undefined, () => `${where} is a WebAssembly module, but no environment: make one with lanewise build`);
  const { format, id, timeLimit, rewardThreshold, ...spaces } = parse(section, where);
  ensure(format === FORMAT, () => `${where} was built by another version of lanewise (form ${format}, not ${FORMAT}): build it again`);
  ensure(typeof id === "string" && ID.test(id), () => `${where} has the id ${JSON.stringify(id)}: build it again`);
  ensure(isStepCount(timeLimit), () => `${where} has the time limit ${timeLimit}: build it again`);
  return {
    id,
    timeLimit,
    ...(typeof rewardThreshold === "number" ? { rewardThreshold } : {}),
    observationSpace: readSpace("observationSpace", spaces["observationSpace"], where),
    actionSpace: readSpace("actionSpace", spaces["actionSpace"], where),
  };
}

function parse(section: ArrayBuffer, where: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(new TextDecoder().decode(section)));
  } catch {
    ensure(false, () => `the description of ${where} is damaged: build it again`);
  }
}

function readSpace(name: string, value: unknown, where: string): Space {
  const { kind, n, low, high } = Object(value) as Readonly<Record<string, unknown>>;
  const space = kind === "discrete" ? discrete(Number(n)) : box(bounds(low), bounds(high));
  const complaint = wrongSpace(name, space);
  ensure(complaint === undefined, () => `${where}: ${complaint}: build it again`);
  return space;
}

/** JSON has no infinity: such bounds are texts that `Number` reads. */
function bounds(value: unknown): number[] {
  return Array.isArray(value) ? value.map(Number) : [];
}

function isStepCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A number in the binary format: seven bits in a byte, the lowest first (LEB128). */
function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
}
