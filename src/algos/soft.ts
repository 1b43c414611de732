/** What the two forms of soft actor-critic share: exploration, soft values, and the actor's loss. */
import * as tf from "@tensorflow/tfjs";
import { number, type OptionsOf, schedule } from "../core/options.js";
import type { SquashedGaussianActor } from "../nn/actor.js";
import type { Backend } from "../nn/backend.js";
import type { Critics } from "../nn/critics.js";
import type { LossReport } from "../nn/update.js";
import type { Sampler } from "../rollout/sampler.js";
import { column } from "../wasm/heap.js";
import { continuousFields } from "./continuous.js";

export const softFields = {
  ...continuousFields,
  learningRate: schedule(3e-4, "Adam's step size, for all that is learned"),
  noiseCorrelation: number(0, "correlation of the noise of successive actions while exploring; 0 for independent noise", {
    min: 0,
    max: 0.9999,
  }),
};

/**
 * Draws from the policy. With correlated noise each action has the policy's distribution as before, in the long run, but lies on the same side
 * of its mean as those around it, and so explores farther (Eberhard et al. 2023, "Pink Noise Is All You Need").
 */
export function correlatedSampler({ heap }: Backend, { noiseCorrelation }: OptionsOf<typeof softFields>): Sampler {
  if (noiseCorrelation === 0) return { kind: "squashedGaussian" };
  const parameters = column(heap, [2]);
  parameters.data.set([noiseCorrelation, Math.sqrt(1 - noiseCorrelation ** 2)]);
  return { kind: "squashedGaussian", parameters };
}

/** min_i Q_i(s, a) − α ln π(a|s) `[B]` with a ~ π(·|s), whose expectation is the soft value of s; and ln π(a|s) `[B]`. */
export function softValue(
  actor: SquashedGaussianActor,
  critics: Critics,
  observation: tf.Tensor2D,
  noise: tf.Tensor,
  temperature: tf.Scalar | number,
): { value: tf.Tensor1D; logProb: tf.Tensor1D } {
  const { action, logProb } = actor.sample(observation, noise);
  return { value: tf.sub(critics.least(observation, action), tf.mul(temperature, logProb)), logProb };
}

/** J_π = −E[soft value], differentiated through the action: by the reparameterisation. */
export function softActorLoss(...of: Parameters<typeof softValue>): LossReport {
  const { value, logProb } = softValue(...of);
  const loss = tf.neg(tf.mean(value)) as tf.Scalar;
  return { loss, diagnostics: { policyLoss: loss, entropy: tf.neg(tf.mean(logProb)) } };
}
