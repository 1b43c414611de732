import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { choice, type Field, flag, integer, number, type OptionsOf, resolveOptions, schedule, sizes } from "../../src/core/options.js";

const fields = {
  rate: number(0.5, "a rate", { min: 0, max: 1 }),
  step: number(0.1, "a step", { min: 0, above: true }),
  count: integer(3, "a count"),
  speed: schedule(1e-3, "a speed"),
  loud: flag(false, "whether it is loud"),
  mode: choice("slow", ["slow", "fast"], "a mode"),
  widths: sizes([64, 64], "some widths"),
};

const resolve = (given: Readonly<Record<string, unknown>>, presets: Partial<OptionsOf<typeof fields>> = {}) =>
  resolveOptions("walker", fields, presets, given);

describe("resolving options", () => {
  it("takes what was given, else the preset, else the default", () => {
    const defaults = { rate: 0.5, step: 0.1, count: 3, speed: 1e-3, loud: false, mode: "slow", widths: [64, 64] };
    expect(resolve({})).toEqual(defaults);
    expect(resolve({}, { rate: 0.1, count: 9 })).toEqual({ ...defaults, rate: 0.1, count: 9 });
    expect(resolve({ rate: 0.2, loud: true }, { rate: 0.1, count: 9 })).toEqual({ ...defaults, rate: 0.2, count: 9, loud: true });
  });

  it("takes values that count as nothing for what they are", () => {
    expect(resolve({ rate: 0, loud: false, widths: [] }, { rate: 1, loud: true, widths: [3] })).toMatchObject({
      rate: 0,
      loud: false,
      widths: [],
    });
  });

  it("reads a command line's texts", () => {
    expect(resolve({ rate: "0.25", step: "1e-3", count: "12", speed: "linear(0.1)", loud: "true", mode: "fast", widths: "32,16" })).toEqual(
      { rate: 0.25, step: 1e-3, count: 12, speed: "linear(0.1)", loud: true, mode: "fast", widths: [32, 16] },
    );
    expect(resolve({ widths: "" }).widths).toEqual([]);
    expect(resolve({ speed: "0.5" }).speed).toBe(0.5);
  });

  it("gives options of the fields' types, known to the compiler", () => {
    const { rate, speed, loud, mode, widths } = resolve({});
    const typed: [number, number | string, boolean, "slow" | "fast", readonly number[]] = [rate, speed, loud, mode, widths];
    // @ts-expect-error: not one of the choices
    const wrong: "medium" = mode;
    expect([typed, wrong]).toHaveLength(2);
  });

  it("names the owner, the unknown option and all known ones", () => {
    expect(() => resolve({ rates: 1 })).toThrow(
      new UsageError('walker has no option "rates"; it has: rate, step, count, speed, loud, mode, widths'),
    );
    expect(() => resolve({ toString: 1 })).toThrow(UsageError);
    expect(() => resolve(JSON.parse('{"__proto__": 1}'))).toThrow(UsageError);
  });
});

describe("a value that doesn't fit is refused, with what was given, what is wanted and the default:", () => {
  const refused: readonly [keyof typeof fields, readonly unknown[], string][] = [
    ["rate", [-0.1, 1.1, "2", "", " ", "fast", Number.NaN, Infinity, true, [], {}], "a number from 0 to 1"],
    ["step", [0, -1, "0", "x"], "a number above 0"],
    ["count", [0, -1, 1.5, "1.5", 2 ** 53, "many", Infinity], "an integer of at least 1"],
    [
      "speed",
      [-1, "linear(-1)", "linear(1,-1)", "cosine(1)", "", true, [], Infinity],
      "a number of at least 0, linear(from), linear(from,to) or linear(from,to,part)",
    ],
    ["loud", ["yes", 1, 0, "TRUE", ""], "true or false"],
    ["mode", ["medium", "SLOW", "", 1], "one of slow, fast"],
    ["widths", ["a", "1,b", "1.5", [0], [-1], "0", [1.5], [Number.NaN]], "positive integers separated by commas"],
  ];
  const cases = refused.flatMap(([name, values, wanted]) => values.map((value) => [name, value, wanted] as const));

  it.each(cases)("%s: %j", (name, value, wanted) => {
    const written = typeof value === "number" ? `${value}` : JSON.stringify(value);
    const fallback = JSON.stringify(fields[name].default);
    expect(() => resolve({ [name]: value })).toThrow(
      new UsageError(`option ${name} of walker is ${wanted}, not ${written} (default ${fallback})`),
    );
  });

  it("a preset is held to the same", () => {
    expect(() => resolve({}, { rate: 7 })).toThrow(new UsageError("option rate of walker is a number from 0 to 1, not 7 (default 0.5)"));
  });
});

describe("a field", () => {
  it.each<[Field<unknown>, string]>([
    [number(1, ""), "a number"],
    [number(1, "", { min: 0 }), "a number of at least 0"],
    [number(1, "", { min: 0, above: true }), "a number above 0"],
    [number(1, "", { min: 0, max: 2 }), "a number from 0 to 2"],
    [number(1, "", { min: 0, max: 2, above: true }), "a number above 0 and at most 2"],
    [number(1, "", { max: 2 }), "a number of at most 2"],
    [integer(1, ""), "an integer of at least 1"],
    [integer(1, "", { min: 0, max: 9 }), "an integer from 0 to 9"],
    [flag(true, ""), "true or false"],
    [choice("a", ["a", "b"], ""), "one of a, b"],
  ])("says in words what it takes (%#)", (field, range) => {
    expect(field.range).toBe(range);
  });

  it("takes the ends of its range, unless one is excluded", () => {
    const [closed, open] = [number(1, "", { min: 0, max: 2 }), number(1, "", { min: 0, max: 2, above: true })];
    expect([0, 2, -1e-9, 2.0000001].map((value) => closed.parse(value))).toEqual([0, 2, undefined, undefined]);
    expect([0, 1e-9, 2].map((value) => open.parse(value))).toEqual([undefined, 1e-9, 2]);
    expect([0, 9, 10].map((value) => integer(1, "", { min: 0, max: 9 }).parse(value))).toEqual([0, 9, undefined]);
  });

  it("has a default that it takes itself", () => {
    for (const field of Object.values(fields)) expect(field.parse(field.default)).toEqual(field.default);
  });
});
