/** A3C's tuned options: our own search on CartPole-v1. */
export const a3cPresets = {
  "CartPole-v1": { totalSteps: 500_000, numEnvs: 8 },
} as const;
