import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { parseSchedule, type Schedule, valueAt } from "../../src/core/schedules.js";

describe("a schedule", () => {
  it.each<[Schedule, number, number]>([
    [0.5, 0, 0.5],
    [0.5, 1, 0.5],
    [0, 0.3, 0],
    ["linear(1)", 0, 1],
    ["linear(1)", 0.25, 0.75],
    ["linear(1)", 1, 0],
    ["linear(0.2,0.4)", 0, 0.2],
    ["linear(0.2,0.4)", 0.5, 0.30000000000000004],
    ["linear(0.2,0.4)", 1, 0.4],
    ["linear(-1,1)", 0.5, 0],
    ["linear(1,0.5,0.25)", 0, 1],
    ["linear(1,0.5,0.25)", 0.125, 0.75],
    ["linear(1,0.5,0.25)", 0.25, 0.5],
    ["linear(1,0.5,0.25)", 1, 0.5],
  ])("%s is at progress %d worth %d", (schedule, progress, value) => {
    expect(valueAt(schedule, progress)).toBe(value);
  });

  it("never leaves the straight line between its ends", () => {
    for (let i = 0; i <= 100; i++) {
      expect(valueAt("linear(3,5)", i / 100)).toBeCloseTo(3 + (2 * i) / 100, 12);
    }
  });

  it.each<[unknown, number, number]>([
    ["0.001", 0.001, 0.001],
    [" 2 ", 2, 2],
    ["1e-3", 1e-3, 1e-3],
    ["linear(3e-4)", 3e-4, 0],
    ["linear( 1 , 2 )", 1, 2],
    ["linear(.5,1e-5)", 0.5, 1e-5],
    ["linear(1, 0.1, 1)", 1, 0.1],
  ])("is read from %j as going from %d to %d", (text, from, to) => {
    expect(parseSchedule(text)).toEqual({ from, to, part: 1 });
  });

  it.each([
    "",
    " ",
    "fast",
    "linear",
    "linear()",
    "linear(a)",
    "linear(1,b)",
    "linear(1,2,3)",
    "linear(1,2,0)",
    "linear(1,2,-0.5)",
    "linear(1,2,0.5,1)",
    "linear(1,)",
    "linear(1)x",
    "Linear(1)",
    "cosine(1)",
    "linear(Infinity)",
    "linear(1,NaN)",
    Number.NaN,
    Infinity,
    undefined,
    {},
  ])("is not read from %j; the error says what to give", (wrong) => {
    expect(() => parseSchedule(wrong)).toThrow(
      new UsageError(`"${wrong}" is not a schedule; give a number, linear(from), linear(from,to) or linear(from,to,part)`),
    );
  });
});
