/** Action distributions over a batch of rows, as differentiable functions of a network's outputs. */
import * as tf from "@tensorflow/tfjs";
import { logSoftmax } from "./log-softmax.js";
import { pick } from "./pick.js";

export interface Distribution {
  /** ln π(action) `[B]`. action: int32 `[B]` indices, or float32 `[B,A]`. */
  logProb(action: tf.Tensor): tf.Tensor1D;
  /** −E[ln π] `[B]`, in nats. */
  entropy(): tf.Tensor1D;
}

/** π(a) = softmax(logits)_a; logits `[B,n]`. */
export function categorical(logits: tf.Tensor2D): Distribution {
  const logProbs = logSoftmax(logits);
  return {
    logProb: (action) => pick(logProbs, action),
    entropy: () => tf.neg(tf.sum(tf.mul(tf.exp(logProbs), logProbs), -1)),
  };
}

const HALF_LOG_TWO_PI = 0.9189385332046727; // ln √(2π)

/** Independent normals: mean `[B,A]`, log-deviation `[A]` or `[B,A]`. */
export function gaussian(mean: tf.Tensor2D, logStd: tf.Tensor): Distribution {
  return {
    logProb: (action) => {
      const z = tf.div(tf.sub(action, mean), tf.exp(logStd));
      return tf.sum(tf.sub(tf.mul(-0.5, tf.square(z)), tf.add(logStd, HALF_LOG_TWO_PI)), -1);
    },
    entropy: () => tf.sum(tf.add(tf.mul(tf.onesLike(mean), logStd), 0.5 + HALF_LOG_TWO_PI), -1),
  };
}
