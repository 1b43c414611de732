/** NPG's tuned options: our own. */
export const npgPresets = {
  "CartPole-v1": {
    totalSteps: 100_000,
    numEnvs: 8,
    steps: 128,
    batchSize: 256,
    gamma: 0.99,
    lambda: 0.98,
    cgDamping: 0.001,
  },
} as const;
