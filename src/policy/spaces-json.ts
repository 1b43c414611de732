/** Spaces in JSON, which has no infinity: a bound of ±Infinity is written as "inf" or "-inf". */
import { box, discrete, type Space } from "../core/spaces.js";
import { demand } from "./errors.js";
import { asInteger, asList, asObject, asOneOf, asRecord, show } from "./guards.js";

/** Indices travel as 32-bit integers. */
const MAX_INDICES = 2 ** 31 - 1;

/** What JSON can hold of a space; {@link spaceFromJson} is the inverse. */
export function spaceToJson(space: Space): unknown {
  if (space.kind === "discrete") return space;
  return { ...space, low: Array.from(space.low, boundToJson), high: Array.from(space.high, boundToJson) };
}

export function spaceFromJson(value: unknown, where: string): Space {
  const kind = asOneOf(asObject(value, where).kind, `${where}.kind`, ["discrete", "box"]);
  if (kind === "discrete") return discrete(asInteger(asRecord(value, where, ["kind", "n"]).n, `${where}.n`, 1, MAX_INDICES));
  const record = asRecord(value, where, ["kind", "low", "high"]);
  const low = asList(record.low, `${where}.low`, 1, MAX_INDICES, boundFromJson);
  const high = asList(record.high, `${where}.high`, low.length, low.length, boundFromJson);
  low.forEach((bound, i) => {
    demand(bound <= (high[i] as number), () => `${where}.low[${i}] is ${bound}, above its upper bound ${high[i]}`);
  });
  return box(low, high);
}

function boundToJson(bound: number): unknown {
  if (Math.abs(bound) !== Infinity) return bound;
  return bound > 0 ? "inf" : "-inf";
}

function boundFromJson(value: unknown, where: string): number {
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  demand(typeof value === "number", () => `${where} is not a number, "inf" or "-inf": ${show(value)}`);
  return value;
}
