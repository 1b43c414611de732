/**
 * Tuned options of DDPG and of TD3: RL Baselines3 Zoo's (hyperparams/ddpg.yml and td3.yml, 2026-04, which say the same) in our names, unless a
 * comment says otherwise.
 */

export const deterministicPresets = {
  "Pendulum-v1": {
    totalSteps: 20_000,
    gamma: 0.98,
    bufferSize: 200_000,
    noiseStd: 0.1,
    learningRate: 0.001,
    // The Zoo's networks are of 400-300 and learn from 10,000 steps on; smaller ones from earlier on come to the same return.
    learningStarts: 1000,
    hidden: [64, 64],
    batchSize: 100,
  },
  // The Zoo takes 300,000 steps with networks of 400-300, minibatches of 256, and noise that changes ten times as slowly (time step 0.01):
  // this one swings about as fast as the car does, and so finds the goal sooner.
  "MountainCarContinuous-v0": {
    totalSteps: 50_000,
    explorationNoise: "ornstein-uhlenbeck",
    noiseStd: 0.5,
    noiseTimeStep: 0.1,
    learningRate: 0.001,
    learningStarts: 1000,
    hidden: [64, 64],
    batchSize: 100,
  },
} as const;
