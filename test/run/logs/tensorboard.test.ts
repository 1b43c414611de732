/** TensorBoard's event files, read back by another implementation of their format: protobufjs, and a checksum bit by bit. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { crc32c } from "../../../src/run/logs/crc32c.js";
import { tensorboardLog } from "../../../src/run/logs/tensorboard.js";
import { decode, eventsIn, slowCrc32c } from "../../oracle/events.js";

const folder = mkdtempSync(join(tmpdir(), "lanewise-events-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("CRC-32C gives the check value of its definition, and what the slow way gives", () => {
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7919) >>> 3);
  expect(crc32c(bytes)).toBe(slowCrc32c(bytes));
});

describe("an event file", () => {
  const log = tensorboardLog(folder, { algo: "ppo", gamma: 0.99, hidden: [64, 64], dueling: true }, () => 1_700_000_000_500);
  log.scalars(2048, { "rollout/meanReturn": 21.5, "train/loss": -0.25, "train/explainedVariance": Number.NaN });
  log.histogram?.(4096, "weights/actor.0", Float32Array.of(-1, 0, 0, 1, 2, Number.NaN));
  log.histogram?.(5000, "weights/constant", new Float32Array(3).fill(5));
  log.close();
  const [name = ""] = readdirSync(folder);
  const events = eventsIn(readFileSync(join(folder, name)));
  const valuesOf = (i: number) => events[i]?.["summary"].value;

  it("has a name that TensorBoard looks for, and begins with its version", () => {
    expect(name).toMatch(/^events\.out\.tfevents\.1700000000\./);
    expect(events[0]).toEqual({ wall_time: 1_700_000_000.5, file_version: "brain.Event:2" });
  });

  it("holds scalars by their names at their steps, and leaves out what is no number", () => {
    expect(events[2]?.["step"]).toBe(2048);
    expect(valuesOf(2)).toEqual([
      { tag: "rollout/meanReturn", simple_value: 21.5 },
      { tag: "train/loss", simple_value: -0.25 },
    ]);
  });

  it("holds histograms that count every finite value once", () => {
    const [{ tag, histo }] = valuesOf(3);
    expect({ ...histo, bucket: undefined, bucket_limit: undefined, tag }).toEqual({
      tag: "weights/actor.0",
      min: -1,
      max: 2,
      num: 5,
      sum: 2,
      sum_squares: 6,
    });
    expect(histo.bucket.reduce((sum: number, count: number) => sum + count)).toBe(5);
    expect(histo.bucket_limit.at(-1)).toBeCloseTo(2, 12);
    for (const [value, count] of [
      [-1, 1],
      [0, 2],
      [1, 1],
      [2, 1],
    ] as const) {
      // biome-ignore format: pairs
      const place = histo.bucket_limit.findIndex((limit: number, i: number) => value < limit || i === histo.bucket.length - 1);
      expect(histo.bucket[place]).toBe(count);
    }
    const [{ histo: constant }] = valuesOf(4);
    expect(constant.bucket[0]).toBe(3);
  });

  it("holds the hyper-parameters as the hparams plugin reads them, and the run's end", () => {
    const content = (i: number) => {
      const [{ metadata }] = valuesOf(i);
      expect(metadata.plugin_data.plugin_name).toBe("hparams");
      return decode("HParams", metadata.plugin_data.content);
    };
    expect(content(1)["session_start_info"]).toEqual({
      hparams: {
        algo: { string_value: "ppo" },
        gamma: { number_value: 0.99 },
        hidden: { string_value: "[64,64]" },
        dueling: { bool_value: true },
      },
      start_time_secs: 1_700_000_000.5,
    });
    expect(content(5)["session_end_info"]).toEqual({ status: 1, end_time_secs: 1_700_000_000.5 });
  });
});
