/** SIGINT and SIGTERM at every moment of a run: an exit code that says so, and a folder that can be used or none. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { complaints, ENDLESS, lanewise, policyIn, progressIn, resultOf, SMALL, temporaryFolder } from "./lanewise.js";

const root = temporaryFolder();
const FILES = ["config.json", "curve.svg", "policy.safetensors", "progress.jsonl", "result.json"];
const SHORT = [...SMALL, "--steps", "512"];

describe("a signal", () => {
  it.each(["SIGINT", "SIGTERM"])("%s before the command has begun ends it as any other, and leaves nothing", async (signal) => {
    const run = await lanewise(root, [...SHORT, "--out", `${signal}-start`], `signal.mjs?signal=${signal}&at=start`);
    expect(run).toEqual({ code: null, signal, stdout: "", stderr: "" });
    expect(existsSync(join(root, `${signal}-start`))).toBe(false);
  });

  it.each([
    ["while TensorFlow.js is loaded", "SIGTERM", 143, "tfjs-backend-wasm-simd.wasm", ENDLESS, 1],
    ["before the first iteration", "SIGINT", 130, "rollout.wasm", ENDLESS, 1],
    ["in training", "SIGINT", 130, "progress.jsonl", ENDLESS, 1],
    ["while the policy is saved", "SIGTERM", 143, "policy.safetensors", SHORT, 2],
    ["when evaluation begins", "SIGINT", 130, "curve.svg", SHORT, 2],
  ] as const)(
    "%s stops after the iteration at hand and saves everything but an evaluation",
    async (_, signal, code, at, args, iterations) => {
      const run = await lanewise(root, [...args, "--out", at], `signal.mjs?signal=${signal}&at=${at}`);
      expect(complaints(run)).toEqual([`${signal}: stopping and saving; once more to quit at once`]);
      expect(run.code).toBe(code);
      expect(readdirSync(join(root, at)).toSorted()).toEqual(FILES);
      expect(progressIn(join(root, at))).toHaveLength(iterations);
      expect(resultOf(run)).toMatchObject({ steps: 256 * iterations, dir: at });
      expect(resultOf(run)).not.toHaveProperty("evalMeanReturn");
      expect((await policyIn(join(root, at))).header.training.steps).toBe(256 * iterations);
    },
  );

  it("that comes again while the run is saved ends it at once; what stands there is whole", async () => {
    const run = await lanewise(root, [...ENDLESS, "--out", "twice"], "signal.mjs?signal=SIGINT&at=progress.jsonl&again=policy.safetensors");
    expect(run).toMatchObject({ code: 130, stdout: "" });
    expect(FILES.slice(0, -1)).toEqual(expect.arrayContaining(readdirSync(join(root, "twice"))));
    expect(progressIn(join(root, "twice"))).toHaveLength(1);
    expect((await policyIn(join(root, "twice"))).header.training.steps).toBe(256);
  });
});
