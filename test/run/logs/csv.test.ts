import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { csvLog } from "../../../src/run/logs/csv.js";
import { namespaced } from "../../../src/run/logs/log.js";

const folder = mkdtempSync(join(tmpdir(), "lanewise-csv-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("a table has a row for each record, and a column for each name, whenever it first came up", () => {
  const path = join(folder, "progress.csv");
  const log = csvLog(path);
  log.scalars(10, { "train/loss": 0.5 });
  log.scalars(20, { "train/loss": Number.NaN });
  expect(readFileSync(path, "utf8")).toBe("steps,train/loss\r\n10,0.5\r\n20,NaN\r\n");
  log.scalars(30, { "eval/meanReturn": 9, 'odd,"name"': 1 });
  log.scalars(40, { "train/loss": 1e-9 });
  log.close();
  expect(readFileSync(path, "utf8").split("\r\n")).toEqual([
    'steps,train/loss,eval/meanReturn,"odd,""name"""',
    "10,0.5,,",
    "20,NaN,,",
    "30,,9,1",
    "40,1e-9,,",
    "",
  ]);
});

it("every metric has a namespace", () => {
  const metrics = { iteration: 1, steps: 8, totalSteps: 80, episodes: 2, meanReturn: 3, meanLength: 4, seconds: 5, stepsPerSecond: 6 };
  expect(namespaced({ ...metrics, policyLoss: 7, "eval/meanReturn": 8 })).toEqual({
    "time/iteration": 1,
    "rollout/episodes": 2,
    "rollout/meanReturn": 3,
    "rollout/meanLength": 4,
    "time/seconds": 5,
    "time/stepsPerSecond": 6,
    "train/policyLoss": 7,
    "eval/meanReturn": 8,
  });
});
