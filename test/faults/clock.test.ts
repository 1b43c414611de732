/** Clocks that fall back by an hour, again and again, while a run goes on. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { lanewise, progressIn, resultOf, SMALL, temporaryFolder } from "./lanewise.js";

const root = temporaryFolder();
const SHORT = [...SMALL, "--steps", "4096"];

it("change no weight, and no duration is negative", async () => {
  const right = await lanewise(root, [...SHORT, "--out", "right"]);
  const wrong = await lanewise(root, [...SHORT, "--out", "wrong"], "clock.mjs");
  expect(wrong.code).toBe(0);
  expect(resultOf(wrong).weightsSha256).toBe(resultOf(right).weightsSha256);
  expect(wrong.stderr).not.toContain("-1:");
  const durations = progressIn(join(root, "wrong")).map(({ seconds }) => seconds);
  expect(durations).toHaveLength(16);
  expect(durations.every((seconds) => seconds >= 0)).toBe(true);
  expect(durations).toEqual(durations.toSorted((a, b) => a - b));
  expect(resultOf(wrong).wallSeconds).toBeGreaterThan(0);
  expect(resultOf(wrong).wallSeconds).toBeLessThan(600); // an hour forwards for each one back would be many
});
