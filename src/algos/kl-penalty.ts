/** PPO's other objective: a penalty β · KL(old ‖ new) in the place of clipping, and how β follows the KL of each iteration. */
import * as tf from "@tensorflow/tfjs";
import { choice, number, type OptionsOf } from "../core/options.js";

export const penaltyFields = {
  objective: choice(
    "clip",
    ["clip", "penalty", "dual"],
    "what keeps the policy near the old one: clipped ratios, β · KL, β · KL with dual β",
  ),
  targetKl: number(0.01, "δ, KL(old ‖ new) of an iteration that β aims at, in nats", { min: 0, above: true }),
  klCoefficient: number(1, "β at first", { min: 0 }),
  dualStepSize: number(10, "η, by which a dual β moves: β ← max(0, β + η (KL − δ))", { min: 0, above: true }),
};

/** −E[r Â] + β E[KL(old ‖ new)] (Schulman et al. 2017, eq. 8, negated); ratios, advantages and divergences `[B]`. */
export function penalisedSurrogateLoss(ratio: tf.Tensor1D, advantage: tf.Tensor1D, kl: tf.Tensor1D, beta: tf.Scalar): tf.Scalar {
  return tf.sub(tf.mul(beta, tf.mean(kl)), tf.mean(tf.mul(ratio, advantage)));
}

/**
 * β for the next iteration. "penalty": doubled or halved where the KL is off δ by a factor of 1.5 (Schulman et al. 2017, section 4).
 * "dual": a step up the dual of max E[r Â] subject to KL ≤ δ, whose multiplier β is.
 */
export function nextKlCoefficient(
  beta: number,
  kl: number,
  { objective, targetKl, dualStepSize }: Pick<OptionsOf<typeof penaltyFields>, "objective" | "targetKl" | "dualStepSize">,
): number {
  if (objective === "dual") return Math.max(0, beta + dualStepSize * (kl - targetKl));
  if (kl > 1.5 * targetKl) return 2 * beta;
  return kl < targetKl / 1.5 ? beta / 2 : beta;
}
