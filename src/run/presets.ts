/**
 * Tuned options by algorithm and environment. Values are RL Baselines3 Zoo's (hyperparams/*.yml, 2026-04) in our
 * names, unless a comment says otherwise; `totalSteps` is the number of environment steps that they were tuned for.
 */
import type { AlgorithmId, algorithms } from "../algos/registry.js";
import type { OptionsOf } from "../core/options.js";
import type { EnvironmentId } from "../envs/registry.js";

type Preset<A extends AlgorithmId> = Partial<OptionsOf<(typeof algorithms)[A]["fields"]>> & { readonly totalSteps: number };

type Presets = { readonly [A in AlgorithmId]: { readonly [E in EnvironmentId]?: Preset<A> } };

/** The Zoo's `normalize: true`. */
const NORMALISED = { normalizeObservation: true, normalizeReward: true } as const;

const presets: Presets = {
  ppo: {
    "CartPole-v1": {
      totalSteps: 100_000,
      numEnvs: 8,
      steps: 32,
      batchSize: 256,
      epochs: 20,
      gamma: 0.98,
      lambda: 0.8,
      learningRate: "linear(0.001)",
      clipRange: "linear(0.2)",
      entropyCoefficient: 0,
    },
    "Acrobot-v1": {
      ...NORMALISED,
      totalSteps: 1_000_000,
      numEnvs: 16,
      steps: 256,
      batchSize: 64,
      epochs: 4,
      gamma: 0.99,
      lambda: 0.94,
      entropyCoefficient: 0,
    },
    "MountainCar-v0": {
      ...NORMALISED,
      totalSteps: 1_000_000,
      numEnvs: 16,
      steps: 16,
      batchSize: 64,
      epochs: 4,
      gamma: 0.99,
      lambda: 0.98,
      entropyCoefficient: 0,
    },
    // The Zoo explores with state-dependent noise, which is not here; its other values.
    "Pendulum-v1": {
      totalSteps: 100_000,
      numEnvs: 4,
      steps: 1024,
      batchSize: 64,
      epochs: 10,
      gamma: 0.9,
      lambda: 0.95,
      learningRate: 0.001,
      clipRange: 0.2,
      entropyCoefficient: 0,
    },
    // The Zoo needs state-dependent noise to leave the valley in 20,000 steps; with independent noise: longer rollouts, more of them.
    "MountainCarContinuous-v0": {
      ...NORMALISED,
      totalSteps: 100_000,
      numEnvs: 8,
      steps: 256,
      batchSize: 256,
      epochs: 10,
      gamma: 0.9999,
      lambda: 0.9,
      learningRate: 0.0003,
      clipRange: 0.1,
      entropyCoefficient: 0.00429,
      valueCoefficient: 0.19,
      maxGradNorm: 5,
    },
  },
};

/** The preset of a pair; empty if there is none. */
export function presetFor<A extends AlgorithmId>(algo: A, env: string): Partial<Preset<A>> {
  const tuned: Readonly<Record<string, Preset<A>>> = presets[algo];
  return Object.hasOwn(tuned, env) ? (tuned[env] as Preset<A>) : {};
}
