/** Losses as small functions of batch tensors `[B]`; each returns a scalar to minimise. */
import * as tf from "@tensorflow/tfjs";

/** −E[ln π(aₜ|sₜ) Âₜ], whose gradient is the policy gradient (Williams 1992; Sutton et al. 2000), negated. */
export function policyGradientLoss(logProb: tf.Tensor1D, advantage: tf.Tensor1D): tf.Scalar {
  return tf.neg(tf.mean(tf.mul(logProb, advantage)));
}

/** −E[min(rₜ Âₜ, clip(rₜ, 1−ε, 1+ε) Âₜ)], PPO's clipped surrogate (Schulman et al. 2017, eq. 7), negated. */
export function clippedSurrogateLoss(ratio: tf.Tensor1D, advantage: tf.Tensor1D, clipRange: tf.Scalar): tf.Scalar {
  const clipped = tf.minimum(tf.maximum(ratio, tf.sub(1, clipRange)), tf.add(1, clipRange));
  return tf.neg(tf.mean(tf.minimum(tf.mul(ratio, advantage), tf.mul(clipped, advantage))));
}

/** E[(target − prediction)²]. */
export function meanSquaredError(prediction: tf.Tensor1D, target: tf.Tensor1D): tf.Scalar {
  return tf.mean(tf.squaredDifference(prediction, target));
}

/** Keeps a prediction within ±clipRange of its old value. */
export function clipAround(prediction: tf.Tensor1D, old: tf.Tensor1D, clipRange: number): tf.Tensor1D {
  return tf.add(old, tf.clipByValue(tf.sub(prediction, old), -clipRange, clipRange));
}

/** (x − mean) / (deviation + 1e-8), the deviation unbiased. A batch of one passes unchanged. */
export function standardise(x: tf.Tensor1D): tf.Tensor1D {
  if (x.size < 2) return x;
  const centred = tf.sub(x, tf.mean(x));
  const deviation = tf.sqrt(tf.div(tf.sum(tf.square(centred)), x.size - 1));
  return tf.div(centred, tf.add(deviation, 1e-8));
}

/** E[(r − 1) − ln r]: the low-variance, never negative estimate of KL(old ‖ new) (Schulman 2020, "k3"). */
export function approximateKl(logRatio: tf.Tensor1D): tf.Scalar {
  return tf.mean(tf.sub(tf.sub(tf.exp(logRatio), 1), logRatio));
}

/**
 * E[w·h(δ)] with h(δ) = δ²/2 where |δ| ≤ κ, else κ(|δ| − κ/2) (Huber 1964): the gradient of an error never exceeds ±w·κ.
 * @param threshold κ
 */
export function huberLoss(error: tf.Tensor1D, weight: tf.Tensor1D, threshold: number): tf.Scalar {
  const clipped = tf.clipByValue(error, -threshold, threshold);
  const huber = tf.mul(clipped, tf.sub(error, tf.mul(0.5, clipped)));
  return tf.mean(tf.mul(weight, huber));
}
