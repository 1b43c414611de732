/** The n-step windows of a replay buffer, one case at a time: where they end, and what they bootstrap from. */
import { describe, expect, it } from "vitest";
import type { ReplayOptions } from "../../src/rollout/replay.js";
import type { Transition } from "../oracle/replay.js";
import { setUp, windowsOf } from "./replay-setup.js";

/** One lane whose reward at time t is 10^t and whose observations are t and t + 1; ends by time. */
function lineOf(length: number, ends: Readonly<Record<number, "terminated" | "truncated" | "both">> = {}): Transition[][] {
  return Array.from({ length }, (_, t) => {
    const end = ends[t];
    const terminated = end === "terminated" || end === "both";
    const truncated = end === "truncated" || end === "both";
    return [{ observation: [t], action: [t], reward: 10 ** t, nextObservation: [t + 1], terminated, truncated }];
  });
}

/** What stands in a minibatch for the transition that starts at an observation. */
async function windowFrom(
  start: number,
  line: Transition[][],
  options: Partial<ReplayOptions> & { capacity: number },
  steps = line.length,
) {
  const { replay, push } = await setUp({ steps, lanes: 1, width: 1, actionSize: 0, nStep: 3, gamma: 0.5, batchSize: 200, ...options });
  for (let t = 0; t < line.length; t += steps) push(line.slice(t, t + steps));
  replay.sample();
  const { reward, nextObservation, discount } = windowsOf(replay).find(({ observation }) => observation[0] === start) ?? {};
  return { reward, next: nextObservation?.[0], discount };
}

describe("a window of three steps", () => {
  it("sums three rewards and bootstraps from what followed the third", async () => {
    expect(await windowFrom(1, lineOf(6), { capacity: 6 })).toEqual({ reward: 10 + 50 + 250, next: 4, discount: 0.125 });
  });

  it("ends at a truncation and bootstraps from the final observation", async () => {
    expect(await windowFrom(1, lineOf(6, { 2: "truncated" }), { capacity: 6 })).toEqual({ reward: 10 + 50, next: 3, discount: 0.25 });
  });

  it("ends at a termination without a bootstrap, also if the time ran out at the same step", async () => {
    for (const end of ["terminated", "both"] as const) {
      expect(await windowFrom(1, lineOf(6, { 2: end }), { capacity: 6 })).toEqual({ reward: 10 + 50, next: 3, discount: 0 });
    }
  });

  it("knows nothing of an end after it", async () => {
    expect(await windowFrom(1, lineOf(6, { 4: "terminated" }), { capacity: 6 })).toEqual({ reward: 310, next: 4, discount: 0.125 });
  });

  it("ends at the newest row and bootstraps from what followed it", async () => {
    expect(await windowFrom(4, lineOf(6), { capacity: 6 })).toEqual({ reward: 1e4 + 5e4, next: 6, discount: 0.25 });
  });

  it("goes on from one rollout into the next", async () => {
    expect(await windowFrom(1, lineOf(6), { capacity: 6 }, 2)).toEqual({ reward: 310, next: 4, discount: 0.125 });
  });

  it("goes on around the ring's end, and never into what is about to be overwritten", async () => {
    const line = lineOf(8); // in five rows: times 5 6 7 | 3 4
    expect(await windowFrom(4, line, { capacity: 5 }, 2)).toEqual({ reward: 1e4 + 5e5 / 10 + 2.5e5, next: 7, discount: 0.125 });
    expect(await windowFrom(6, line, { capacity: 5 }, 2)).toEqual({ reward: 1e6 + 5e6, next: 8, discount: 0.25 });
    expect(await windowFrom(2, line, { capacity: 5 }, 2)).toEqual({}); // gone
  });
});
