/**
 * REINFORCE: the policy gradient by whole episodes.
 * Williams 1992, "Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning":
 *   ∇J = E[Σ_t w_t (Ψ_t − b) ∇ln π(a_t|s_t)]
 * with Ψ_t the episode's whole return Σ_k γ^k r_k, or what follows the action, Σ_{k≥t} γ^(k−t) r_k. The latter, with w_t = γ^t, has the gradient
 * of the discounted return in expectation too; w_t = 1 is the usual choice, which doesn't neglect late steps.
 *
 * Baselines: none, the batch's average or variance-minimising constant (see baselines.ts), or a value function, fitted to the returns by
 * regression after each update, so that it comes of other episodes than those that it is subtracted from.
 *
 * Every iteration begins new episodes. Without a value function only episodes that end within the rollout count, which favours short ones
 * unless each lane has room for many or for exactly one; and what would have followed a time limit counts as 0. With it all steps count: what isn't
 * seen any more is bootstrapped.
 *
 * Departures: the sum over an iteration's steps is divided by their number, not by that of the episodes; Adam, on gradients clipped by their
 * global norm. With a shared trunk the policy's loss contains the value's, and the fit moves the value's head alone.
 */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { choice, flag, number, type OptionsOf, schedule } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import type { ActorCritic } from "../nn/actor-critic.js";
import { adam } from "../nn/adam.js";
import { meanSquaredError } from "../nn/losses.js";
import { type LossReport, updater } from "../nn/update.js";
import { createEpisodeReturns, type EpisodeReturns } from "../rollout/episode-returns.js";
import type { Rollout } from "../rollout/rollout.js";
import { column } from "../wasm/heap.js";
import { defineAlgorithm, type Report, type Session } from "./algorithm.js";
import { averageOutcome, OptimalBaseline } from "./baselines.js";
import { criticFields, fittedCritic, splitParameters } from "./critic.js";
import { alternate, checkBatchSize, explainedVariance, inputsOf, networkFields, rolloutFields, rolloutOf, stepsOf, tensorsOf } from "./on-policy.js";
import { reinforcePresets } from "./presets/reinforce.js";
