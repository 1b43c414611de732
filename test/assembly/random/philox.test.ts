/** lanes/philox.ts against known vectors and BigInt arithmetic, and what its streams are for. */
import { beforeAll, describe, expect, it, vi } from "vitest";
import { PURPOSE } from "../../../src/core/seeds.js";
import { randomNumbers } from "../../oracle/random.js";
import { compileProbes, PARAMETERS, philox, probes, RESULT, type Words, words } from "./probe.js";

/** Optimising a module of many functions takes seconds on a busy machine. */
vi.setConfig({ hookTimeout: 60_000 });

beforeAll(compileProbes);

describe("philox", () => {
  /** Random123's kat_vectors, philox4x32 with 10 rounds. */
  const KNOWN = [
    { counter: "00000000 00000000 00000000 00000000", key: "00000000 00000000", out: "6627e8d5 e169c58d bc57ac4c 9b00dbd8" },
    { counter: "ffffffff ffffffff ffffffff ffffffff", key: "ffffffff ffffffff", out: "408f276d 41c83b0e a20bc7c6 6d5451fd" },
    { counter: "243f6a88 85a308d3 13198a2e 03707344", key: "a4093822 299f31d0", out: "d16cfe09 94fdcceb 5001e420 24126ea1" },
  ].map((hex) => ({
    counter: parse(hex.counter) as Words,
    key: parse(hex.key) as [number, number],
    out: parse(hex.out) as Words,
  }));

  function parse(hex: string): number[] {
    return hex.split(" ").map((word) => Number.parseInt(word, 16));
  }

  function one(counter: Words, [key0, key1]: [number, number]): number[] {
    words("scalar", 4, PARAMETERS).set(counter);
    probes.scalar.kernels.philoxOne(RESULT, PARAMETERS, key0, key1);
    return [...words("scalar", 4)];
  }

  function four(counters: readonly Words[], [key0, key1]: [number, number]): number[][] {
    words("simd", 16, PARAMETERS).set([0, 1, 2, 3].flatMap((word) => counters.map((counter) => counter[word] as number)));
    probes.simd.kernels.philoxFour(RESULT, PARAMETERS, key0, key1);
    return counters.map((_, lane) => [0, 1, 2, 3].map((word) => words("simd", 16)[4 * word + lane] as number));
  }

  it.each(KNOWN)("answers Random123's known vector $out", ({ counter, key, out }) => {
    expect(philox(counter, ...key)).toEqual(out);
    expect(one(counter, key)).toEqual(out);
    expect(four([counter, counter, counter, counter], key)).toEqual([out, out, out, out]);
  });

  it("agrees with BigInt arithmetic on random counters and keys, one and four at a time", () => {
    const random = randomNumbers(1);
    const word = () => Math.floor(random() * 2 ** 32);
    for (let trial = 0; trial < 200; trial++) {
      const counters = Array.from({ length: 4 }, () => [word(), word(), word(), word()] as Words);
      const key: [number, number] = [word(), word()];
      const wanted = counters.map((counter) => philox(counter, ...key));
      expect(counters.map((counter) => one(counter, key))).toEqual(wanted);
      expect(four(counters, key)).toEqual(wanted);
    }
  });
});

describe("Purpose", () => {
  it("is the same list in AssemblyScript and in TypeScript", () => {
    const names = Object.keys(PURPOSE) as (keyof typeof PURPOSE)[];
    expect(Object.fromEntries(names.map((name) => [name, probes.simd.kernels[name].value]))).toEqual(PURPOSE);
  });
});
