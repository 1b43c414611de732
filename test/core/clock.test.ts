/** Time that never runs backwards, and what is measured by it. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { now } from "../../src/core/clock.js";
import { openJournal } from "../../src/run/artifacts.js";
import { progressOn } from "../../src/run/progress.js";

afterEach(() => vi.restoreAllMocks());

/** The host's clock, in milliseconds from now, set by hand. */
function clock(): { set(time: number): void } {
  const start = performance.now();
  const read = vi.spyOn(performance, "now").mockReturnValue(start);
  return { set: (time) => void read.mockReturnValue(start + time) };
}

it("stands still while the host's clock falls back, and goes on with it from there", () => {
  const host = clock();
  const start = now();
  const readings = [1000, -5000, -4000, 0, -90_000, -89_999].map((time) => {
    host.set(time);
    return Math.round(now() - start);
  });
  expect(readings).toEqual([1000, 1000, 2000, 6000, 6000, 6001]);
});

it("keeps the intervals of journals and of progress, however far the host's clock falls back", () => {
  const folder = mkdtempSync(join(tmpdir(), "lanewise-clock-"));
  const host = clock();
  const path = join(folder, "journal.jsonl");
  const journal = openJournal(path);
  const written: string[] = [];
  const view = progressOn({ write: (text) => written.push(text) });
  const metrics = { iteration: 1, totalSteps: 9, episodes: 0, meanReturn: 0, meanLength: 0, seconds: 1, stepsPerSecond: 1 };
  const report = (steps: number, time: number) => {
    host.set(time);
    journal.append(String(steps));
    view.update({ ...metrics, steps });
  };
  report(1, 0);
  report(2, -3_600_000);
  expect([readFileSync(path, "utf8"), written.length]).toEqual(["1\n", 1]);
  report(3, -3_600_000 + 6000);
  expect([readFileSync(path, "utf8"), written.length]).toEqual(["1\n2\n3\n", 2]);
  journal.close();
  rmSync(folder, { recursive: true });
});
