/** The folder that a run leaves behind: its files, its lock, its curve, and what people see meanwhile. */
import { spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openFreshFolder, openRunFolder } from "../../src/cli/folder.js";
import { UsageError } from "../../src/core/errors.js";
import type { Metrics } from "../../src/core/metrics.js";
import { ARTIFACT, openJournal, writeAtomically } from "../../src/run/artifacts.js";
import { curveSvg } from "../../src/run/curve.js";
import { describeProgress, formatDuration, progressBar, progressOn } from "../../src/run/progress.js";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lanewise-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const read = (...path: string[]) => readFileSync(join(root, ...path), "utf8");
const list = (...path: string[]) => readdirSync(join(root, ...path)).sort();

describe("writing a file", () => {
  test("replaces it as a whole: who had it open still reads the old one to its end", () => {
    const path = join(root, "file");
    writeFileSync(path, "old");
    const reader = openSync(path, "r");
    writeAtomically(path, "brand new");
    expect(readFileSync(reader, "utf8")).toBe("old");
    closeSync(reader);
    expect(read("file")).toBe("brand new");
    expect(list()).toEqual(["file"]);
  });

  test("leaves no temporary file where it fails", () => {
    mkdirSync(join(root, "taken"));
    expect(() => writeAtomically(join(root, "taken"), "text")).toThrow("EISDIR");
    expect(list()).toEqual(["taken"]);
  });
});

describe("the journal", () => {
  test("shows whole lines at intervals and all of them when it is closed", () => {
    let clock = 0;
    const journal = openJournal(join(root, "lines"), [], () => clock);
    journal.append("a");
    expect(read("lines")).toBe("a\n");
    clock = 500;
    journal.append("b");
    expect(read("lines")).toBe("a\n");
    clock = 1000;
    journal.append("c");
    expect(read("lines")).toBe("a\nb\nc\n");
    journal.append("d");
    journal.close();
    expect(read("lines")).toBe("a\nb\nc\nd\n");
    expect(list()).toEqual(["lines"]);
  });

  test("has every line on disk at once, for after a crash", () => {
    const journal = openJournal(join(root, "lines"), [], () => 0);
    for (const line of ["a", "b"]) journal.append(line);
    const live = list().find((name) => name.endsWith(".live"));
    expect(read(String(live))).toBe("a\nb\n");
    journal.close();
  });
});

describe("the folder of a run", () => {
  test("is created with those above it, filled, and left without a lock", () => {
    const folder = openRunFolder(join(root, "deep/er"));
    folder.write(ARTIFACT.config, "{}");
    folder.log("one");
    expect(list("deep/er")).toContain(".lock");
    folder.release();
    folder.release();
    expect(list("deep/er")).toEqual(["config.json", "progress.jsonl"]);
  });

  test("takes the next free number if the name is taken", () => {
    const names = [1, 2, 3].map(() => openFreshFolder(join(root, "runs/a")).path);
    expect(names).toEqual(["runs/a", "runs/a-2", "runs/a-3"].map((name) => join(root, name)));
  });

  test("is refused if it holds anything, and stays as it is", () => {
    writeFileSync(join(root, "result.json"), "{}");
    expect(() => openRunFolder(root)).toThrow(/holds a run already/);
    expect(list()).toEqual(["result.json"]);
  });

  test("is refused with the process's number while that one works in it", () => {
    const folder = openRunFolder(join(root, "a"));
    expect(() => openRunFolder(join(root, "a"))).toThrow(`in use by process ${process.pid}`);
    folder.release();
    expect(openRunFolder(join(root, "a")).path).toBe(join(root, "a"));
  });

  test("is taken over from a process that is gone", () => {
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(join(root, ".lock"), `${pid}\n`);
    const folder = openRunFolder(root);
    expect(read(".lock")).toBe(`${process.pid}\n`);
    folder.release();
    expect(list()).toEqual([]);
  });

  test("is taken over from a lock that names nobody only when that one is old", () => {
    const lock = join(root, ".lock");
    writeFileSync(lock, "");
    expect(() => openRunFolder(root)).toThrow("in use by a process that has just started");
    utimesSync(lock, 1, 1);
    expect(openRunFolder(root).path).toBe(root);
  });

  test("is gone after a run that never began, with the folders made for it", () => {
    const folder = openRunFolder(join(root, "a/b"));
    folder.write(ARTIFACT.config, "{}");
    folder.log("one");
    folder.discard();
    expect(list()).toEqual([]);
  });

  test.each([
    ["below a file", "file/a", "ENOTDIR"],
    ["where a file is", "file", "ENOTDIR"],
    ["with a name too long, below one that would be made", `a/${"x".repeat(300)}`, "ENAMETOOLONG"],
  ])("%s is refused and nothing is left behind", (_, path, reason) => {
    writeFileSync(join(root, "file"), "");
    for (const open of path === "file" ? [openRunFolder] : [openRunFolder, openFreshFolder]) {
      expect(() => open(join(root, path))).toThrow(UsageError);
      expect(() => open(join(root, path))).toThrow(reason);
    }
    expect(list()).toEqual(["file"]);
  });

  test.runIf(existsSync("/proc/self"))("where the system makes no folders is refused, without a hang", () => {
    expect(() => openRunFolder("/proc/nowhere/a")).toThrow(/cannot write to \/proc\/nowhere\/a/);
  });
});

