/** Action distributions over a batch of rows, as differentiable functions of a network's outputs. */
import * as tf from "@tensorflow/tfjs";
import { logSoftmax } from "./log-softmax.js";
import { pick } from "./pick.js";

/** Distributions of actions, one for each row of a batch. */
export interface Distribution {
  /** ln π(action) `[B]`. action: int32 `[B]` indices, or float32 `[B,A]`. */
  logProb(action: tf.Tensor): tf.Tensor1D;
  /** −E[ln π] `[B]`, in nats. */
  entropy(): tf.Tensor1D;
  /** KL(this ‖ other) `[B]`, in nats; both of the same kind. */
  kl(other: this): tf.Tensor1D;
}

/** π(a) = softmax(logits)_a; logits `[B,n]`. */
export function categorical(logits: tf.Tensor2D): Categorical {
  return new Categorical(logSoftmax(logits));
}

/** Independent normals: mean `[B,A]`, log-deviation `[A]` or `[B,A]`. */
export function gaussian(mean: tf.Tensor2D, logStd: tf.Tensor): Gaussian {
  return new Gaussian(mean, logStd);
}

export class Categorical implements Distribution {
  /** @param logProbs ln π of every action `[B,n]` */
  constructor(readonly logProbs: tf.Tensor2D) {}

  logProb(action: tf.Tensor): tf.Tensor1D {
    return pick(this.logProbs, action);
  }

  entropy(): tf.Tensor1D {
    return tf.neg(tf.sum(tf.mul(tf.exp(this.logProbs), this.logProbs), -1));
  }

  kl({ logProbs }: Categorical): tf.Tensor1D {
    return tf.sum(tf.mul(tf.exp(this.logProbs), tf.sub(this.logProbs, logProbs)), -1);
  }
}

export const HALF_LOG_TWO_PI = 0.9189385332046727; // ln √(2π)

export class Gaussian implements Distribution {
  constructor(
    readonly mean: tf.Tensor2D,
    readonly logStd: tf.Tensor,
  ) {}

  logProb(action: tf.Tensor): tf.Tensor1D {
    const z = tf.div(tf.sub(action, this.mean), tf.exp(this.logStd));
    return tf.sum(tf.sub(tf.mul(-0.5, tf.square(z)), tf.add(this.logStd, HALF_LOG_TWO_PI)), -1);
  }

  /** The actions that standard normals `[B,A]` stand for, differentiable in mean and deviation: the pathwise gradient. */
  rsample(noise: tf.Tensor): tf.Tensor2D {
    return tf.add(this.mean, tf.mul(tf.exp(this.logStd), noise));
  }

  entropy(): tf.Tensor1D {
    return tf.sum(tf.add(tf.mul(tf.onesLike(this.mean), this.logStd), 0.5 + HALF_LOG_TWO_PI), -1);
  }

  /** Σ ln(σ'/σ) + (σ² + (μ − μ')²) / 2σ'² − ½ */
  kl({ mean, logStd }: Gaussian): tf.Tensor1D {
    const variance = tf.exp(tf.mul(2, this.logStd));
    const squares = tf.add(variance, tf.squaredDifference(this.mean, mean));
    const scaled = tf.mul(squares, tf.mul(0.5, tf.exp(tf.mul(-2, logStd))));
    return tf.sum(tf.sub(tf.add(tf.sub(logStd, this.logStd), scaled), 0.5), -1);
  }
}

/** Bounds of a log-deviation that a network puts out; mirror assembly/nn/heads/gaussian.ts. */
export const LOG_STD_RANGE = { min: -20, max: 2 } as const;

/** Outputs `[B,2A]` as means `[B,A]` and log-deviations `[B,A]` within {@link LOG_STD_RANGE}. */
export function meanAndLogStd(head: tf.Tensor2D): [mean: tf.Tensor2D, logStd: tf.Tensor2D] {
  const actions = head.shape[1] / 2;
  const mean = tf.slice2d(head, [0, 0], [-1, actions]);
  const logStd = tf.slice2d(head, [0, actions], [-1, actions]);
  return [mean, tf.clipByValue(logStd, LOG_STD_RANGE.min, LOG_STD_RANGE.max)];
}
