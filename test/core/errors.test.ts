import { describe, expect, it } from "vitest";
import { ensure, lookUp, UsageError } from "../../src/core/errors.js";

describe("ensure", () => {
  it("lets pass what holds, and never builds the message", () => {
    expect(() =>
      ensure(true, () => {
        throw new Error("built");
      }),
    ).not.toThrow();
  });

  it("throws the message as a UsageError", () => {
    expect(() => ensure(false, () => "3 was given; give 2")).toThrow(new UsageError("3 was given; give 2"));
    expect(() => ensure(false, () => "")).toThrow(UsageError);
  });

  it("tells its error by name, also across bundles", () => {
    expect(new UsageError("x")).toMatchObject({ name: "UsageError", message: "x" });
    expect(new UsageError("x")).toBeInstanceOf(Error);
  });
});

describe("looking up", () => {
  const table = { apple: 1, pear: 0 };

  it("finds the entry, whatever its value", () => {
    expect(lookUp("fruit", table, "apple")).toBe(1);
    expect(lookUp("fruit", table, "pear")).toBe(0);
    expect(lookUp("fruit", { none: undefined }, "none")).toBeUndefined();
  });

  it("names what was looked for, the kind, and all that is known", () => {
    expect(() => lookUp("fruit", table, "plum")).toThrow(new UsageError('unknown fruit "plum"; known are: apple, pear'));
    expect(() => lookUp("fruit", table, "")).toThrow(new UsageError('unknown fruit ""; known are: apple, pear'));
  });

  it.each(["toString", "constructor", "__proto__", "hasOwnProperty"])("does not find what every object has: %s", (id) => {
    expect(() => lookUp("fruit", table, id)).toThrow(UsageError);
  });
});
