/** `lanewise export`, as a shell sees it. Wants a fresh dist/: `npm test` builds first. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { box } from "../../src/core/spaces.js";
import { commandLine } from "../oracle/command-line.js";
import { cartPolePolicy, samplePolicy } from "./samples.js";

let root = "";
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "lanewise-export-"));
  await saveRun("run", await (await cartPolePolicy()).bytes());
});
afterAll(() => rmSync(root, { recursive: true }));

async function saveRun(name: string, policy: Uint8Array): Promise<void> {
  mkdirSync(join(root, name));
  writeFileSync(join(root, name, "policy.safetensors"), policy);
}

const lanewise = (...args: readonly string[]) => commandLine(["export", ...args], root);

describe("export", () => {
  it.each([
    ["policy", "run.safetensors", /^run.safetensors: policy, [\d,]+ bytes\nacts as the policy does on 64 observations: the same bits\n$/],
    [
      "onnx",
      "run.onnx",
      /^run.onnx: onnx, [\d,]+ bytes\nacts as the policy does on 64 observations: within \de-\d\n$|within \d\.\de-\d\n$/,
    ],
    ["js", "run.js", /^run.js: js, [\d,]+ bytes\nacts as .*: the same bits\n$/],
    ["c", "run.h", /^run.h: c, [\d,]+ bytes\n(acts as the policy does|not checked: no C compiler found)/],
  ])("writes %s as a file named after the run", async (format, name, says) => {
    const { code, stdout, stderr } = await lanewise("run", "--format", format);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(says);
    expect(readFileSync(join(root, name)).length).toBeGreaterThan(10_000);
  });

  it.each([
    ["tfjs", "run-tfjs", ["model.json", "weights.bin"]],
    ["wasm", "run-wasm", ["policy.js", "policy.wasm"]],
  ])("writes %s as a folder, and again into the same", async (format, name, files) => {
    for (const _ of [1, 2]) expect(await lanewise("run", "--format", format)).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(join(root, name)).sort()).toEqual(files);
  });

  it("writes where it is told to, and a file that acts in a process of its own", async () => {
    mkdirSync(join(root, "out"));
    expect((await lanewise("run", "--format", "js", "--out", "out/cart.mjs")).code).toBe(0);
    const script = 'import { policy } from "./cart.mjs"; console.log(policy.act([0.01, 0, -0.02, 0]))';
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { cwd: join(root, "out"), encoding: "utf8" });
    expect(stdout).toMatch(/^[01]\n$/);
  });
});

describe("what it refuses, in one line", () => {
  const refused = async (args: readonly string[], message: string | RegExp) => {
    const before = readdirSync(root);
    const { code, stdout, stderr } = await lanewise(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^lanewise: .+\n$/);
    expect(stderr).toMatch(message);
    expect(readdirSync(root)).toEqual(before);
  };

  it("is a format that there isn't, or none", async () => {
    await refused(["run", "--format", "pickle"], /unknown format "pickle"; known are: policy, c, onnx, tfjs, js, wasm/);
    await refused(["run"], /--format/);
  });

  it("is a folder without a policy, and a policy that is broken", async () => {
    await refused(["nowhere", "--format", "js"], /there is no folder nowhere/);
    await saveRun("broken", (await (await cartPolePolicy()).bytes()).slice(0, -1));
    await refused(["broken", "--format", "js"], /policy\.safetensors: cut short/);
  });

  it("is a place that can't be written to", async () => {
    await refused(["run", "--format", "js", "--out", "missing/cart.js"], /there is no folder .*missing/);
    await refused(["run", "--format", "js", "--out", "run"], /run is a folder; name a file/);
    await refused(["run", "--format", "tfjs", "--out", "run/policy.safetensors"], /is a file; this format takes a folder/);
  });

  it("is an export that doesn't act as the policy does, of which nothing is left", async () => {
    // Within a layer, a normaliser around a million loses what distinguishes the observations.
    const spaces = { observationSpace: box([1e6 - 1], [1e6 + 1]), actionSpace: box([-9], [9]) };
    const policy = await samplePolicy({ ...spaces, distribution: { kind: "gaussian" }, isNormalised: true, mean: 1e6, limit: 10 });
    await saveRun("far", await policy.bytes());
    await refused(
      ["far", "--format", "tfjs"],
      /the tfjs export does not act as the policy does: its outputs differ by .*; nothing was written/,
    );
    expect((await lanewise("far", "--format", "onnx")).code).toBe(0);
  });

  it("is a form that can't hold the policy, and leaves nothing behind", async () => {
    const actionSpace = box([0], [Infinity]);
    const policy = await samplePolicy({ observationSpace: box([-1], [1]), actionSpace, distribution: { kind: "gaussian" } });
    await saveRun("half", await policy.bytes());
    await refused(["half", "--format", "tfjs"], /can't clip actions/);
    expect(existsSync(join(root, "half-tfjs"))).toBe(false);
  });
});
