/** What algorithms with a deterministic policy share: networks with their targets, exploration by noise, and the policy's gradient. */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { choice, number, type OptionsOf, schedule } from "../core/options.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import { DeterministicActor } from "../nn/actor.js";
import type { Backend } from "../nn/backend.js";
import { Critics } from "../nn/critics.js";
import { follow } from "../nn/optimizers/polyak.js";
import type { LossReport } from "../nn/update.js";
import type { Sampler } from "../rollout/sampler.js";
import { column } from "../wasm/heap.js";
import type { Session } from "./algorithm.js";
import { checkContinuous, continuousFields, networkSizes } from "./continuous.js";

export const deterministicFields = {
  ...continuousFields,
  learningRate: schedule(1e-3, "Adam's step size, for actor and critics"),
  explorationNoise: choice(
    "gaussian",
    ["gaussian", "ornstein-uhlenbeck"],
    "what exploring adds to actions: independent normals or a process",
  ),
  noiseStd: number(0.1, "σ of the noise, ±1 being the bounds of an action", { min: 0 }),
  noiseTheta: number(0.15, "θ, rate at which an Ornstein-Uhlenbeck process returns to 0", { min: 0 }),
  noiseTimeStep: number(0.01, "dt, time of the process that an environment step takes; at most 1/θ", { min: 0, above: true }),
};

export type DeterministicOptions = OptionsOf<typeof deterministicFields>;

/** Refuses what {@link checkContinuous} does, and noise that would overshoot 0. */
export function checkDeterministic(algorithm: string, options: DeterministicOptions, spec: EnvironmentSpec): void {
  checkContinuous(algorithm, options, spec);
  const { noiseTheta, noiseTimeStep } = options;
  ensure(
    noiseTheta * noiseTimeStep <= 1,
    () => `noiseTheta ${noiseTheta} times noiseTimeStep ${noiseTimeStep} is above 1: noise would turn over at every step`,
  );
}

export interface DeterministicNetworks {
  readonly actor: DeterministicActor;
  readonly critics: Critics;
  readonly targets: { readonly actor: DeterministicActor; readonly critics: Critics };
}

/** @param count of critics */
export function deterministicNetworks(
  { spec, backend, seed }: Session,
  options: DeterministicOptions,
  count: number,
): DeterministicNetworks {
  const sizes = networkSizes(spec, options);
  const actor = new DeterministicActor(backend, sizes, options, seed);
  const critics = new Critics(backend, count, sizes, options, seed);
  return { actor, critics, targets: { actor: actor.copy(), critics: critics.copy() } };
}

/** x ← x − θ x dt + σ √dt · normal for the process (Uhlenbeck & Ornstein 1930), x ← σ · normal for independent noise. */
export function noisySampler(backend: Backend, options: DeterministicOptions): Sampler {
  const { explorationNoise, noiseStd, noiseTheta, noiseTimeStep } = options;
  const parameters = column(backend.heap, [2]);
  const isProcess = explorationNoise === "ornstein-uhlenbeck";
  parameters.data.set(isProcess ? [1 - noiseTheta * noiseTimeStep, noiseStd * Math.sqrt(noiseTimeStep)] : [0, noiseStd]);
  return { kind: "noisy", parameters };
}

/** J = −E[Q_1(s, μ(s))], whose gradient is the deterministic policy gradient (Silver et al. 2014), negated. */
export function actorLoss({ actor, critics }: DeterministicNetworks, observation: tf.Tensor2D): LossReport {
  const loss = tf.neg(tf.mean(critics.first(observation, actor.action(observation)))) as tf.Scalar;
  return { loss, diagnostics: { policyLoss: loss } };
}

/** Moves both targets towards the learned networks. */
export function followBoth({ actor, critics, targets }: DeterministicNetworks, tau: number): void {
  follow(targets.actor.parameters, actor.parameters, tau);
  follow(targets.critics.parameters, critics.parameters, tau);
}
