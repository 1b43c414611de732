/**
 * Tuned options of the tabular methods, ours. On FrozenLake-v1, Taxi-v3 and CliffWalking-v1 twelve seeds of each came to what
 * test/learn/tabular.test.ts holds three to. Values of 1 at the start, the most that can be won, make greedy actions explore a lake.
 */

const LAKE = { totalSteps: 200_000, learningRate: "linear(0.2,0.01)", initialValue: 1 } as const;
const LARGE_LAKE = { ...LAKE, totalSteps: 1_000_000, gamma: 0.999 } as const;
/** On-policy values are those of the exploring policy: it has to become greedy. */
const LAKE_ON_POLICY = { totalSteps: 300_000, learningRate: "linear(0.1,0.001)", initialValue: 1, epsilon: "linear(0.5)" } as const;
const TAXI = { totalSteps: 400_000, learningRate: 0.5, epsilon: "linear(0.1)" } as const;
const TAXI_SEVERAL_STEPS = { totalSteps: 500_000, learningRate: "linear(0.3,0.01)", epsilon: "linear(0.3)" } as const;
/** Of example 6.6 of Sutton & Barto (2018). */
const CLIFF = { totalSteps: 50_000, learningRate: 0.5, gamma: 1, epsilon: 0.1 } as const;
/** With a learning rate that falls, so that the last fall decides nothing. */
const CLIFF_ON_POLICY = { ...CLIFF, totalSteps: 100_000, learningRate: "linear(0.5)" } as const;

/** Sweeps at most; they end when the values are found. */
const SWEEPS = { totalSteps: 100_000 } as const;
/** Rewards are at most 1: more entropy would keep one from ever ending an episode. */
const SOFT_LAKE = { ...SWEEPS, temperature: 0.001 } as const;

export const tabularPresets = {
  "q-learning": { "FrozenLake-v1": LAKE, "FrozenLake8x8-v1": LARGE_LAKE, "Taxi-v3": TAXI, "CliffWalking-v1": CLIFF },
  sarsa: {
    "FrozenLake-v1": LAKE_ON_POLICY,
    "Taxi-v3": { totalSteps: 500_000, learningRate: "linear(0.5,0.05)", epsilon: "linear(0.2)" },
    "CliffWalking-v1": CLIFF_ON_POLICY,
  },
  "expected-sarsa": { "FrozenLake-v1": LAKE_ON_POLICY, "Taxi-v3": TAXI, "CliffWalking-v1": CLIFF_ON_POLICY },
  "n-step-sarsa": {
    "FrozenLake-v1": { ...LAKE_ON_POLICY, nStep: 2 },
    "Taxi-v3": { ...TAXI_SEVERAL_STEPS, nStep: 2 },
    "CliffWalking-v1": CLIFF_ON_POLICY,
  },
  "sarsa-lambda": {
    "FrozenLake-v1": { ...LAKE_ON_POLICY, lambda: 0.7 },
    "Taxi-v3": { ...TAXI_SEVERAL_STEPS, lambda: 0.5 },
    "CliffWalking-v1": { ...CLIFF_ON_POLICY, learningRate: "linear(0.3)", lambda: 0.5 },
  },
  // A whole episode is learned at once: a pair that it visits often moves far, which only small learning rates bear.
  "lambda-return": {
    "FrozenLake-v1": { ...LAKE_ON_POLICY, lambda: 0.5 },
    "Taxi-v3": { totalSteps: 1_000_000, learningRate: "linear(0.1)", epsilon: "linear(0.3)", lambda: 0.3 },
    "CliffWalking-v1": { totalSteps: 500_000, learningRate: "linear(0.01)", gamma: 1, epsilon: "linear(1,0.1,0.8)", lambda: 0.5 },
  },
  "soft-q-learning": {
    "FrozenLake-v1": { ...LAKE, temperature: 0.001 },
    "Taxi-v3": { totalSteps: 400_000, learningRate: 0.5 },
    "CliffWalking-v1": { totalSteps: 50_000, learningRate: 0.5 },
  },
  "value-iteration": { "FrozenLake8x8-v1": { ...SWEEPS, gamma: 0.999 } },
  "policy-iteration": { "FrozenLake8x8-v1": { ...SWEEPS, gamma: 0.999 } },
  "soft-policy-iteration": { "FrozenLake-v1": SOFT_LAKE, "FrozenLake8x8-v1": SOFT_LAKE, "GridWorld-v0": SOFT_LAKE },
} as const;
