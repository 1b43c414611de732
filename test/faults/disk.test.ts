/** Disks that are full or can't be written to, and folders that are taken away: what was saved stays whole, and one line says what happened. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventsIn } from "../oracle/events.js";
import { complaints, ENDLESS, MOUNTING, policyIn, progressIn, shell, temporaryFolder, whyNoMounts } from "./lanewise.js";

const root = temporaryFolder();
const noMounts = whyNoMounts();
const train = `$lanewise ${ENDLESS.join(" ")}`;
const LEFT = ["config.json", "curve.svg", "policy.safetensors", "progress.jsonl"];

/** The steps of a table's rows; fails unless each is whole. */
function stepsInTable(path: string): number[] {
  const [head = "", ...rows] = readFileSync(path, "utf8").split("\r\n");
  expect(rows.pop()).toBe("");
  const columns = head.split(",").length;
  expect(rows.map((row) => row.split(",").length)).toEqual(rows.map(() => columns));
  return rows.map((row) => Number.parseInt(row, 10));
}

/** The steps of the iterations in a folder's event file; fails unless each record is whole. */
function stepsInEvents(folder: string): number[] {
  const name = readdirSync(folder).find((one) => one.startsWith("events.out.tfevents.")) as string;
  const events = eventsIn(readFileSync(join(folder, name)));
  const isIteration = ({ summary }: (typeof events)[number]) =>
    summary?.["value"].some(({ tag }: { readonly tag: string }) => tag === "time/iteration") === true;
  return events.filter(isIteration).map(({ step }) => Number(step));
}

/** The run in this folder was saved: whole lines, no leftovers, and a policy that plays. The curve comes last, and may not fit any more. */
async function expectSaved(folder: string): Promise<void> {
  expect(LEFT).toEqual(expect.arrayContaining(readdirSync(join(root, folder))));
  const iterations = progressIn(join(root, folder)).map(({ iteration }) => iteration);
  expect(iterations.length).toBeGreaterThan(1);
  expect(iterations).toEqual(iterations.map((_, i) => i + 1));
  await policyIn(join(root, folder));
}

describe("a disk", () => {
  it("that is full stops the run, which gives up the second copy of its progress and saves its policy", async ({ skip }) => {
    if (noMounts) return skip(noMounts);
    const script = `mkdir full filled; mount -t tmpfs -o size=64k none full; code=0; ${train} --out full/run || code=$?; cp -r full/run/. filled; exit $code`;
    const run = await shell(root, script, MOUNTING);
    expect(complaints(run).at(-1)).toBe("lanewise: cannot write full/run/progress.jsonl: ENOSPC: no space left on device");
    expect(run).toMatchObject({ code: 1, stdout: "" });
    await expectSaved("filled");
  });

  it("that is full under logs stops the run; what each of them recorded before is whole", async ({ skip }) => {
    if (noMounts) return skip(noMounts);
    const logs = "--log csv,tensorboard --out crowded/run";
    const script = `mkdir crowded logged; mount -t tmpfs -o size=128k none crowded; code=0; ${train} ${logs} || code=$?; cp -r crowded/run/. logged; exit $code`;
    const run = await shell(root, script, MOUNTING);
    expect(complaints(run).at(-1)).toMatch(/^lanewise: cannot write crowded\/run\/\S+: ENOSPC: no space left on device$/);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    const folder = join(root, "logged");
    await policyIn(folder);
    const reported = progressIn(folder).map(({ iteration }) => 256 * iteration);
    expect(reported.length).toBeGreaterThan(1);
    for (const steps of [stepsInTable(join(folder, "progress.csv")), stepsInEvents(folder)]) {
      expect(steps).toEqual(reported.slice(0, steps.length));
      expect(steps.length).toBeGreaterThanOrEqual(reported.length - 1); // the disk was full for one of them first
    }
  });

  it("on which nothing fits any more is found out before training begins", async ({ skip }) => {
    if (noMounts) return skip(noMounts);
    const fill = "mount -t tmpfs -o size=8k none none; head -c 4096 /dev/zero > none/other";
    const run = await shell(root, `mkdir none; ${fill}; code=0; ${train} --out none/run || code=$?; ls -A none; exit $code`, MOUNTING);
    expect(complaints(run)).toEqual([
      expect.stringMatching(/^lanewise: cannot write (to )?none\/run\S*: ENOSPC: no space left on device$/),
    ]);
    expect(run.stdout).toBe("other\n");
    expect(run.code).not.toBe(0);
  });

  it("that takes no larger files stops the run, which saves what still fits", async () => {
    const run = await shell(root, `ulimit -f 40; ${train} --out limited`); // blocks of 512 bytes, or of 1024
    expect(complaints(run)).toEqual(["lanewise: cannot write limited/progress.jsonl: EFBIG: file too large"]);
    expect(run).toMatchObject({ code: 1, stdout: "" });
    await expectSaved("limited");
  });

  it("that is for reading only is refused before training begins", async ({ skip }) => {
    if (noMounts) return skip(noMounts);
    const mount = "mkdir fixed; mount -t tmpfs -o ro none fixed";
    const run = await shell(root, `${mount}; ${train} --out fixed/run`, MOUNTING);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toMatch(/^lanewise: cannot write to fixed\/run: EROFS: read-only file system\n$/);
    const there = await shell(root, `mount -t tmpfs -o ro none fixed; ${train} --out fixed`, MOUNTING);
    expect(there).toEqual({ ...run, stderr: "lanewise: cannot write to fixed: EROFS: read-only file system\n" });
  });
});

it("a folder that is removed under a run stops it, and isn't made again", async () => {
  const run = await shell(root, `(until [ -s gone/progress.jsonl ]; do sleep 0.05; done; rm -r gone) & ${train} --out gone`);
  expect(complaints(run).at(-1)).toMatch(/^lanewise: cannot write gone\/\S+: ENOENT: no such file or directory$/);
  expect(run).toMatchObject({ code: 1, stdout: "" });
  expect(existsSync(join(root, "gone"))).toBe(false);
});
