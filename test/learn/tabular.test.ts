/**
 * The tabular methods with their presets, on three seeds. A hundred episodes leave much to chance (±0.044 on FrozenLake, ±0.26 in
 * the taxi): so the expected return within the time limit is computed from the table too, and is held to the same threshold.
 */
import { describe, expect, it } from "vitest";
import { type AlgorithmId, type EnvironmentId, environments, evaluate, type TrainOptions, tableOf, train } from "../../src/index.js";
import { certainPolicy, expectedReturn } from "../oracle/planning.js";

/** Steps within which any decent policy has ended its episode, where there is no time limit. */
const LONG_ENOUGH = 1000;
/** With these the optimal policies come to 0.78 and 8.0 in 100 episodes, where 0.744 and 7.93 are expected. */
const EVALUATION_SEED = 1;

interface LearningGoal {
  readonly algo: AlgorithmId;
  readonly env: EnvironmentId;
  /** What every seed must reach. */
  readonly threshold: number;
}

const CONTROL = ["q-learning", "sarsa", "expected-sarsa", "n-step-sarsa", "sarsa-lambda", "lambda-return", "soft-q-learning"] as const;
const EXACT = ["value-iteration", "policy-iteration"] as const;

const GOALS: readonly LearningGoal[] = [
  ...[...EXACT, ...CONTROL].flatMap((algo) => [
    { algo, env: "FrozenLake-v1", threshold: 0.7 } as const,
    { algo, env: "Taxi-v3", threshold: 7.5 } as const,
  ]),
  { algo: "soft-policy-iteration", env: "FrozenLake-v1", threshold: 0.7 },
  { algo: "soft-policy-iteration", env: "Taxi-v3", threshold: 7.5 },
  { algo: "q-learning", env: "FrozenLake8x8-v1", threshold: 0.85 },
  { algo: "q-learning", env: "CliffWalking-v1", threshold: -13 },
  // On-policy methods keep away from the cliff, along which they would fall now and then.
  { algo: "expected-sarsa", env: "CliffWalking-v1", threshold: -15 },
  { algo: "sarsa", env: "CliffWalking-v1", threshold: -17 },
  { algo: "sarsa-lambda", env: "CliffWalking-v1", threshold: -17 },
  { algo: "lambda-return", env: "CliffWalking-v1", threshold: -19 },
  { algo: "n-step-sarsa", env: "CliffWalking-v1", threshold: -19 },
];

describe.each(GOALS)("$algo on $env", ({ algo, env, threshold }) => {
  it.each([1, 2, 3])(`reaches ${threshold} with seed %i`, async (seed) => {
    const run = train({ algo, env, seed } as TrainOptions);
    for await (const _ of run);
    const policy = await run.policy();
    const { meanReturn, stdReturn } = await evaluate(policy, { episodes: 100, seed: EVALUATION_SEED });
    const table = tableOf(environments[env]);
    const actions = policy.actBatch(Float32Array.from({ length: table.states }, (_, state) => state));
    const expected = expectedReturn(table, certainPolicy(table, actions), environments[env].timeLimit || LONG_ENOUGH);
    console.log(`${algo} ${env} seed ${seed}: ${meanReturn.toFixed(2)} ± ${stdReturn.toFixed(2)}, expected ${expected.toFixed(3)}`);
    expect(expected).toBeGreaterThanOrEqual(threshold - 1e-9);
    expect(meanReturn).toBeGreaterThanOrEqual(threshold);
    if (threshold === -13) expect(meanReturn).toBe(-13);
  });
});
