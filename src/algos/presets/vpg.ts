/** The vanilla policy gradient's tuned options: our own search on CartPole-v1. */
export const vpgPresets = {
  "CartPole-v1": { totalSteps: 500_000, numEnvs: 8, steps: 256, batchSize: 256 },
} as const;
