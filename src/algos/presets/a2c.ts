/** A2C's tuned options: RL Baselines3 Zoo's (hyperparams/a2c.yml, 2026-04) in our names; what isn't said is the default. */
import { NORMALISED } from "./normalised.js";

export const a2cPresets = {
  "CartPole-v1": { totalSteps: 500_000, numEnvs: 8 },
  "Acrobot-v1": { ...NORMALISED, totalSteps: 500_000, numEnvs: 16 },
} as const;
