/** A thread of a run that dies in the middle of its work. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { complaints, lanewise, policyIn, progressIn, resultOf, SMALL, temporaryFolder } from "./lanewise.js";

const root = temporaryFolder();
const RUN = [...SMALL, "--steps", "4096", "--workers", "2", "--checkpoint-every", "1024"];

it("a worker that dies during a rollout ends the run in one line that names it; what was learned is saved, and the run can go on", async () => {
  const killed = await lanewise(root, [...RUN, "--out", "killed"], "kill-worker.mjs");
  expect(complaints(killed)).toEqual([expect.stringMatching(/^lanewise: the worker of lanes \d to \d died: exit code 1$/)]);
  expect(killed).toMatchObject({ code: 1, stdout: "" });
  const { length: iterations } = progressIn(join(root, "killed"));
  expect(iterations).toBe(9); // of two workers one is gone before it plays its part of the tenth rollout, which so never ends
  expect(readdirSync(join(root, "killed")).toSorted()).toEqual([
    "checkpoints",
    "config.json",
    "curve.svg",
    "policy.safetensors",
    "progress.jsonl",
  ]);
  expect((await policyIn(join(root, "killed"))).header.training.steps).toBe(iterations * 256);
  expect(existsSync(join(root, "killed/checkpoints/checkpoint-2048.safetensors"))).toBe(true);

  const resumed = await lanewise(root, ["train", "--resume", "killed", "--json"]);
  const whole = await lanewise(root, [...RUN, "--out", "whole"]);
  expect(resultOf(resumed)).toMatchObject({ steps: 4096, weightsSha256: resultOf(whole).weightsSha256 });
  expect(progressIn(join(root, "killed")).map(({ iteration }) => iteration)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
});
