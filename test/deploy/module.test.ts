/** The forms in WebAssembly, used as their users do; and how large they are. */
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { box, discrete } from "../../src/core/spaces.js";
import { type ExportFormat, exportPolicy } from "../../src/deploy/export.js";
import { minified } from "../../src/deploy/minify.mjs";
import type { createPolicy, ExportedPolicy } from "../../src/deploy/runtime.js";
import type { Policy } from "../../src/policy/policy.js";
import { noise } from "../policy/samples.js";
import { cartPolePolicy, samplePolicy } from "./samples.js";

const path = (name: string) => new URL(`../../${name}`, import.meta.url);

async function filesOf(policy: Policy, format: ExportFormat): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const { files } = await exportPolicy(policy, format);
  return Object.fromEntries(Array.from(files, ([name, bytes]) => [name, new Uint8Array(bytes)]));
}

/** Base64 here, so that it is another module than the one that the check has imported. */
function importBytes<T>(bytes: Uint8Array): Promise<T> {
  const address = `data:text/javascript;base64,${Buffer.from(bytes).toString("base64")}`;
  return import(/* @vite-ignore */ address);
}

async function exportedBoth(policy: Policy): Promise<ExportedPolicy[]> {
  const [js, wasm] = [await filesOf(policy, "js"), await filesOf(policy, "wasm")];
  const loader = await importBytes<{ createPolicy: typeof createPolicy }>(wasm["policy.js"] as Uint8Array);
  const module = await WebAssembly.compile(wasm["policy.wasm"] as Uint8Array<ArrayBuffer>);
  return [(await importBytes<{ policy: ExportedPolicy }>(js["policy.js"] as Uint8Array)).policy, await loader.createPolicy(module)];
}

describe("an exported module", () => {
  it("acts and draws as the policy does, one by one and in batches of any size, growing or not", async () => {
    const policy = await cartPolePolicy();
    for (const exported of await exportedBoth(policy)) {
      policy.seed(11);
      exported.seed(11);
      for (const rows of [1, 7, 3, 1000, 4]) {
        const observations = noise(4 * rows, rows);
        expect(exported.logits(observations)).toEqual(policy.logits(observations));
        expect(exported.actBatch(observations)).toEqual(policy.actBatch(observations));
        expect(exported.actBatch(observations, { deterministic: false })).toEqual(policy.actBatch(observations, { deterministic: false }));
        expect(exported.act([0, 1, 0, 1], { deterministic: false })).toBe(policy.act([0, 1, 0, 1], { deterministic: false }));
      }
    }
  });

  it("remembers frames row by row, and forgets those of a row that begins anew", async () => {
    const spaces = { observationSpace: box([-1, -1], [1, 1]), actionSpace: box([-2], [2]) };
    const policy = await samplePolicy({ ...spaces, distribution: { kind: "squashedGaussian" }, frameStack: 3, isNormalised: true });
    for (const exported of await exportedBoth(policy)) {
      policy.reset();
      policy.seed(0);
      for (let t = 0; t < 6; t++) {
        const observations = noise(8, t + 1);
        if (t === 3) for (const one of [policy, exported]) one.reset(2);
        expect(exported.actBatch(observations, { deterministic: false })).toEqual(policy.actBatch(observations, { deterministic: false }));
      }
    }
  });

  it("tells what it was trained for, without the networks", async () => {
    for (const { header } of await exportedBoth(await cartPolePolicy())) {
      const observationSpace = { kind: "box", low: [-4.8, "-inf", -0.418, "-inf"], high: [4.8, "inf", 0.418, "inf"] };
      expect(header).toMatchObject({ algorithm: "ppo", environment: "Sample-v0", observationSpace, actionSpace: discrete(2) });
      expect(Object.keys(header)).not.toContain("actor");
    }
  });

  it("refuses what is no observation, and no seed", async () => {
    const indexed = { observationSpace: discrete(5), actionSpace: discrete(2), distribution: { kind: "greedy" } } as const;
    const [overIndices] = await exportedBoth(await samplePolicy(indexed));
    for (const index of [-1, 5, 0.5, Number.NaN])
      expect(() => overIndices?.act([index])).toThrow(`number 0 of the observations is ${index}`);
    const [exported] = await exportedBoth(await cartPolePolicy());
    expect(() => exported?.act([1, 2, 3])).toThrow("the observation has 3 numbers, wanted 4");
    expect(() => exported?.act([1, 2, Number.NaN, 0])).toThrow("number 2 of the observations is NaN, not a finite float32");
    expect(() => exported?.act([1, 2, 1e39, 0])).toThrow("not a finite float32");
    expect(() => exported?.actBatch([1, 2, 3, 4, 5])).toThrow("5 numbers are no whole rows of 4");
    for (const seed of [-1, 0.5, 2 ** 32]) expect(() => exported?.seed(seed)).toThrow(`seed ${seed} is not an integer`);
  });

  it("carries its policy; the bare kernels are refused", async () => {
    const { "policy.js": script } = await filesOf(await cartPolePolicy(), "wasm");
    const loader = await importBytes<{ createPolicy: typeof createPolicy }>(script as Uint8Array);
    const bare = await WebAssembly.compile(new Uint8Array(readFileSync(path("build/acting.wasm"))));
    await expect(loader.createPolicy(bare)).rejects.toThrow("this WebAssembly module carries no policy");
  });

  it("imports nothing and reaches for nothing outside", async () => {
    const { "policy.js": js } = await filesOf(await cartPolePolicy(), "js");
    const code = Buffer.from(js as Uint8Array)
      .toString()
      .replace(/"[^"]*"/g, '""');
    expect(code).not.toMatch(/\bimport\b|\brequire\b|\bfetch\b|\beval\b|\bFunction\b|\bprocess\b/);
  });
});

/** Bytes of a file, compressed as servers compress it. */
const compressed = (name: string) => gzipSync(readFileSync(path(name))).length;

describe("sizes", () => {
  it("of CartPole's 4-64-64-2 in one module are at most 30 kB", async () => {
    const { "policy.js": js } = await filesOf(await cartPolePolicy(), "js");
    expect(js?.length).toBeLessThanOrEqual(30_000); // 29.9 kB
  });

  it("of the loader of policy files and the kernels are at most 8 kB, compressed", () => {
    const kernels = Math.max(compressed("build/policy.wasm"), compressed("build/policy.scalar.wasm"));
    expect(compressed("dist/policy/index.js") + kernels).toBeLessThanOrEqual(8_000); // 5.3 + 2.7 kB
  });

  it("of an exported loader and the kernels are smaller still", async () => {
    const { "policy.js": loader } = await filesOf(await cartPolePolicy(), "wasm");
    expect(compressed("build/acting.wasm") + gzipSync(loader as Uint8Array).length).toBeLessThanOrEqual(4_500); // 1.9 + 2.4 kB
  });

  it("are those of the sources as they are now; writing files is no part of loading them", async () => {
    for (const name of ["build/runtime.js", "build/self-contained.js", "dist/policy/index.js"] as const) {
      expect(readFileSync(path(name), "utf8")).toBe(await minified(name));
    }
    expect(readFileSync(path("dist/policy/index.js"), "utf8")).not.toContain("no tensor may be named");
  });
});
