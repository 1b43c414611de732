/** What on-policy algorithms share: an environment, an actor-critic, and rollouts of the one by the other. */
import { choice, flag, integer, number, sizes } from "../core/options.js";
import { featuresOf, type Space } from "../core/spaces.js";
import { makeVec } from "../envs/vec-env.js";
import { ActorCritic, type ActorCriticOptions } from "../nn/actor-critic.js";
import { createRollout, type Rollout, type RolloutOptions } from "../rollout/rollout.js";
import type { Sampler } from "../rollout/sampler.js";
import type { Session } from "./algorithm.js";

/** Options of the network. */
export const networkFields = {
  hidden: sizes([64, 64], "widths of the hidden layers"),
  activation: choice("tanh", ["tanh", "relu"], "what follows each hidden layer"),
  sharedTrunk: flag(false, "whether policy and value function share their hidden layers"),
  stateDependentStd: flag(false, "whether σ of continuous actions depends on the observation"),
  logStdInit: number(0, "ln σ of continuous actions at the start"),
};

/** Options of the rollout. */
export const rolloutFields = {
  numEnvs: integer(8, "N, environments stepped together"),
  steps: integer(128, "T, steps of each environment in one rollout"),
  normalizeObservation: flag(false, "whether observations are normalised by their running mean and deviation"),
  frameStack: integer(1, "how many of the latest observations the network sees at once"),
  rescaleAction: flag(false, "whether a continuous action of ±1 means the action space's bounds; else it is clipped to them"),
  normalizeReward: flag(false, "whether rewards are divided by the running deviation of the discounted return"),
};

export interface OnPolicySetup {
  readonly network: ActorCritic;
  readonly rollout: Rollout;
}

/** An environment, a network with its first weights, and a rollout that stands at the first step. */
export async function setUpOnPolicy(
  { spec, backend, seed }: Session,
  options: ActorCriticOptions & Omit<RolloutOptions, "seed"> & { readonly numEnvs: number },
): Promise<OnPolicySetup> {
  const env = await makeVec(spec, { numEnvs: options.numEnvs, heap: backend.heap });
  const inputs = (options.frameStack ?? 1) * featuresOf(spec.observationSpace);
  const network = new ActorCritic(backend, inputs, spec.actionSpace, options, seed);
  const { actor, critic } = network.acting;
  const sampler = samplerOf(network, spec.actionSpace);
  const rollout = await createRollout(env, { actor, critic, sampler }, { ...options, seed });
  return { network, rollout };
}

function samplerOf({ logStd }: ActorCritic, actionSpace: Space): Sampler {
  return actionSpace.kind === "discrete" ? { kind: "categorical" } : { kind: "gaussian", logStd: logStd?.column };
}

/** 1 − Var(returns − value) / Var(returns): 1 for a perfect value function, 0 for a constant, below 0 for a harmful one. */
export function explainedVariance({ columns: { value, returns } }: Rollout): number {
  const target = returns.data;
  const spread = variance(target);
  return spread === 0 ? Number.NaN : 1 - variance(target.map((returnT, i) => returnT - (value.data[i] as number))) / spread;
}

function variance(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
