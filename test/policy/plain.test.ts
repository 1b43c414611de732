/** Acting where there is no SIMD: the plain kernels take the place of the others, and give the same bits. */
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { trialsFor } from "../../src/deploy/observations.js";
import { compareBits } from "../../src/deploy/parity.js";
import { planOf } from "../../src/deploy/plan.js";
import { decodePolicy } from "../../src/policy/format.js";
import { loadPolicy } from "../../src/policy/policy.js";
import { allSamples, cartPolePolicy } from "../deploy/samples.js";

const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(`../../build/${name}`, import.meta.url)));
const samples = await allSamples();
const plain = await WebAssembly.compile(bytesOf("policy.scalar.wasm"));

describe("plain kernels", () => {
  it.each(samples)("act and draw as those with SIMD do: $title", async ({ policy }) => {
    const file = await policy.bytes();
    const plan = planOf(await decodePolicy(file));
    expect(compareBits("plain", plan, policy, await loadPolicy(file, { wasmModule: plain }), trialsFor(plan))).toMatchObject({
      difference: 0,
    });
  });
});

describe("a host without SIMD", () => {
  const compiled: number[] = [];
  beforeEach(() => {
    vi.resetModules(); // which has compiled kernels already
    compiled.length = 0;
    const { Module } = WebAssembly;
    // biome-ignore lint/complexity/useArrowFunction: it is called with new
    vi.spyOn(WebAssembly, "Module").mockImplementation(function (bytes) {
      compiled.push(bytes.byteLength);
      if (bytes.byteLength === bytesOf("policy.wasm").length) throw new WebAssembly.CompileError("invalid value type 's128'");
      return new Module(bytes);
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("loads the plain kernels", async () => {
    const file = await (await cartPolePolicy()).bytes();
    const fresh = await import("../../src/policy/policy.js");
    const policy = await fresh.loadPolicy(file);
    expect(compiled).toEqual([bytesOf("policy.wasm").length, bytesOf("policy.scalar.wasm").length]);
    expect(policy.act([0, 1, 0, 1])).toBe((await cartPolePolicy()).act([0, 1, 0, 1]));
  });
});
