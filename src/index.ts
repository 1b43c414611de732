/** The public face of lanewise. */
export { type AlgorithmId, algorithms } from "./algos/registry.js";
export { UsageError } from "./core/errors.js";
export type { Metrics } from "./core/metrics.js";
export type { Schedule } from "./core/schedules.js";
export { type Box, box, type Discrete, discrete, type Space } from "./core/spaces.js";
export { VERSION } from "./core/version.js";
export { EXPORT_FORMATS, type ExportedFiles, type ExportFormat, type ExportOptions, exportPolicy } from "./deploy/export.js";
export type { ImportedActivation } from "./deploy/import/steps.js";
export type { Parity } from "./deploy/parity.js";
export { settled } from "./envs/async-kernels.js";
export { type CheckOptions, checkEnv } from "./envs/check.js";
export {
  type AsyncEnvironmentDefinition,
  type CustomSpec,
  defineAsyncEnvironment,
  defineEnvironment,
  type EnvironmentDefinition,
} from "./envs/custom.js";
export {
  type ActionOf,
  type AsyncEnvironment,
  type Environment,
  EnvironmentError,
  type ObservationOf,
  type StepOutcome,
} from "./envs/environment.js";
export { HostRandom } from "./envs/host-random.js";
export { type EnvironmentSource, loadEnv } from "./envs/load.js";
export { type EnvironmentId, environments, registerEnv } from "./envs/registry.js";
export type { CompiledSpec, EnvironmentSpec } from "./envs/spec.js";
export { type GridWorldOptions, gridWorld } from "./envs/tabular/grid-world.js";
export { tableOf, tabular } from "./envs/tabular/spec.js";
export { type Outcome, type TransitionTable, transitionTable } from "./envs/tabular/table.js";
export type { Finding } from "./envs/trial.js";
export { makeVec, type StepResult, type VecEnv, type VecEnvOptions } from "./envs/vec-env.js";
export type { ActOptions, Actor } from "./policy/actor.js";
export { loadPolicy, type Policy } from "./policy/policy.js";
export { type BackendChoice, chooseBackend } from "./run/backend-choice.js";
export { type Callback, type End, type Verdict, type Watched, type WatchedTraining, watch } from "./run/callbacks/callback.js";
export {
  type EvaluationOptions,
  type Judged,
  keepBest,
  type PatienceOptions,
  periodicEvaluation,
  stopOnNoImprovement,
  stopOnReward,
} from "./run/callbacks/evaluation.js";
export { DivergenceError, type GuardOptions, nanGuard } from "./run/callbacks/nan-guard.js";
export type { CheckpointOptions } from "./run/checkpoints/checkpoints.js";
export { type ResumeOptions, resume } from "./run/checkpoints/resume.js";
export { type CheckpointStore, folderStore } from "./run/checkpoints/store.js";
export { type CompareOptions, type Comparison, type ComparisonRow, compare } from "./run/compare.js";
export { type EvaluateOptions, type Evaluation, evaluate } from "./run/evaluate.js";
export type { FinishedRun } from "./run/fleet.js";
export { type ImportOptions, importPolicy } from "./run/import.js";
export type { LaneColumns } from "./run/lane-columns.js";
export { type Log, type LoggingOptions, logTo, type Scalars } from "./run/logs/log.js";
export { presetFor } from "./run/presets.js";
export { type SeedsOptions, type SeedsResult, trainSeeds } from "./run/seeds.js";
export { type ResolvedConfig, type ResumedAt, type Training, type TrainOptions, train } from "./run/train.js";
export { createTrainer, type Trainer, type TrainerOptions } from "./run/trainer.js";
export type { StartOptions } from "./run/trainer-service.js";
