/** Several processes that want one folder. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { reopenRunFolder } from "../../src/cli/folder.js";
import { lineOf } from "../../src/run/logs/log.js";
import { ENDLESS, lanewise, outcome, resultOf, SMALL, shell, start, temporaryFolder } from "./lanewise.js";

const root = temporaryFolder();
const SHORT = [...SMALL, "--steps", "256"];

describe("a folder", () => {
  it("in which a run is under way is refused by name of its process, killed or not; what is there stays", async () => {
    const first = start(root, [...ENDLESS, "--out", "busy"]);
    const ended = outcome(first);
    await new Promise((resolve) => first.stderr?.once("data", resolve));
    const second = await lanewise(root, [...SHORT, "--out", "busy"]);
    expect(second).toMatchObject({ code: 2, stdout: "" });
    expect(second.stderr).toMatch(new RegExp(`^lanewise: busy is in use by process ${first.pid}; .+\n$`));
    first.kill("SIGKILL");
    expect(await ended).toMatchObject({ signal: "SIGKILL" });
    const before = readdirSync(join(root, "busy"));
    expect(before).toContain(".lock");
    const third = await lanewise(root, [...SHORT, "--out", "busy"]);
    expect(third).toMatchObject({ code: 2, stderr: expect.stringMatching(/^lanewise: busy holds a run already/) });
    expect(readdirSync(join(root, "busy"))).toEqual(before);
  });

  it("that three runs want at the same moment is given to one of them", async () => {
    const runs = await Promise.all([1, 2, 3].map(() => lanewise(root, [...SHORT, "--out", "wanted"])));
    const [won = [], lost = []] = [0, 2].map((code) => runs.filter((run) => run.code === code));
    expect([won.length, lost.length]).toEqual([1, 2]);
    for (const { stderr } of lost) expect(stderr).toMatch(/^lanewise: wanted (is in use by|holds a run already).+\n$/);
    expect(resultOf(won[0] as (typeof runs)[number])).toMatchObject({ steps: 256, dir: "wanted" });
  });

  it("whose lock is of a process that is gone is taken over", async () => {
    const gone = start(root, ["--version"]);
    await outcome(gone);
    mkdirSync(join(root, "stale"));
    writeFileSync(join(root, "stale/.lock"), `${gone.pid}\n`);
    expect(await lanewise(root, [...SHORT, "--out", "stale"])).toMatchObject({ code: 0 });
    expect(readdirSync(join(root, "stale"))).not.toContain(".lock");
  });

  it("whose lock is of an earlier process of the same number, as in a container that was started again, is taken over", async () => {
    const run = await shell(root, `mkdir again; echo $$ > again/.lock; exec $lanewise ${SHORT.join(" ")} --out again`);
    expect(run).toMatchObject({ code: 0 });
    expect(readdirSync(join(root, "again"))).not.toContain(".lock");
  });
});

it("a run that goes on keeps the lines of an earlier process, one of the same number included", () => {
  const path = join(root, "recalled");
  mkdirSync(path);
  const lines = [1, 2, 3].map((iteration) => lineOf(256 * iteration, { "time/iteration": iteration }));
  const text = (some: readonly string[]) => some.map((line) => `${line}\n`).join("");
  writeFileSync(join(path, "progress.jsonl"), text(lines.slice(0, 1)));
  writeFileSync(join(path, `.progress.jsonl.${process.pid}.live`), text(lines));
  const folder = reopenRunFolder(path);
  expect(folder.recall(2)).toEqual(lines.slice(0, 2));
  expect(readFileSync(join(path, "progress.jsonl"), "utf8")).toBe(text(lines.slice(0, 2)));
  folder.log("{}");
  folder.release();
  expect(readFileSync(join(path, "progress.jsonl"), "utf8")).toBe(text([...lines.slice(0, 2), "{}"]));
  expect(readdirSync(path)).toEqual(["progress.jsonl"]);
});
