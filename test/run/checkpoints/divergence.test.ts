/** Runs whose numbers are none any more: their checkpoints stay those of states that are worth going on from. */
import { describe, expect, it } from "vitest";
import { watch } from "../../../src/run/callbacks/callback.js";
import { nanGuard } from "../../../src/run/callbacks/nan-guard.js";
import { decodeCheckpoint } from "../../../src/run/checkpoints/file.js";
import { resume } from "../../../src/run/checkpoints/resume.js";
import { type Training, type TrainOptions, train } from "../../../src/run/train.js";
import { type MemoryStore, memoryStore } from "../../oracle/checkpoints.js";

/** A learning rate that grows until a step overflows: not in the first iteration. */
const learningRate = "linear(1e-3,1e38)";
const RUNS: readonly TrainOptions[] = [
  { algo: "ppo", env: "Pendulum-v1", totalSteps: 1280, numEnvs: 2, steps: 32, batchSize: 64, epochs: 1, hidden: [8], learningRate },
  { algo: "dqn", env: "CartPole-v1", totalSteps: 8000, numEnvs: 4, batchSize: 32, hidden: [8], learningStarts: 2500, learningRate },
];

/** A run to its end, whatever that is, with a checkpoint of every iteration that may have one. */
async function ended(training: Training): Promise<{ readonly iterations: number; readonly reason: string | undefined }> {
  const run = watch(training, [nanGuard({ interval: 0 })]);
  let iterations = 0;
  for await (const { iteration } of run) iterations = iteration;
  expect((await run.policy()).header.algorithm).toBe(training.config.algo);
  return { iterations, reason: run.end?.kind === "diverged" ? run.end.reason : undefined };
}

/** The checkpoints in a store, each of which must be finite in all that is learned; their iterations in ascending order. */
async function iterationsIn(store: MemoryStore): Promise<number[]> {
  const all = await Promise.all(
    [...store.files.keys()].map(async (name) => ({ name, ...(await decodeCheckpoint(await store.read(name))) })),
  );
  for (const { name, state } of all) {
    const learned = [...state.numbers].filter(([part]) => /^(parameters|optimizer)\./.test(part));
    expect(learned.length).toBeGreaterThan(0);
    for (const [part, value] of learned) {
      expect([name, part, typeof value !== "number" && value.every(Number.isFinite)]).toEqual([name, part, true]);
    }
  }
  const latest = all.filter(({ name }) => name !== "best.safetensors");
  return latest.map(({ header }) => header.iteration).sort((a, b) => a - b);
}

describe.each(RUNS.map((options) => [options.algo, options] as const))("a run of %s that diverges", (_, options) => {
  it("leaves no checkpoint of where it diverged; resumed from the newest, it comes to the same end", async () => {
    const store = memoryStore();
    const { iterations, reason } = await ended(train({ ...options, checkpoint: { store, every: 1, keep: 99 } }));
    expect(reason).toMatch(/(NaN|Infinity)/);
    expect(iterations).toBeGreaterThan(1);
    expect(await iterationsIn(store)).toEqual(Array.from({ length: iterations - 1 }, (_, i) => i + 1));
    const again = await resume(store, { checkpoint: { every: 1, keep: 99 } });
    expect(await ended(again)).toEqual({ iterations, reason });
    expect(again.resumedAt?.iteration).toBe(iterations - 1);
    expect((await iterationsIn(store)).at(-1)).toBe(iterations - 1);
  });

  it("that nobody guards keeps the checkpoints from before too", async () => {
    const store = memoryStore();
    const training = train({ ...options, checkpoint: { store, every: 1, keep: 2 } });
    for await (const _ of training);
    await expect(training.policy()).rejects.toThrow(/holds (NaN|-?Infinity)/);
    expect(await iterationsIn(store)).toHaveLength(2);
  });
});
