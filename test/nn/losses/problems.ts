/** Losses of many kinds of algorithms, on networks that are learned and others that are looked through. */
import * as tf from "@tensorflow/tfjs";
import { categorical, gaussian } from "../../../src/nn/distributions.js";
import type { Mlp } from "../../../src/nn/mlp.js";
import { pick } from "../../../src/nn/pick.js";

export const [BATCH, INPUTS, ACTIONS] = [19, 3, 2];

export interface Minibatch {
  readonly observation: tf.Tensor2D;
  /** `[B,A]` */
  readonly noise: tf.Tensor2D;
  /** `[B]` */
  readonly target: tf.Tensor1D;
  /** `[B]`, positive */
  readonly weight: tf.Tensor1D;
  /** int32 `[B]` */
  readonly choice: tf.Tensor1D;
  /** α, a scalar */
  readonly temperature: tf.Scalar;
}

/** Adds networks and numbers to what is learned. */
export interface Learned {
  network(name: string, inputs: number, outputs: number): Mlp;
  parameter(name: string, values: readonly number[]): tf.Tensor;
}

type Loss = (mb: Minibatch) => tf.Tensor;
/** Builds the networks, some learned and some frozen, and gives the loss. */
export type Problem = (learned: Learned, frozen: Learned) => Loss;

const beside = (a: tf.Tensor2D, b: tf.Tensor2D) => tf.concat2d([a, b], 1);
const single = (column: tf.Tensor2D) => tf.reshape(column, [-1]) as tf.Tensor1D;

/** tanh of a reparameterised normal, and its log-density (Haarnoja et al. 2018, appendix C). */
function squashed(head: tf.Tensor2D, noise: tf.Tensor2D) {
  const [mean, raw] = tf.split(head, 2, -1) as [tf.Tensor2D, tf.Tensor2D];
  const logStd = tf.clipByValue(raw, -20, 2);
  const u = tf.add(mean, tf.mul(tf.exp(logStd), noise));
  const slope = tf.mul(2, tf.sub(Math.LN2, tf.add(u, tf.softplus(tf.mul(-2, u)))));
  const logProb = tf.sum(tf.neg(tf.add(tf.add(tf.mul(0.5, tf.square(noise)), logStd), slope)), -1);
  return { action: tf.tanh(u) as tf.Tensor2D, logProb };
}

export const PROBLEMS: Readonly<Record<string, Problem>> = {
  "a soft actor through the smaller of two critics": (learned, frozen) => {
    const actor = learned.network("actor", INPUTS, 2 * ACTIONS);
    const critics = ["q1", "q2"].map((name) => frozen.network(name, INPUTS + ACTIONS, 1));
    return ({ observation, noise, temperature }) => {
      const { action, logProb } = squashed(actor.apply(observation), noise);
      const [q1, q2] = critics.map((critic) => single(critic.apply(beside(observation, action), "input"))) as [tf.Tensor1D, tf.Tensor1D];
      return tf.mean(tf.sub(tf.mul(temperature, logProb), tf.minimum(q1, q2)));
    };
  },

  "a deterministic actor through one critic, with its squares added up": (learned, frozen) => {
    const actor = learned.network("actor", INPUTS, ACTIONS);
    const critic = frozen.network("q", INPUTS + ACTIONS, 1);
    return ({ observation }) => {
      const action = tf.tanh(actor.apply(observation)) as tf.Tensor2D;
      const penalty = tf.mean(tf.sum(tf.square(action), -1));
      return tf.addN([tf.neg(tf.mean(single(critic.apply(beside(observation, action), "input")))), tf.mul(0.1, penalty)]);
    };
  },

  "twin critics": (learned) => {
    const critics = ["q1", "q2"].map((name) => learned.network(name, INPUTS + ACTIONS, 1));
    return ({ observation, noise, target }) => {
      const losses = critics.map((critic) => tf.mean(tf.squaredDifference(single(critic.apply(beside(observation, noise))), target)));
      return tf.sum(tf.stack(losses));
    };
  },

  "temporal differences under Huber's loss, by clipping": (learned) => {
    const q = learned.network("q", INPUTS, 4);
    return ({ observation, choice, target, weight }) => {
      const error = tf.sub(target, pick(q.apply(observation), choice));
      const clipped = tf.clipByValue(error, -1, 1);
      return tf.mean(tf.mul(weight, tf.mul(clipped, tf.sub(error, tf.mul(0.5, clipped)))));
    };
  },

  "temporal differences under Huber's loss, by choosing": (learned) => {
    const q = learned.network("q", INPUTS, 4);
    return ({ observation, choice, target }) => {
      const value = tf.sum(tf.mul(tf.oneHot(choice, 4), q.apply(observation)), -1);
      return tf.losses.huberLoss(target, value);
    };
  },

  "dueling streams, chosen by another network": (learned, frozen) => {
    const [value, advantage] = [learned.network("v", INPUTS, 1), learned.network("a", INPUTS, 4)];
    const other = frozen.network("other", INPUTS, 4);
    return ({ observation, target }) => {
      const advantages = advantage.apply(observation);
      const q = tf.add(value.apply(observation), tf.sub(advantages, tf.mean(advantages, -1, true))) as tf.Tensor2D;
      const best = tf.argMax(other.apply(observation), -1);
      return tf.mean(tf.square(tf.sub(pick(q, best), tf.maximum(target, tf.max(other.apply(observation), -1)))));
    };
  },

  "a temperature on its own": (learned) => {
    const logTemperature = learned.parameter("logTemperature", [-0.3]);
    return ({ target }) => tf.neg(tf.mean(tf.mul(tf.exp(logTemperature), tf.add(target, ACTIONS))));
  },

  "a surrogate of normals with one deviation in all states, and their divergence": (learned) => {
    const actor = learned.network("actor", INPUTS, ACTIONS);
    const logStd = learned.parameter("logStd", [-0.5, 0.2]);
    return ({ observation, noise, target, weight }) => {
      const policy = gaussian(actor.apply(observation), logStd);
      const ratio = tf.exp(tf.sub(policy.logProb(noise), tf.log(weight)));
      return tf.sub(tf.mean(policy.kl(gaussian(noise, tf.zerosLike(logStd)))), tf.mean(tf.mul(ratio, target)));
    };
  },

  "a policy over indices, with the entropy and the divergence of its outcome": (learned, frozen) => {
    const [actor, old] = [learned.network("actor", INPUTS, 4), frozen.network("old", INPUTS, 4)];
    return ({ observation, choice, target }) => {
      const [policy, before] = [categorical(actor.apply(observation)), categorical(old.apply(observation))];
      const gain = tf.mul(policy.logProb(choice), target);
      return tf.mean(tf.sub(policy.kl(before), tf.add(gain, tf.mul(0.1, policy.entropy()))));
    };
  },
};
