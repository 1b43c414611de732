/** Gradient steps on {@link actorCriticLoss}, one of a whole rollout at a time. */
import { type Schedule, valueAt } from "../core/schedules.js";
import type { Optimizer } from "../nn/adam.js";
import type { Parameters } from "../nn/parameters.js";
import { updater } from "../nn/update.js";
import type { Session } from "./algorithm.js";
import { type ActorCriticBatch, actorCriticLoss, type LossOptions, type OnPolicySetup, stepsOf, tensorsOf } from "./on-policy.js";

export interface ActorCriticStep {
  /** Takes a step on the rollout's `advantage` and `returns`, when `progress` (0 to 1) of the run is done. */
  step(progress: number): void;
  /** The means of the loss and its parts since the last call, and the step size. */
  metrics(): Promise<Record<string, number>>;
}

/** Prepares steps of these parameters on a rollout; the optimizer is one of the same parameters. */
export function actorCriticStep(
  { network, rollout }: OnPolicySetup,
  parameters: Parameters,
  optimizer: Optimizer,
  { backend }: Session,
  options: LossOptions & { readonly learningRate: Schedule },
): ActorCriticStep {
  const batch = stepsOf(rollout);
  const lossOf = () => actorCriticLoss(network, tensorsOf<ActorCriticBatch>(backend, batch), options);
  const gradient = updater(backend, parameters, optimizer, lossOf);
  let learningRate = 0;
  return {
    step(progress) {
      learningRate = valueAt(options.learningRate, progress);
      gradient.step(learningRate);
    },
    metrics: async () => ({ ...(await gradient.means()), learningRate }),
  };
}
