import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { watch } from "../../../src/run/callbacks/callback.js";
import { csvLog } from "../../../src/run/logs/csv.js";
import { jsonlLog } from "../../../src/run/logs/jsonl.js";
import { type Log, lineOf, logTo, metricsOf, namespaced, recordOf } from "../../../src/run/logs/log.js";
import { train } from "../../../src/run/train.js";

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

it("a record gives the metrics back, and a line the record, whatever is no number in it", () => {
  const metrics = { iteration: 1, steps: 8, episodes: 0, meanReturn: Number.NaN, meanLength: 4, seconds: 5, stepsPerSecond: 6 };
  const all = { ...metrics, policyLoss: 7, "eval/meanReturn": 8 };
  const line = lineOf(8, namespaced({ ...all, totalSteps: 80 }));
  expect(JSON.parse(line)).toMatchObject({ steps: 8, "rollout/meanReturn": null, "train/policyLoss": 7 });
  expect(metricsOf(recordOf(line))).toEqual(all);
});

it("a file of lines has a line for each record", () => {
  const path = join(folder, "progress.jsonl");
  const log = jsonlLog(path);
  log.scalars(10, { "train/loss": 0.5 });
  log.scalars(20, { "eval/meanReturn": Number.NaN });
  log.close();
  expect(readFileSync(path, "utf8")).toBe('{"steps":10,"train/loss":0.5}\n{"steps":20,"eval/meanReturn":null}\n');
});

it("a run is logged iteration by iteration, its weights' distributions at intervals", async () => {
  const records: string[] = [];
  const log: Log = {
    scalars: (step, values) => void records.push(`${step} ${Object.keys(values).includes("train/policyLoss")}`),
    histogram: (step, name, values) => void records.push(`${step} ${name} ${values.length}`),
    close: () => void records.push("closed"),
  };
  const run = train({ algo: "ppo", env: "CartPole-v1", totalSteps: 192, numEnvs: 2, steps: 32, batchSize: 64, hidden: [4] });
  for await (const _ of watch(run, [logTo(log, { histogramsEvery: 100 })]));
  const histograms = ["weights/actor.0.weight 16", "weights/actor.0.bias 4", "weights/actor.1.weight 8", "weights/actor.1.bias 2"];
  expect(records.filter((record) => !record.includes("critic"))).toEqual([
    "64 true",
    "128 true",
    ...histograms.map((record) => `128 ${record}`),
    "192 true",
    "closed",
  ]);
});
