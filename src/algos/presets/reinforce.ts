/** REINFORCE's tuned options: our own search on CartPole-v1. */
export const reinforcePresets = {
  "CartPole-v1": { totalSteps: 500_000, numEnvs: 8, steps: 512, batchSize: 256 },
} as const;
