/** Tuned options of the policy gradients by importance sampling: our own search. */
export const offPolicyPgPresets = {
  "CartPole-v1": { totalSteps: 200_000, numEnvs: 8, steps: 128, epochs: 8 },
} as const;

export const policyRelaxationPresets = {
  "CartPole-v1": { totalSteps: 200_000, numEnvs: 8, steps: 128, epochs: 8 },
} as const;
