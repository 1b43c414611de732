/**
 * `lanewise/algorithm`: what algorithms are made of, for those of your own. One describes itself to `defineAlgorithm`, and `train` takes it:
 * `train({ algo: mine, env: "CartPole-v1" })`. Losses are written in TensorFlow.js: import "@tensorflow/tfjs", in the version that lanewise has.
 */
export { type Algorithm, defineAlgorithm, type Learner, type Report, type Session } from "./algos/algorithm.js";
export {
  interleave,
  type OffPolicySteps,
  offPolicyFields,
  setUpOffPolicy,
  type TransitionBatch,
  transitionTensors,
} from "./algos/off-policy.js";
export {
  type ActorCriticBatch,
  actorCriticLoss,
  alternate,
  checkBatchSize,
  explainedVariance,
  lossFields,
  networkFields,
  type OnPolicySetup,
  type OnPolicySteps,
  rolloutFields,
  setUpOnPolicy,
  stepsOf,
  tensorsOf,
} from "./algos/on-policy.js";
export { registerAlgorithm } from "./algos/own.js";
export { ensure } from "./core/errors.js";
export { choice, type Fields, flag, integer, number, type OptionsOf, schedule, sizes } from "./core/options.js";
export { valueAt } from "./core/schedules.js";
export { ActorCritic } from "./nn/actor-critic.js";
export { adam, type Optimizer } from "./nn/adam.js";
export { type Computation, computation } from "./nn/computation.js";
export type { Distribution } from "./nn/distributions.js";
export { clippedSurrogateLoss, huberLoss, meanSquaredError, policyGradientLoss, standardise } from "./nn/losses.js";
export { rmsProp } from "./nn/optimizers/rmsprop.js";
export { type LossReport, type Updater, updater } from "./nn/update.js";
export { EpisodeStatistics } from "./rollout/episodes.js";
export type { Rollout } from "./rollout/rollout.js";
