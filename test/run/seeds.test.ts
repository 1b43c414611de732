/** Several seeds side by side, in the built package: a worker needs files that exist. */
import { expect, it } from "vitest";
import type { Policy } from "../../src/index.js";

const { evaluate, train, trainSeeds } = (await import(
  new URL("../../dist/index.js", import.meta.url).href
)) as typeof import("../../src/index.js");

const OPTIONS = { algo: "ppo", env: "CartPole-v1", totalSteps: 512, hidden: [8] } as const;

it("every seed comes to what it comes to alone, and mean and spread are those of their evaluations", async () => {
  const policies: Policy[] = [];
  const result = await trainSeeds(
    { ...OPTIONS, seed: 4 },
    {
      seeds: 3,
      threads: 2,
      episodes: 5,
      onPolicy: (index, policy) => {
        policies[index] = policy;
      },
    },
  );
  const returns: number[] = [];
  for (const [i, policy] of policies.entries()) {
    const run = train({ ...OPTIONS, seed: 4 + i });
    for await (const _ of run);
    expect(policy.sha256).toBe((await run.policy()).sha256);
    returns.push((await evaluate(policy, { episodes: 5 })).meanReturn);
  }
  expect(result.runs.map(({ config, evaluation }) => [config.seed, evaluation.meanReturn])).toEqual(
    returns.map((value, i) => [4 + i, value]),
  );
  const mean = returns.reduce((sum, value) => sum + value, 0) / 3;
  expect(result.meanReturn).toBeCloseTo(mean, 10);
  expect(result.stdReturn).toBeCloseTo(Math.sqrt(returns.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 2), 10);
  expect([result.minReturn, result.maxReturn]).toEqual([Math.min(...returns), Math.max(...returns)]);
});

it("all of them may begin with the same bytes, and none may share a folder of checkpoints", async () => {
  const first = train({ ...OPTIONS, totalSteps: 256 });
  for await (const _ of first);
  const initialPolicy = await (await first.policy()).bytes();
  const { runs } = await trainSeeds({ ...OPTIONS, totalSteps: 256, initialPolicy }, { seeds: 2, episodes: 1 });
  expect([runs.length, initialPolicy.byteLength > 0]).toEqual([2, true]);
  await expect(trainSeeds({ ...OPTIONS, checkpoint: { store: "x", every: 100 } })).rejects.toThrow("checkpoints of several seeds");
  await expect(trainSeeds(OPTIONS, { seeds: 0 })).rejects.toThrow("seeds is a positive integer, not 0");
});
