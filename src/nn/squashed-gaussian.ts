/** Actions within ±1: tanh of normals, as differentiable functions of a network's outputs (Haarnoja et al. 2018, appendix C). */
import * as tf from "@tensorflow/tfjs";
import { Gaussian, HALF_LOG_TWO_PI, meanAndLogStd } from "./distributions.js";

/** The largest float32 below 1. */
const ALMOST_ONE = 1 - 2 ** -24;

/** An action `[B,A]` and ln π of it `[B]`. */
export interface SampledAction {
  readonly action: tf.Tensor2D;
  readonly logProb: tf.Tensor1D;
}

/** Outputs `[B,2A]`: means of the normals, then their log-deviations. */
export function squashedGaussian(head: tf.Tensor2D): SquashedGaussian {
  return new SquashedGaussian(new Gaussian(...meanAndLogStd(head)));
}

export class SquashedGaussian {
  /** @param base the normals u whose tanh is the action */
  constructor(readonly base: Gaussian) {}

  /**
   * The action that standard normals ε `[B,A]` stand for, and its log-density, both differentiable in the outputs: the pathwise gradient.
   * ln π(tanh u) = Σ −ε²/2 − ln σ − ½ ln 2π − ln(1 − tanh² u), the last term in a form that stays exact where tanh is ±1 in float32.
   */
  rsample(noise: tf.Tensor): SampledAction {
    const u = this.base.rsample(noise);
    const normal = tf.add(tf.add(tf.mul(0.5, tf.square(noise)), this.base.logStd), HALF_LOG_TWO_PI);
    return { action: tf.tanh(u), logProb: tf.neg(tf.sum(tf.add(normal, logSlope(u)), -1)) };
  }

  /** ln π(action) `[B]` of given actions `[B,A]`; those nearer to ±1 than float32 can tell count as its nearest number. */
  logProb(action: tf.Tensor): tf.Tensor1D {
    const a = tf.clipByValue(action, -ALMOST_ONE, ALMOST_ONE);
    const [above, below] = [tf.log1p(a), tf.log1p(tf.neg(a))]; // ln(1 + a), ln(1 − a): their half difference is artanh a
    return tf.sub(this.base.logProb(tf.mul(0.5, tf.sub(above, below))), tf.sum(tf.add(above, below), -1));
  }
}

/** ln(1 − tanh² u) = 2 (ln 2 − u − softplus(−2u)) */
export function logSlope(u: tf.Tensor): tf.Tensor {
  return tf.mul(2, tf.sub(tf.sub(Math.LN2, u), tf.softplus(tf.mul(-2, u))));
}
