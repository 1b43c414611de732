/** TRPO's tuned options: RL Baselines3 Zoo's (hyperparams/trpo.yml, 2026-04) in our names, unless a comment says otherwise. */
import { NORMALISED } from "./normalised.js";

export const trpoPresets = {
  "CartPole-v1": {
    totalSteps: 100_000,
    numEnvs: 2,
    steps: 512,
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
  },
  "Pendulum-v1": {
    totalSteps: 100_000,
    numEnvs: 2,
    steps: 1024,
    gamma: 0.9,
    criticEpochs: 15,
  },
} as const;
