/** PPO with its presets, on several seeds: the returns that the presets promise. */
import { describe, expect, it } from "vitest";
import { type EnvironmentId, evaluate, train } from "../../src/index.js";

interface LearningGoal {
  readonly env: EnvironmentId;
  /** Mean return over 100 deterministic episodes that every seed must reach. */
  readonly threshold: number;
  readonly seeds: readonly number[];
}

const GOALS: readonly LearningGoal[] = [
  { env: "CartPole-v1", threshold: 475, seeds: [0, 1, 2, 3, 4] },
  { env: "Pendulum-v1", threshold: -250, seeds: [0, 1, 2] },
  { env: "Acrobot-v1", threshold: -100, seeds: [0, 1, 2] },
  { env: "MountainCarContinuous-v0", threshold: 85, seeds: [0, 1, 2] },
  { env: "MountainCar-v0", threshold: -130, seeds: [0, 1, 2] },
];

describe.each(GOALS)("PPO on $env", ({ env, threshold, seeds }) => {
  it.each(seeds.map((seed) => ({ seed })))(`reaches ${threshold} with seed $seed`, async ({ seed }) => {
    const run = train({ algo: "ppo", env, seed });
    for await (const _ of run);
    const { meanReturn, stdReturn } = await evaluate(await run.policy(), { episodes: 100 });
    console.log(`ppo ${env} seed ${seed}: ${meanReturn.toFixed(1)} ± ${stdReturn.toFixed(1)}`);
    expect(meanReturn).toBeGreaterThanOrEqual(threshold);
  });
});
