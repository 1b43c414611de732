/** A critic that is fitted to a rollout's returns by regression, apart from the policy. */
import type * as tf from "@tensorflow/tfjs";
import { integer, type OptionsOf, schedule } from "../core/options.js";
import { valueAt } from "../core/schedules.js";
import type { ActorCritic } from "../nn/actor-critic.js";
import { adam } from "../nn/adam.js";
import { meanSquaredError } from "../nn/losses.js";
import { minibatchTensors } from "../nn/minibatch-tensors.js";
import { type Parameter, Parameters } from "../nn/parameters.js";
import { updater } from "../nn/update.js";
import type { Rollout } from "../rollout/rollout.js";
import type { Session } from "./algorithm.js";

/** Options of the regression. */
export const criticFields = {
  criticLearningRate: schedule(1e-3, "Adam's step size in the critic's regression"),
  criticEpochs: integer(10, "passes of the regression over a rollout"),
  batchSize: integer(64, "transitions in a minibatch of the regression; divides steps · numEnvs"),
};

/**
 * The parameters that the policy's gradient moves, and those that the regression does. A shared trunk is the policy's: the regression moves
 * the value's head alone, and the trunk learns of values through the loss that the policy's gradient belongs to.
 */
export function splitParameters({ parameters, critic, policyParameters }: ActorCritic): { policy: Parameters; value: Parameters } {
  const own = critic.parameters.filter((parameter) => !policyParameters.includes(parameter));
  return { policy: setOf(parameters, policyParameters), value: setOf(parameters, own) };
}

/** Some parameters as a set of their own, for an optimizer that moves no others. */
function setOf({ backend }: Parameters, list: readonly Parameter[]): Parameters {
  const set = new Parameters(backend);
  set.list.push(...list);
  return set;
}

export interface FittedCritic {
  /** Lowers E[(V(s) − return)²] over the rollout's `returns`; `progress` (0 to 1) of the run is done. */
  fit(progress: number): void;
  /** The mean loss since the last call. */
  metrics(): Promise<Record<string, number>>;
}

/** Prepares the regression of a network's value on a rollout, over these of its parameters. */
export function fittedCritic(
  network: ActorCritic,
  parameters: Parameters,
  { columns: { observation, returns }, size }: Rollout,
  { backend, seed }: Session,
  { criticLearningRate, criticEpochs, batchSize }: OptionsOf<typeof criticFields>,
): FittedCritic {
  const minibatches = minibatchTensors(backend, { observation, returns }, size, { batchSize, epochs: criticEpochs, seed });
  const gradient = updater(backend, parameters, adam(parameters, { epsilon: 1e-5 }), () => {
    const mb = minibatches.tensors as { observation: tf.Tensor2D; returns: tf.Tensor1D };
    const valueLoss = meanSquaredError(network.value(mb.observation), mb.returns);
    return { loss: valueLoss, diagnostics: { valueLoss } };
  });
  return {
    fit(progress) {
      const learningRate = valueAt(criticLearningRate, progress);
      for (let epoch = 0; epoch < criticEpochs; epoch++) {
        for (const _ of minibatches.epoch()) gradient.step(learningRate);
      }
    },
    metrics: () => gradient.means(),
  };
}
