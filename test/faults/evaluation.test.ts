/** A long evaluation, in steps that never wait for anything, leaves time for signals and messages. */
import { expect, it } from "vitest";
import { defineEnvironment } from "../../src/envs/custom.js";
import { evaluate } from "../../src/run/evaluate.js";
import { train } from "../../src/run/train.js";
import { optionsOf } from "../algos/small-runs.js";
import { CartPole } from "../envs/samples.js";

/** Steps of a millisecond each, 200 in an episode. */
const slow = defineEnvironment({
  id: "Slow-v0",
  timeLimit: 200,
  create: () =>
    Object.assign(new CartPole(), {
      step(): ReturnType<CartPole["step"]> {
        const start = performance.now();
        while (performance.now() - start < 1);
        return { observation: [0, 0, 0, 0], reward: 1, terminated: false };
      },
    }),
});

it("is interrupted while it goes on", async () => {
  const run = train(optionsOf("ppo", defineEnvironment({ id: "Quick-v0", timeLimit: 9, create: () => new CartPole() })));
  for await (const _ of run) break;
  const policy = await run.policy();
  let turns = 0;
  const turn = setInterval(() => turns++, 1);
  const { meanReturn } = await evaluate(policy, { env: slow, episodes: 1 });
  clearInterval(turn);
  expect(meanReturn).toBe(200);
  expect(turns).toBeGreaterThan(0);
});
