/** Every construct that the `@lanes` transform accepts, and expressions of random shape, against the scalar twin. */
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { ACCEPTED } from "./accepted.js";
import { bothTwins, CASES, LANES, type Module, outcomes, type Twin } from "./twins.js";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe("what the transform accepts gives each lane the bits of the scalar twin", () => {
  let modules: Record<Twin, Module>;
  beforeAll(async () => {
    modules = await bothTwins(ACCEPTED);
  });

  it.each(ACCEPTED.map(({ name }, i) => [name, i] as const))("%s", (_, i) => expectTwins(modules, i));
});

function expectTwins(modules: Record<Twin, Module>, i: number) {
  const simd = outcomes(modules.simd, i, LANES.simd);
  const scalar = outcomes(modules.scalar, i, LANES.scalar);
  for (const [k, inputs] of CASES.entries()) expect(simd[k], `for a, b, c = ${inputs}`).toEqual(scalar[k]);
  expect(new Set(scalar.map(String)).size, "different results").toBeGreaterThan(1);
}

/** Expressions of random shape; literals stand on the right or in a cast, where asc makes f32 of them. */
const { number } = fc.letrec<{ number: string; mask: string }>((tie) => {
  const [number, mask] = [tie("number"), tie("mask")];
  const literal = fc.constantFrom("1", "-0", "0.1", "2.5", "-3", "1e-3", "16777217");
  // The sign of a NaN that was computed is open, so copysign takes signs from here only.
  const input = fc.constantFrom("a", "b", "c", "s.u");
  const uniform = fc.constantFrom("s.n == 0", "s.n > 0", "LANES > 0");
  const join = (...parts: (string | fc.Arbitrary<string>)[]) =>
    fc.tuple(...parts.map((part) => (typeof part === "string" ? fc.constant(part) : part))).map((all) => all.join(""));
  const operator = fc.constantFrom("+", "-", "*", "/");
  const order = fc.constantFrom("<", "<=", ">", ">=", "==", "!=");
  const depthSize = "medium" as const;
  return {
    number: fc.oneof(
      { depthSize, withCrossShrink: true },
      input,
      fc.constantFrom("State.LIMIT", "GRAVITY", "f32(s.n)"),
      join("f32(", literal, ")"),
      join("(", number, " ", operator, " ", number, ")"),
      join("(", number, " ", operator, " ", literal, ")"),
      join("-(", number, ")"),
      join(fc.constantFrom("abs", "ceil", "floor", "nearest", "sqrt", "trunc", "square", "twice", "maths.double"), "(", number, ")"),
      join(fc.constantFrom("min", "max", "f32.min", "Mathf.max"), "(", number, ", ", number, ")"),
      join("copysign(", number, ", ", input, ")"),
      join("clamp<f32>(", number, ", ", literal, ", ", number, ")"),
      join("select<f32>(", number, ", ", literal, ", ", mask, ")"),
      join("(", fc.oneof(mask, uniform), " ? ", number, " : ", number, ")"),
    ),
    mask: fc.oneof(
      { depthSize },
      join("(", number, " ", order, " ", fc.oneof(number, literal), ")"),
      join("(", fc.oneof(mask, uniform), " ", fc.constantFrom("&&", "||"), " ", fc.oneof(mask, uniform), ")"),
      join("!", mask),
      join("(", mask, " ", fc.constantFrom("==", "!="), " ", mask, ")"),
      join("(", mask, " ? ", mask, " : ", mask, ")"),
    ),
  };
});

describe("expressions of random shape", () => {
  const rows = fc.sample(number, { numRuns: 60, seed: 1983 }).map((expression, i) => ({ name: `${i}`, body: `return ${expression};` }));

  it("give each lane the bits of the scalar twin", async () => {
    const modules = await bothTwins(rows);
    for (const [i, { body }] of rows.entries()) {
      expect(outcomes(modules.simd, i, LANES.simd), body).toEqual(outcomes(modules.scalar, i, LANES.scalar));
    }
  });
});
