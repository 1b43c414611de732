/** What a replay buffer refuses, and how it says so. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import type { ReplayOptions } from "../../src/rollout/replay.js";
import { column } from "../../src/wasm/heap.js";
import { transitionColumns } from "../oracle/replay.js";
import { setUp } from "./replay-setup.js";

describe("a replay buffer refuses", () => {
  const shape = { steps: 4, lanes: 3, width: 2, actionSize: 0 };
  const make = (options: Partial<ReplayOptions>) => setUp({ ...shape, capacity: 24, batchSize: 2, ...options });

  it.each<[string, Partial<ReplayOptions>, string]>([
    [
      "a capacity below a rollout",
      { capacity: 11 },
      "a capacity of 11 transitions does not hold a rollout of 4 steps × 3 lanes; 12 is the least",
    ],
    ["a capacity that is no integer", { capacity: 20.5 }, "capacity is a positive integer, not 20.5"],
    ["an empty minibatch", { batchSize: 0 }, "batchSize is a positive integer, not 0"],
    ["a window of half a step", { nStep: 0.5 }, "nStep is a positive integer, not 0.5"],
    ["a discount above 1", { gamma: 1.1 }, "gamma is a number from 0 to 1, not 1.1"],
    ["no discount", { gamma: Number.NaN }, "gamma is a number from 0 to 1, not NaN"],
    ["a seed below 0", { seed: -1 }, "seed -1 is not an integer from 0 to 4294967295"],
    ["α above 1", { prioritised: { alpha: 2 } }, "alpha is a number from 0 to 1, not 2"],
    ["ε = 0", { prioritised: { alpha: 1, epsilon: 0 } }, "epsilon is a number above 0, not 0"],
  ])("%s", async (_, options, message) => {
    await expect(make(options)).rejects.toThrow(new UsageError(message));
  });

  it("columns without successors, of another shape or type, or of more rows than fit", async () => {
    const { heap, replay, source } = await make({ capacity: 12 });
    const { nextObservation: _, ...without } = source;
    expect(() => replay.push(without)).toThrow(
      new UsageError("these columns hold no nextObservation; a rollout keeps it with keepSuccessors"),
    );
    expect(() => replay.push(transitionColumns(heap, { ...shape, width: 3 }))).toThrow(
      new UsageError("observation is float32 [5,3,3]; this buffer takes float32 [4,3,2]"),
    );
    expect(() => replay.push(transitionColumns(heap, { ...shape, actionSize: 1 }))).toThrow(
      new UsageError("action is float32 [4,3,1]; this buffer takes int32 [4,3]"),
    );
    expect(() => replay.push({ ...source, terminated: column(heap, [3, 3]) })).toThrow(
      new UsageError("terminated is float32 [3,3]; this buffer takes float32 [4,3]"),
    );
    expect(() => replay.push(transitionColumns(heap, { ...shape, steps: 5 }))).toThrow(
      new UsageError("a rollout of 5 steps does not fit in a buffer of 4 rows"),
    );
    expect(replay.size).toBe(0);
  });

  it("a sample of nothing, or with β beyond 1", async () => {
    const { replay, source } = await make({});
    expect(() => replay.sample()).toThrow(new UsageError("there is nothing to sample yet; push a rollout first"));
    replay.push(source);
    expect(() => replay.sample(1.5)).toThrow(new UsageError("beta is a number from 0 to 1, not 1.5"));
  });

  it("priorities of transitions that may be gone, or of another number of them", async () => {
    const { heap, replay, source } = await make({});
    const late = new UsageError("priorities are updated between a sample and the next push");
    replay.push(source);
    expect(() => replay.updatePriorities(column(heap, [2]))).toThrow(late);
    replay.sample();
    expect(() => replay.updatePriorities(column(heap, [3]))).toThrow(new UsageError("priorities take the minibatch's 2 errors, not 3"));
    replay.push(source);
    expect(() => replay.updatePriorities(column(heap, [2]))).toThrow(late);
  });

  it("counters that no buffer had", async () => {
    const { replay } = await make({});
    const good = { rows: 3, draws: 1, largestPriority: 1 };
    expect(() => replay.restore({ ...good, rows: -1 })).toThrow(new UsageError("-1 is no number of rows or draws"));
    expect(() => replay.restore({ ...good, draws: 0.5 })).toThrow(new UsageError("0.5 is no number of rows or draws"));
    expect(() => replay.restore({ ...good, largestPriority: Number.NaN })).toThrow(
      new UsageError("a priority is a positive number, not NaN"),
    );
  });
});
