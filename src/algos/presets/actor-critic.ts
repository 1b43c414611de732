/** Batch actor-critic's tuned options: our own search on CartPole-v1. */
export const actorCriticPresets = {
  "CartPole-v1": {
    totalSteps: 500_000,
    numEnvs: 8,
    steps: 64,
    batchSize: 256,
    targetUpdates: 5,
    criticEpochs: 2,
    criticLearningRate: 0.003,
  },
} as const;
