/** Environments built from AssemblyScript: the template, other forms that a source may take, and loading what was built. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type BuiltEnvironment, buildEnvironment, environmentTemplate, registerSource } from "../../src/build/index.js";
import { UsageError } from "../../src/core/errors.js";
import { box, discrete } from "../../src/core/spaces.js";
import { loadEnv } from "../../src/envs/load.js";
import { environments } from "../../src/envs/registry.js";
import type { CompiledSpec } from "../../src/envs/spec.js";
import { makeVec, type StepResult } from "../../src/envs/vec-env.js";
import { evaluate } from "../../src/run/evaluate.js";
import { train } from "../../src/run/train.js";
import { bitsOf } from "../oracle/bits.js";
import { randomActions } from "../oracle/environments.js";
import { randomNumbers } from "../oracle/random.js";
import { altered, TEMPLATE } from "./sources.js";

/** A module takes about a second to compile, several on a busy machine. */
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let template: BuiltEnvironment;
let folder = "";
beforeAll(async () => {
  template = await buildEnvironment(TEMPLATE);
  folder = mkdtempSync(join(tmpdir(), "lanewise-build-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The bits of `steps` random steps of 13 lanes, with resets: three full groups and a ragged one. */
async function play(spec: CompiledSpec, steps = 500): Promise<string[]> {
  const env = await makeVec(spec, { numEnvs: 13 });
  const random = randomNumbers(3);
  const bits = [bitsOf(env.reset(7))];
  for (let t = 0; t < steps; t++) bits.push(bitsOfStep(env.step(randomActions(spec, env.numEnvs, random))));
  return bits;
}

function bitsOfStep({ observation, reward, terminated, truncated }: StepResult): string {
  return bitsOf(observation, reward, terminated, truncated);
}

describe("the template", () => {
  it("says itself what it is", () => {
    const { module, ...description } = template.spec;
    expect(module).toBeInstanceOf(WebAssembly.Module);
    expect(description).toEqual({
      id: "MyEnv-v0",
      timeLimit: 100,
      rewardThreshold: 1.6,
      observationSpace: box([-1, -1, -1, -1], [1, 1, 1, 1]),
      actionSpace: box([-1, -1], [1, 1]),
    });
  });

  it("steps four lanes at once to the bits of its scalar twin", async () => {
    const twin = await buildEnvironment(TEMPLATE, { twin: "scalar" });
    expect(twin.binary).not.toEqual(template.binary);
    expect(await play(template.spec)).toEqual(await play(twin.spec));
  });

  it("stays within its spaces, and its episodes end in both ways", async () => {
    const env = await makeVec(template.spec, { numEnvs: 64 });
    const random = randomNumbers(1);
    const [seen, ends] = [[...env.reset(0)], [0, 0] as [number, number]];
    for (let t = 0; t < 500; t++) {
      const { observation, terminated, truncated } = env.step(randomActions(template.spec, env.numEnvs, random));
      seen.push(Math.min(...observation), Math.max(...observation));
      ends[0] += terminated.filter(Boolean).length;
      ends[1] += truncated.filter(Boolean).length;
    }
    expect(seen.filter((value) => !(Math.abs(value) <= 1))).toEqual([]);
    expect(Math.min(...ends)).toBeGreaterThan(10);
  });

  /**
   * Whoever gets the puck to the middle from everywhere has 1 for it and the mean distance of a point in the square, 0.765, less
   * what is left at the end: 1.68 is measured. Whoever never does has less than 0.77. So 1.6 is to get there nearly always.
   */
  it("is learned by PPO with its default options in 25,000 steps", async () => {
    const run = train({ algo: "ppo", env: template.spec, seed: 1, totalSteps: 25_000 });
    for await (const _ of run);
    const { meanReturn } = await evaluate(await run.policy(), { env: template.spec });
    expect(meanReturn).toBeGreaterThan(template.spec.rewardThreshold as number);
  });

  it("takes the name that it is given", () => {
    const source = environmentTemplate("two-pucks");
    expect(source).toContain('export const ID = "TwoPucks-v0"');
    expect(source).toContain("npx lanewise build two-pucks.ts");
    expect(source).not.toMatch(/my-?env/i);
  });

  it.each(["", "-a", "a/b", "../a", "a b", "a.ts", "ä"])("refuses the name %j", (name) => {
    expect(() => environmentTemplate(name)).toThrow(UsageError);
  });
});

describe("a built environment", () => {
  it("is the same from its file, its URL, its bytes and its module", async () => {
    const path = join(folder, "my-env.wasm");
    writeFileSync(path, template.binary);
    const wanted = await play(template.spec, 20);
    for (const source of [path, pathToFileURL(path), template.binary, template.binary.buffer, template.spec.module]) {
      const spec = await loadEnv(source as Parameters<typeof loadEnv>[0]);
      expect({ ...spec, module: undefined }).toEqual({ ...template.spec, module: undefined });
      expect(await play(spec, 20)).toEqual(wanted);
    }
  });

  it("is known by its id once it is registered, which happens once", async () => {
    const spec = await registerSource(altered('"MyEnv-v0"', '"Registered-v0"'));
    expect((environments as Record<string, unknown>)["Registered-v0"]).toBe(spec);
    await expect(registerSource(altered('"MyEnv-v0"', '"CartPole-v1"'))).rejects.toThrow(UsageError);
  });

  it.each([
    ["nowhere.wasm", "there is no environment nowhere.wasm"],
    ["https://127.0.0.1:9/my-env.wasm", "can't read the environment https://127.0.0.1:9/my-env.wasm"],
    [new Uint8Array([1, 2, 3]), "this module is no WebAssembly module"],
    [
      new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
      "this module is a WebAssembly module, but no environment: make one with lanewise build",
    ],
  ])("refuses %s", async (source, message) => {
    const error = await loadEnv(source).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).toContain(message);
  });

  it.each<[what: string, change: (text: string) => string, message: string]>([
    ["another form", (text) => text.replace('"format":2', '"format":1'), "by another version of lanewise (form 1, not 2): build it again"],
    ["no JSON", (text) => text.replace('{"format"', '["format"'), "the description of this module is damaged: build it again"],
    ["an id that leaves its folder", (text) => text.replace("MyEnv-v0", "../nv-v0"), 'the id "../nv-v0"'],
    ["crossed bounds", (text) => text.replace('"low":[-1,', '"low":[ 9,'), "build it again"],
  ])("refuses a description with %s", async (_, change, message) => {
    const text = Buffer.from(template.binary).toString("latin1");
    expect(change(text)).not.toBe(text);
    const damaged = Buffer.from(change(text), "latin1");
    await expect(loadEnv(damaged)).rejects.toThrow(message);
  });
});

describe("a source", () => {
  it("may have discrete actions, open bounds, constants and sums of them, and no threshold", async () => {
    const source = altered(/export const ACTION_LOW.*\n.*\n/, "export const ACTIONS: i32 = 1 + 2;\n")
      .replace(/export const REWARD_THRESHOLD.*\n/, "")
      .replace(/OBSERVATION_LOW: .*/, "OBSERVATION_LOW = [-Infinity, (-HALF_WIDTH), -2 * MAX_SPEED + 0.5, -Math.PI / 2];")
      .replace("action.get(1)", "1");
    const { spec } = await buildEnvironment(source);
    expect(spec.actionSpace).toEqual(discrete(3));
    expect(spec.observationSpace).toEqual(box([-Infinity, -1, -1.5, -Math.PI / 2], [1, 1, 1, 1]));
    expect(spec).not.toHaveProperty("rewardThreshold");
    expect((await play(spec, 20)).length).toBe(21);
  });

  it("may import files beside it, if there is someone to read them", async () => {
    const source = altered(/\/\*\* x, or the nearer[\s\S]*$/, "").replace(
      "import {",
      'import { within } from "./shared/within";\nimport {',
    );
    const within = `import { atLeast, atMost } from "lanewise/lanes";
      @lanes export function within(x: f32, limit: f32): f32 { return atMost(atLeast(x, -limit), limit); }`;
    const read = (path: string) => (path === "shared/within.ts" ? within : undefined);
    expect(await play((await buildEnvironment(source, { read })).spec)).toEqual(await play(template.spec));
    await expect(buildEnvironment(source)).rejects.toThrow("environment.ts:10:24: File 'shared/within.ts' not found");
  });
});
