/** DQN's tuned options: RL Baselines3 Zoo's (hyperparams/dqn.yml, 2026-04) in our names, unless a comment says otherwise. */
export const dqnPresets = {
  // The Zoo takes 50,000 steps at a constant rate of 0.0023 with Huber's loss linear from 1 on, which leaves what the last network does to
  // chance: action values go to 100, so that targets near a fall are outliers that count too little, and values come out too high. Squared
  // errors and a rate that decays are steadier, though single seeds still end below 475.
  "CartPole-v1": {
    totalSteps: 60_000,
    learningRate: "linear(0.001)",
    huberThreshold: 100,
    batchSize: 64,
    bufferSize: 100_000,
    learningStarts: 1000,
    gamma: 0.99,
    targetUpdateInterval: 10,
    trainFrequency: 256,
    gradientSteps: 128,
    epsilon: "linear(1,0.04,0.16)",
    hidden: [256, 256],
  },
  "Acrobot-v1": {
    totalSteps: 100_000,
    learningRate: 0.00063,
    batchSize: 128,
    bufferSize: 50_000,
    learningStarts: 0,
    gamma: 0.99,
    targetUpdateInterval: 250,
    trainFrequency: 4,
    gradientSteps: 0,
    epsilon: "linear(1,0.1,0.12)",
    hidden: [256, 256],
  },
  "MountainCar-v0": {
    totalSteps: 120_000,
    learningRate: 0.004,
    batchSize: 128,
    bufferSize: 10_000,
    learningStarts: 1000,
    gamma: 0.98,
    targetUpdateInterval: 600,
    trainFrequency: 16,
    gradientSteps: 8,
    epsilon: "linear(1,0.07,0.2)",
    hidden: [256, 256],
  },
} as const;
