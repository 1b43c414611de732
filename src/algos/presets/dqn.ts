/** DQN's tuned options: RL Baselines3 Zoo's (hyperparams/dqn.yml, 2026-04) in our names, unless a comment says otherwise. */

/**
 * What CartPole and Acrobot share, and not with the Zoo, whose CartPole preset ends below 475 on some seeds here. A fall is one transition in
 * hundreds, and off by all that a state is worth, 100 in CartPole: Huber's loss from 1 on and gradients no longer than 10 may make it count too
 * little. So errors are squared and gradients as long as they are, the target network follows slowly instead of in leaps, the rate decays to 0,
 * and nothing that was seen is forgotten. Layers of 64 suffice.
 */
const STEADY = {
  totalSteps: 100_000,
  numEnvs: 4,
  trainFrequency: 1,
  learningRate: "linear(0.001)",
  huberThreshold: 1000,
  maxGradNorm: 100_000,
  batchSize: 128,
  bufferSize: 100_000,
  learningStarts: 1000,
  gamma: 0.99,
  targetUpdateInterval: 1,
  tau: 0.02,
  epsilon: "linear(1,0.04,0.16)",
  hidden: [64, 64],
} as const;

export const dqnPresets = {
  "CartPole-v1": { ...STEADY, gradientSteps: 4 },
  "Acrobot-v1": { ...STEADY, gradientSteps: 2 },
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
