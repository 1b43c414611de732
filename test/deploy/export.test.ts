/** Exports of every kind of policy: each acts as the policy does, and one that doesn't is refused. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { box, discrete } from "../../src/core/spaces.js";
import { checkExport, EXPORT_FORMATS, type ExportFormat, exportPolicy } from "../../src/deploy/export.js";
import { allSamples, cartPolePolicy, samplePolicy } from "./samples.js";

const samples = await allSamples();
const hasCompiler = ["cc", "gcc"].some((name) => spawnSync(name, ["--version"]).status === 0);
const BIT_EQUAL: readonly ExportFormat[] = ["policy", "js", "wasm"];
/** Random rows of every check. */
const ROWS = 64;

describe.each(EXPORT_FORMATS.filter((format) => format !== "c"))("%s", (format) => {
  it.each(samples)("acts as a policy does that is $title", async ({ policy }) => {
    const { files, parity } = await exportPolicy(policy, format);
    expect(files.size).toBe(format === "tfjs" || format === "wasm" ? 2 : 1);
    expect(parity).toMatchObject({ rows: ROWS });
    expect(parity.unchecked).toBeUndefined();
    // Measured: 1.2e-6, at the float32 kernels' rounding of sums.
    expect(parity.difference).toBeLessThanOrEqual(BIT_EQUAL.includes(format) ? 0 : 5e-6);
  });
});

describe.skipIf(!hasCompiler)("c, where there is a compiler", () => {
  // One in five: each kind, each sort of observations and each variant is among them.
  it.each(samples.filter((_, i) => i % 5 === 0))("acts as a policy does that is $title", async ({ policy }) => {
    const { parity } = await exportPolicy(policy, "c");
    expect(parity).toEqual({ rows: ROWS, difference: expect.any(Number) });
    expect(parity.difference).toBeLessThanOrEqual(1e-6); // Measured: 0 on x86-64, whose compiler fuses no multiplications with additions.
  });
});

describe("c, without a compiler", () => {
  it("is written, and says that it was not checked", async () => {
    const path = process.env.PATH;
    try {
      process.env.PATH = "";
      const { files, parity } = await exportPolicy(await cartPolePolicy(), "c");
      expect(files.get("policy.h")?.length).toBeGreaterThan(1000);
      expect(parity).toEqual({ rows: 0, difference: 0, unchecked: "no C compiler found (looked for cc and gcc)" });
    } finally {
      process.env.PATH = path;
    }
  });
});

describe("the check", () => {
  /** Another network with the same shapes. */
  const twin = () =>
    samplePolicy({ observationSpace: box([-1, -1], [1, 1]), actionSpace: box([-1], [1]), distribution: { kind: "gaussian" }, hidden: [5] });
  const other = () =>
    samplePolicy({
      ...{ observationSpace: box([-1, -1], [1, 1]), actionSpace: box([-1], [1]), distribution: { kind: "gaussian" } },
      ...{ hidden: [5], rescaleAction: true, isNormalised: true },
    });

  it.each(EXPORT_FORMATS.filter((format) => format !== "c" || hasCompiler))("refuses %s files of another policy", async (format) => {
    const { files } = await exportPolicy(await other(), format);
    await expect(checkExport(await twin(), format, files)).rejects.toThrow(
      /^the \w+ export does not act as the policy does: .*nothing was written$/,
    );
    await expect(checkExport(await other(), format, files)).resolves.toMatchObject({ rows: ROWS });
  });

  it.each(["onnx", "tfjs"] as const)("sees a single weight of %s that moved by 1e-3", async (format) => {
    const policy = await cartPolePolicy();
    const { files } = await exportPolicy(policy, format);
    const [name, bytes] = [...files][0] as [string, Uint8Array];
    const altered = new Uint8Array(bytes);
    const view = new DataView(altered.buffer);
    const at = findBytes(altered, firstWeight(await policy.bytes()));
    view.setFloat32(at, view.getFloat32(at, true) + 1e-3, true);
    await expect(checkExport(policy, format, new Map([...files, [name, altered]]))).rejects.toThrow(/differ by/);
  });

  it("takes observations of the caller's, the newest frame last", async () => {
    const policy = await cartPolePolicy();
    const { parity } = await exportPolicy(policy, "onnx", { observations: new Float32Array(12) });
    expect(parity.rows).toBe(ROWS + 3);
    await expect(exportPolicy(policy, "onnx", { observations: new Float32Array(5) })).rejects.toThrow(/5 numbers .* rows of 4/);
  });

  it("leaves what the policy remembers alone", async () => {
    const make = () =>
      samplePolicy({ observationSpace: box([-1], [1]), actionSpace: discrete(2), distribution: { kind: "categorical" }, frameStack: 4 });
    const [asked, left] = [await make(), await make()];
    for (const policy of [asked, left]) policy.act([0.5], { deterministic: false });
    await exportPolicy(asked, "js");
    const draws = (policy: typeof asked) => Array.from({ length: 30 }, (_, i) => policy.act([Math.sin(i)], { deterministic: false }));
    expect(draws(asked)).toEqual(draws(left));
  });
});

describe("refusals", () => {
  it("name the formats that there are", async () => {
    const format = "pickle" as ExportFormat;
    await expect(exportPolicy(await cartPolePolicy(), format)).rejects.toThrow(
      'unknown format "pickle"; known are: policy, c, onnx, tfjs, js, wasm',
    );
  });

  it("say what a LayersModel can't do", async () => {
    const policy = await samplePolicy({
      ...{ observationSpace: box([-1], [1]), actionSpace: box([0], [Infinity]), distribution: { kind: "gaussian" } },
    });
    await expect(exportPolicy(policy, "tfjs")).rejects.toThrow(/can't clip actions of which only some are bounded/);
    await expect(exportPolicy(policy, "onnx")).resolves.toMatchObject({ parity: { rows: ROWS } });
    await expect(exportPolicy(policy, "c")).resolves.toMatchObject({ parity: { difference: expect.any(Number) } });
  });
});

/** The first weight's bytes and some that follow: unlikely to stand anywhere else. */
function firstWeight(file: Uint8Array): Uint8Array {
  const start = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));
  return file.slice(start, start + 16);
}

function findBytes(bytes: Uint8Array, sought: Uint8Array): number {
  const at = Buffer.from(bytes).indexOf(sought);
  expect(at).toBeGreaterThanOrEqual(0);
  return at;
}
