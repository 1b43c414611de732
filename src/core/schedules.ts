/** Hyper-parameters that change while a run goes on. */
import { UsageError } from "./errors.js";

/** A constant, or `linear(from)` or `linear(from,to)`: a straight line from `from` to `to` (0 unless said) over the run. */
export type Schedule = number | `linear(${number})` | `linear(${number},${number})`;

/** The value of a schedule when `progress` (0 at the start, 1 at the end) of the run is done. */
export function valueAt(schedule: Schedule, progress: number): number {
  const { from, to } = parseSchedule(schedule);
  return from + (to - from) * progress;
}

/** The two ends of a schedule; refuses anything that isn't one. */
export function parseSchedule(schedule: unknown): { from: number; to: number } {
  const constant = typeof schedule === "string" && schedule.trim() === "" ? Number.NaN : Number(schedule);
  if (Number.isFinite(constant)) return { from: constant, to: constant };
  const [, from, to = "0"] = /^linear\(\s*([^,()]+?)\s*(?:,\s*([^,()]+?)\s*)?\)$/.exec(String(schedule)) ?? [];
  const ends = { from: Number(from ?? Number.NaN), to: Number(to) };
  if (Number.isFinite(ends.from) && Number.isFinite(ends.to)) return ends;
  throw new UsageError(`"${schedule}" is not a schedule; give a number, linear(from) or linear(from,to)`);
}
