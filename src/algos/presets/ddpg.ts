/** DDPG's tuned options: RL Baselines3 Zoo's (hyperparams/ddpg.yml, 2026-04) in our names, unless a comment says otherwise. */

export const ddpgPresets = {
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
} as const;
