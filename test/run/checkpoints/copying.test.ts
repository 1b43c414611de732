/** Runs whose parameters and optimizers live elsewhere than on the heap go on from checkpoints too. */
import { expect, it } from "vitest";
import { type Training, type TrainOptions, train } from "../../../src/index.js";
import { resume } from "../../../src/run/checkpoints/resume.js";
import { memoryStore } from "../../oracle/checkpoints.js";

const RUNS: readonly TrainOptions[] = [
  { algo: "ppo", env: "CartPole-v1", hidden: [8], numEnvs: 4, steps: 8, epochs: 2, batchSize: 16, totalSteps: 4 * 32 },
  { algo: "dqn", env: "CartPole-v1", hidden: [8], numEnvs: 4, bufferSize: 4096, batchSize: 16, learningStarts: 900, totalSteps: 3000 },
];

async function follow(run: Training) {
  const returns: number[] = [];
  for await (const { meanReturn } of run) returns.push(meanReturn);
  return { returns, weights: [...(await (await run.policy()).bytes())] };
}

it.each(RUNS.map((options) => [options.algo, options] as const))("%s goes on to the same bits on the plain backend", async (_, options) => {
  const store = memoryStore();
  const whole = await follow(train({ ...options, backend: "cpu", checkpoint: { store, every: 1, keep: 100 } }));
  const first = [...store.files.keys()].find((name) => name.startsWith("checkpoint")) as string;
  const resumed = await follow(await resume(memoryStore(new Map([[first, store.files.get(first) as Uint8Array]]))));
  expect(resumed.returns.length).toBeGreaterThan(0);
  expect(resumed.returns).toEqual(whole.returns.slice(-resumed.returns.length));
  expect(resumed.returns.length).toBeLessThan(whole.returns.length);
  expect(resumed.weights).toEqual(whole.weights);
});
