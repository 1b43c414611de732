/** Tuned options of both forms of SAC: RL Baselines3 Zoo's (hyperparams/sac.yml, 2026-04) in our names, unless a comment says otherwise. */

const pendulum = { totalSteps: 20_000, learningRate: 0.001 } as const;

export const sacPresets = { "Pendulum-v1": pendulum } as const;

export const sacVPresets = { "Pendulum-v1": pendulum } as const;
