/** TRPO's tuned options: RL Baselines3 Zoo's (hyperparams/trpo.yml, 2026-04) in our names, unless a comment says otherwise. */
import { NORMALISED } from "./normalised.js";

export const trpoPresets = {
  // The Zoo's rollouts are of the same size, but in 2 environments: episodes that last 500 steps then make few of them.
  "CartPole-v1": {
    totalSteps: 100_000,
    numEnvs: 8,
    steps: 128,
    batchSize: 512,
    gamma: 0.99,
    lambda: 0.98,
    cgDamping: 0.001,
    criticLearningRate: 0.001,
    criticEpochs: 20,
  },
  "Acrobot-v1": {
    ...NORMALISED,
    totalSteps: 100_000,
    numEnvs: 2,
    steps: 1024,
    batchSize: 128,
  },
  "MountainCar-v0": {
    ...NORMALISED,
    totalSteps: 100_000,
    numEnvs: 2,
    steps: 1024,
    batchSize: 128,
    criticEpochs: 20,
  },
  // The Zoo explores with state-dependent noise, which is not here; its other values. Without it MountainCarContinuous-v0 isn't learned
  // reliably: independent noise may never reach the goal.
  "Pendulum-v1": {
    totalSteps: 100_000,
    numEnvs: 2,
    steps: 1024,
    batchSize: 128,
    gamma: 0.9,
    criticEpochs: 15,
  },
} as const;
