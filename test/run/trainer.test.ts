/** Training behind Comlink, in the built package: a worker needs files that exist. */
import { afterEach, expect, it } from "vitest";
import type { Trainer } from "../../src/run/trainer.js";

const { createTrainer, train } = (await import(
  new URL("../../dist/index.js", import.meta.url).href
)) as typeof import("../../src/index.js");

let trainer: Trainer | undefined;
afterEach(() => trainer?.terminate());

const OPTIONS = { algo: "ppo", env: "CartPole-v1", seed: 5, totalSteps: 1024 } as const;

it("gives the metrics and the weights that the same run gives on the main thread", async () => {
  trainer = await createTrainer();
  const config = await trainer.start(OPTIONS);
  const run = train(OPTIONS);
  expect(config).toEqual(run.config);
  for await (const metrics of run) {
    const remote = await trainer.next();
    expect(remote?.loss).toBe(metrics.loss);
    expect(remote?.meanReturn).toBe(metrics.meanReturn);
  }
  expect(await trainer.next()).toBeUndefined();
  expect((await trainer.policy()).sha256).toBe((await run.policy()).sha256);
});

it("passes an error on with its name and message", async () => {
  trainer = await createTrainer();
  await expect(trainer.start({ ...OPTIONS, env: "Nope-v0" as "CartPole-v1" })).rejects.toMatchObject({
    name: "UsageError",
    message: expect.stringContaining('unknown environment "Nope-v0"'),
  });
});

it("rejects what is pending when the worker is terminated", async () => {
  trainer = await createTrainer();
  await trainer.start(OPTIONS);
  const pending = trainer.next();
  trainer.terminate();
  await expect(pending).rejects.toThrow("the training worker died");
});

it("stops in the middle and still hands over the policy", async () => {
  trainer = await createTrainer();
  await trainer.start(OPTIONS);
  await trainer.next();
  await trainer.stop();
  expect(await trainer.next()).toBeUndefined();
  expect((await trainer.policy()).header.training.steps).toBe(256);
});
