/** DQN and what improves on it with the presets, on several seeds: the returns that the presets promise. */
import { describe, expect, it } from "vitest";
import { type EnvironmentId, evaluate, train } from "../../src/index.js";

interface LearningGoal {
  readonly env: EnvironmentId;
  readonly variant: "plain" | "double" | "dueling" | "prioritised";
  /** Mean return over 100 episodes that every seed must reach. */
  readonly threshold: number;
}

const SEEDS = [0, 1, 2];
const GOALS: readonly LearningGoal[] = [
  { env: "CartPole-v1", variant: "plain", threshold: 475 },
  { env: "CartPole-v1", variant: "double", threshold: 475 },
  { env: "CartPole-v1", variant: "dueling", threshold: 475 },
  { env: "CartPole-v1", variant: "prioritised", threshold: 475 },
  { env: "Acrobot-v1", variant: "plain", threshold: -100 },
];

describe.each(GOALS)("DQN ($variant) on $env", ({ env, variant, threshold }) => {
  it.each(SEEDS.map((seed) => ({ seed })))(`reaches ${threshold} with seed $seed`, async ({ seed }) => {
    const run = train({ algo: "dqn", env, seed, ...(variant !== "plain" && { [variant]: true }) });
    for await (const _ of run);
    const { meanReturn, stdReturn } = await evaluate(await run.policy(), { episodes: 100 });
    console.log(`dqn (${variant}) ${env} seed ${seed}: ${meanReturn.toFixed(1)} ± ${stdReturn.toFixed(1)}`);
    expect(meanReturn).toBeGreaterThanOrEqual(threshold);
  });
});
