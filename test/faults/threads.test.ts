/** A thread of a run that dies in the middle of its work. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { complaints, ENDLESS, lanewise, policyIn, progressIn, temporaryFolder } from "./lanewise.js";

const root = temporaryFolder();

it("a worker that dies during a rollout ends the run in one line that names it, and what was learned is saved", async () => {
  const run = await lanewise(root, [...ENDLESS, "--workers", "2", "--out", "killed"], "kill-worker.mjs");
  expect(complaints(run)).toEqual([expect.stringMatching(/^lanewise: the worker of lanes \d to \d died: exit code 1$/)]);
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(progressIn(join(root, "killed"))).toHaveLength(9);
  expect(readdirSync(join(root, "killed")).toSorted()).toEqual(["config.json", "curve.svg", "policy.safetensors", "progress.jsonl"]);
  expect((await policyIn(join(root, "killed"))).header.training.steps).toBe(9 * 256);
});
