/** Tuned options of the policy gradients by importance sampling: our own search. */
const CARTPOLE = { totalSteps: 200_000, numEnvs: 8, steps: 512, epochs: 8 } as const; // rollouts that hold whole episodes

export const offPolicyPgPresets = { "CartPole-v1": CARTPOLE } as const;

export const policyRelaxationPresets = { "CartPole-v1": CARTPOLE } as const;
