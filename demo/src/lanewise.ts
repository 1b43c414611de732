/** What the page itself needs of the package: nothing that brings TensorFlow.js along. */
export type { Metrics } from "../../dist/core/metrics.js";
export { environments } from "../../dist/envs/registry.js";
export type { EnvironmentSpec } from "../../dist/envs/spec.js";
export { makeVec, type VecEnv } from "../../dist/envs/vec-env.js";
export { loadPolicy, type Policy } from "../../dist/policy/policy.js";
export type { LaneColumns } from "../../dist/run/lane-columns.js";
export type { TrainOptions } from "../../dist/run/train.js";
export { createTrainer, type Trainer } from "../../dist/run/trainer.js";
