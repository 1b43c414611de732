/** Runs whose rollouts workers share come to the weights of runs that don't, in the built package. */
import { describe, expect, it } from "vitest";
import type { TrainOptions } from "../../src/index.js";

const { algorithms, train } = (await import(new URL("../../dist/index.js", import.meta.url).href)) as typeof import("../../src/index.js");

const SMALL = { numEnvs: 6, steps: 16, batchSize: 48, epochs: 2, hidden: [8], seed: 2, totalSteps: 300 };
const WITH_WORKERS = Object.values(algorithms).filter(({ id, fields }) => "workers" in fields && id !== "a3c"); // A3C's are another kind

async function weights(options: object): Promise<string> {
  const run = train(options as TrainOptions);
  for await (const _ of run);
  return (await run.policy()).sha256;
}

describe("the same weights with one worker and with three", () => {
  it("is what most policy gradients promise", () => {
    expect(WITH_WORKERS.length).toBeGreaterThan(9);
  });

  it.each(WITH_WORKERS.map(({ id, fields }) => [id, fields] as const))("%s", async (algo, fields) => {
    const options = Object.fromEntries(Object.entries(SMALL).filter(([name]) => ["seed", "totalSteps"].includes(name) || name in fields));
    const env = algo === "q-actor-critic" ? "Pendulum-v1" : "CartPole-v1";
    const plain = { ...options, algo, env, ...("normalizeObservation" in fields && { normalizeObservation: false }) };
    expect(await weights({ ...plain, workers: 3 })).toBe(await weights({ ...plain, workers: 1 }));
  });
});

it.each(WITH_WORKERS.map(({ id }) => id))("%s refuses more workers than environments before anything is done", (algo) => {
  const env = algo === "q-actor-critic" ? "Pendulum-v1" : "CartPole-v1";
  const crowded = (more: object = {}) => train({ algo, env, numEnvs: 2, steps: 32, workers: 3, ...more } as TrainOptions);
  expect(() => crowded()).toThrow("3 workers are more than the 2 environments that they would share");
  if (algo === "reinforce") expect(() => crowded({ baseline: "none" })).toThrow("3 workers are more than the 2 environments");
});
