/** Targets of action values, as functions of batch tensors: reward and discount `[B]`, values of the next observations `[B,n]`. */
import * as tf from "@tensorflow/tfjs";
import { pick } from "./pick.js";

/** What is known of a batch of transitions. The discount is γ^k for k steps, and 0 where the episode terminated. */
export interface Outcome {
  readonly reward: tf.Tensor1D;
  readonly discount: tf.Tensor1D;
}

/** r + γ max_a Q⁻(s', a), Q-learning's target (Watkins 1989). */
export function maxTarget(outcome: Outcome, nextValues: tf.Tensor2D): tf.Tensor1D {
  return bootstrapped(outcome, tf.max(nextValues, -1));
}

/** r + γ Q⁻(s', argmax_a Q(s', a)): one network chooses the action, the other one values it (van Hasselt, Guez & Silver 2016, eq. 4). */
export function doubleTarget(outcome: Outcome, nextValues: tf.Tensor2D, choosingValues: tf.Tensor2D): tf.Tensor1D {
  return bootstrapped(outcome, pick(nextValues, tf.argMax(choosingValues, -1)));
}

/** r + γ · the next observation's value `[B]`. */
export function bootstrapped({ reward, discount }: Outcome, nextValue: tf.Tensor1D): tf.Tensor1D {
  return tf.add(reward, tf.mul(discount, nextValue));
}
