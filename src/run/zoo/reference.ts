/**
 * What RL Baselines3 Zoo reports of Stable-Baselines3 (its benchmark.md as of April 2026): mean and standard deviation of the deterministic
 * policy's returns after one run of so many environment steps, over 150,000 steps of evaluation.
 */
import type { AlgorithmId } from "../../algos/registry.js";
import type { EnvironmentId } from "../../envs/registry.js";

export interface Reference {
  readonly mean: number;
  readonly std: number;
  /** Environment steps of the training. */
  readonly steps: number;
}

export const RL_ZOO: { readonly [E in EnvironmentId]?: { readonly [A in AlgorithmId]?: Reference } } = {
  "CartPole-v1": {
    ppo: { mean: 500, std: 0, steps: 100_000 },
    a2c: { mean: 500, std: 0, steps: 500_000 },
    dqn: { mean: 500, std: 0, steps: 50_000 },
    trpo: { mean: 500, std: 0, steps: 100_000 },
  },
  "Acrobot-v1": {
    ppo: { mean: -73.5, std: 18.2, steps: 1_000_000 },
    a2c: { mean: -83.4, std: 17.2, steps: 500_000 },
    dqn: { mean: -76.6, std: 11.8, steps: 100_000 },
    trpo: { mean: -83.1, std: 18.6, steps: 100_000 },
  },
  "MountainCar-v0": {
    ppo: { mean: -110.4, std: 19.5, steps: 1_000_000 },
    a2c: { mean: -111.3, std: 24.1, steps: 1_000_000 },
    dqn: { mean: -100.8, std: 9.9, steps: 120_000 },
    trpo: { mean: -107.3, std: 13.2, steps: 100_000 },
  },
  "Pendulum-v1": {
    ppo: { mean: -172.2, std: 104.2, steps: 100_000 },
    a2c: { mean: -163.0, std: 103.2, steps: 1_000_000 },
    sac: { mean: -157.0, std: 88.7, steps: 20_000 },
    ddpg: { mean: -152.1, std: 94.3, steps: 20_000 },
    trpo: { mean: -174.6, std: 127.6, steps: 100_000 },
    td3: { mean: -151.9, std: 90.2, steps: 20_000 },
  },
  "MountainCarContinuous-v0": {
    ppo: { mean: 88.3, std: 2.6, steps: 20_000 },
    a2c: { mean: 91.2, std: 0.3, steps: 100_000 },
    sac: { mean: 94.7, std: 1.1, steps: 50_000 },
    ddpg: { mean: 93.5, std: 0.05, steps: 300_000 },
    trpo: { mean: 92.5, std: 0.4, steps: 50_000 },
    td3: { mean: 93.5, std: 0.08, steps: 300_000 },
  },
};
