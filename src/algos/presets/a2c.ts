/** A2C's tuned options: RL Baselines3 Zoo's (hyperparams/a2c.yml, 2026-04) in our names; what isn't said is the default. */
import { NORMALISED } from "./normalised.js";

export const a2cPresets = {
  "CartPole-v1": { totalSteps: 500_000, numEnvs: 8 },
  "Acrobot-v1": { ...NORMALISED, totalSteps: 500_000, numEnvs: 16 },
  "MountainCar-v0": { ...NORMALISED, totalSteps: 1_000_000, numEnvs: 16 },
  // The Zoo explores with state-dependent noise, which is not here; its other values.
  "MountainCarContinuous-v0": { ...NORMALISED, totalSteps: 100_000, numEnvs: 4, steps: 100 },
  "Pendulum-v1": {
    ...NORMALISED,
    totalSteps: 1_000_000,
    numEnvs: 8,
    steps: 8,
    gamma: 0.9,
    lambda: 0.9,
    learningRate: "linear(0.0007)",
    valueCoefficient: 0.4,
  },
} as const;
