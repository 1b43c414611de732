/** Hyper-parameters that change while a run goes on. */
import { UsageError } from "./errors.js";

/**
 * A constant, or a straight line: `linear(from)` to 0, `linear(from,to)`, or `linear(from,to,part)`, which arrives after that part of the
 * run (above 0, at most 1) and stays.
 */
export type Schedule = number | `linear(${number})` | `linear(${number},${number})` | `linear(${number},${number},${number})`;

/** The value of a schedule when `progress` (0 at the start, 1 at the end) of the run is done. */
export function valueAt(schedule: Schedule, progress: number): number {
  const { from, to, part } = parseSchedule(schedule);
  return from + (to - from) * Math.min(1, progress / part);
}

const NUMBER = "\\s*([^,()]+?)\\s*";
const LINEAR = new RegExp(`^linear\\(${NUMBER}(?:,${NUMBER}(?:,${NUMBER})?)?\\)$`);

/** A schedule's ends, and the part of the run that it takes from one to the other; refuses anything that isn't a schedule. */
export function parseSchedule(schedule: unknown): { from: number; to: number; part: number } {
  const constant = typeof schedule === "string" && schedule.trim() === "" ? Number.NaN : Number(schedule);
  if (Number.isFinite(constant)) return { from: constant, to: constant, part: 1 };
  const [, from = Number.NaN, to = 0, part = 1] = LINEAR.exec(String(schedule)) ?? [];
  const line = { from: Number(from), to: Number(to), part: Number(part) };
  if (Number.isFinite(line.from) && Number.isFinite(line.to) && line.part > 0 && line.part <= 1) return line;
  throw new UsageError(`"${schedule}" is not a schedule; give a number, linear(from), linear(from,to) or linear(from,to,part)`);
}