function metrics(changes: Partial<Metrics> = {}): Metrics {
  const some = {
    iteration: 5,
    steps: 5000,
    totalSteps: 10_000,
    episodes: 9,
    meanReturn: 21.26,
    meanLength: 3,
    seconds: 2,
    stepsPerSecond: 2500,
  };
  return { ...some, ...changes } as Metrics;
}

function recorder(terminal: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  return { ...terminal, written, write: (text: string) => written.push(text) };
}

describe("progress", () => {
  test("names steps, speed, mean return and time left", () => {
    expect(describeProgress(metrics())).toBe(" 50 %  5,000/10,000 steps  2,500 steps/s  mean return 21.3  0:02 left");
  });

  test("has dashes for what isn't known yet", () => {
    const line = describeProgress(metrics({ meanReturn: Number.NaN, stepsPerSecond: 0 }));
    expect(line).toContain("mean return -  -:-- left");
  });

  test("never exceeds 100 % when the last iteration goes beyond the steps asked for", () => {
    expect(progressBar(metrics({ steps: 12_000 }))).toMatch(/^\[=+\] 100 % .* 0:00 left$/);
  });

  test.each([
    [7.4, "0:07"],
    [59.6, "1:00"],
    [754, "12:34"],
    [3723, "1:02:03"],
  ])("writes %d seconds as %s", (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test("is redrawn in place on a terminal, but not more often than an eye can follow", () => {
    const stream = recorder({ isTTY: true, columns: 80 });
    let clock = 0;
    const view = progressOn(stream, () => clock);
    for (clock of [0, 50, 100]) view.update(metrics());
    const line = `\r\x1b[K${progressBar(metrics(), 80)}`;
    expect(stream.written).toEqual([line, line]);
    view.finish();
    expect(stream.written.at(-1)).toBe("\n");
  });

  test.each([20, 60, 66, 67, 70, 80, 90, 200])("never wraps on a terminal of %d columns", (columns) => {
    const line = progressBar(metrics({ steps: 5_000_000, totalSteps: 10_000_000, stepsPerSecond: 123_456 }), columns);
    expect(line.length).toBeLessThan(columns);
    if (columns >= 80) expect(line).toMatch(/^\[=+> +\] {2}50 % {2}5M\/10M steps {2}123K steps\/s {2}mean return 21.3 {2}0:41 left$/);
  });

  test("is a plain line now and then elsewhere, the last update included", () => {
    const stream = recorder({});
    let clock = 0;
    const view = progressOn(stream, () => clock);
    for (clock = 0; clock < 11_000; clock += 100) view.update(metrics({ steps: clock }));
    view.note("note");
    view.finish();
    expect(stream.written.map((text) => /(\S+)\/|note/.exec(text)?.[1])).toEqual(["0", "5,000", "10,000", undefined, "10,900"]);
    expect(stream.written.join("")).not.toContain("\x1b");
  });
});

describe("the curve", () => {
  const point = (i: number) => ({ steps: 1000 * i, meanReturn: i });

  test.each([0, 1, 2, 500])("of %d points is an SVG with a title and named axes", async (n) => {
    const svg = await curveSvg(
      "ppo on <Some-v1>",
      Array.from({ length: n }, (_, i) => point(i + 1)),
    );
    expect(svg).toMatch(/^<svg [\s\S]*<\/svg>\s*$/);
    for (const text of ["ppo on &lt;Some-v1&gt;", "environment steps", "mean return"]) expect(svg).toContain(`>${text}</text>`);
  });

  test("leaves out points before the first episode ended", async () => {
    const late = [point(3), point(4)];
    const svg = await curveSvg("title", [{ steps: 1, meanReturn: Number.NaN }, ...late]);
    expect(lineOf(svg)).toMatch(/^M[\d.]+ [\d.]+L[\d.]+ [\d.]+$/);
    expect(lineOf(svg)).toBe(lineOf(await curveSvg("title", late)));
  });

  test("has colours for dark pages too", async () => {
    expect(await curveSvg("title", [])).toContain("@media (prefers-color-scheme:dark)");
  });
});

/** The path of the curve itself, which alone has its colour. */
function lineOf(svg: string): string | undefined {
  return /<path d="([^"]+)"[^>]* stroke="#0969da"/.exec(svg)?.[1];
}
