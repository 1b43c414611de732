/** Tuned options of both forms of SAC: RL Baselines3 Zoo's (hyperparams/sac.yml, 2026-04) in our names, unless a comment says otherwise. */

/** The Zoo leaves networks of 256-256 and minibatches of 256, which come to the same return here and take twenty times as long. */
const pendulum = { totalSteps: 20_000, learningRate: 0.001, hidden: [64, 64], batchSize: 100 } as const;

export const sacPresets = {
  "Pendulum-v1": pendulum,
  // The Zoo explores by state-dependent noise, which is not here: correlated noise does as well. Its minibatches are of 512.
  "MountainCarContinuous-v0": {
    totalSteps: 50_000,
    learningRate: 0.0003,
    bufferSize: 50_000,
    batchSize: 256,
    learnTemperature: false,
    temperature: 0.1,
    trainFrequency: 32,
    gradientSteps: 32,
    gamma: 0.9999,
    tau: 0.01,
    learningStarts: 1000,
    hidden: [64, 64],
    noiseCorrelation: 0.97,
  },
} as const;

export const sacVPresets = { "Pendulum-v1": pendulum } as const;
