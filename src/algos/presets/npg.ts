/** NPG's tuned options: our own. */
import { NORMALISED } from "./normalised.js";

export const npgPresets = {
  // Rewards are scaled because returns near 100 drive a critic of tanh layers into saturation.
  "CartPole-v1": {
    totalSteps: 100_000,
    numEnvs: 8,
    steps: 64,
    batchSize: 256,
    gamma: 0.99,
    lambda: 0.98,
    normalizeReward: true,
  },
  "Acrobot-v1": {
    ...NORMALISED,
    totalSteps: 100_000,
    numEnvs: 2,
    steps: 1024,
    batchSize: 128,
  },
  "Pendulum-v1": {
    totalSteps: 100_000,
    numEnvs: 2,
    steps: 1024,
    batchSize: 128,
    gamma: 0.9,
    criticEpochs: 15,
  },
} as const;
