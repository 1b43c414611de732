/** A short run of every algorithm in the registry on each kind of environment that it takes. */
import { type AlgorithmId, algorithms } from "../../src/algos/registry.js";
import { environments } from "../../src/envs/registry.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { fieldsOf, resolveConfig } from "../../src/run/config.js";
import type { TrainOptions } from "../../src/run/train.js";

export const IDS = Object.keys(algorithms) as AlgorithmId[];

/** One environment of each kind: vectors to indices, vectors to vectors, indices to indices. */
export const ENVIRONMENTS = [environments["CartPole-v1"], environments["Pendulum-v1"], environments["FrozenLake-v1"]];

/** Options that make a run small, wherever an algorithm has them. */
const SMALL: Readonly<Record<string, unknown>> = {
  numEnvs: 4,
  steps: 16,
  batchSize: 32,
  epochs: 2,
  hidden: [8],
  learningStarts: 32,
  trainFrequency: 8,
  gradientSteps: 4,
  bufferSize: 512,
  initialValue: 1,
  threaded: false,
};
export const STEPS = 256;

/** Small ones, as far as the algorithm knows them, and `more`. */
export function optionsOf(algo: AlgorithmId, env: EnvironmentSpec, more: Readonly<Record<string, unknown>> = {}): TrainOptions {
  const known = fieldsOf(algo);
  const wanted = { ...SMALL, totalSteps: STEPS, seed: 3, ...more };
  const options = Object.fromEntries(Object.entries(wanted).filter(([name]) => Object.hasOwn(known, name)));
  return { ...options, algo, env } as TrainOptions;
}

/** Why an algorithm doesn't take an environment; undefined if it does. */
export function refusal(algo: AlgorithmId, env: EnvironmentSpec): unknown {
  try {
    resolveConfig(optionsOf(algo, env));
    return undefined;
  } catch (error) {
    return error;
  }
}

/** The environments that an algorithm takes. */
export function servedBy(algo: AlgorithmId): EnvironmentSpec[] {
  return ENVIRONMENTS.filter((env) => refusal(algo, env) === undefined);
}
