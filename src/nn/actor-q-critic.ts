/** A policy and action values as multi-layer perceptrons, with a trunk of their own each or a shared one. */
import * as tf from "@tensorflow/tfjs";
import { featuresOf, type Space } from "../core/spaces.js";
import type { ActingParts } from "./acting.js";
import { type ActorCriticOptions, VALUE_HEAD } from "./actor-critic.js";
import type { Backend } from "./backend.js";
import { Categorical, type Distribution, type Gaussian } from "./distributions.js";
import { LayerBuilder, Mlp } from "./mlp.js";
import { Parameters } from "./parameters.js";
import { pick } from "./pick.js";
import { PolicyHead } from "./policy-head.js";

/**
 * Indices have their values side by side: the critic puts out Q(s, ·). Vectors go in beside the observation, or beside a shared trunk's
 * last layer, one more hidden layer of the same width on top.
 */
export class ActorQCritic {
  /** Of both networks, the actor's first, then the critic's, then ln σ. */
  readonly parameters: Parameters;
  readonly actor: Mlp;
  readonly critic: Mlp;
  readonly #head: PolicyHead;
  /** What a vector stands beside when it enters the critic. */
  readonly #features: Mlp;

  /** @param inputs numbers of an observation as the network sees it */
  constructor(backend: Backend, inputs: number, actionSpace: Space, options: ActorCriticOptions, seed: number) {
    this.parameters = new Parameters(backend);
    const builder = new LayerBuilder(this.parameters, seed);
    const head = new PolicyHead(actionSpace, options);
    const isVector = actionSpace.kind === "box";
    const [entering, values] = isVector ? [featuresOf(actionSpace), 1] : [0, featuresOf(actionSpace)];
    if (options.sharedTrunk) {
      const trunk = builder.trunk("trunk", inputs, options);
      const width = options.hidden.at(-1) ?? inputs;
      this.actor = builder.onTrunk(trunk, "actor", width, head.outputs, head.firstWeights);
      const top = { ...options, hidden: options.hidden.slice(-1) };
      this.critic = isVector
        ? builder.mlp("critic", width + entering, values, top, { last: VALUE_HEAD })
        : builder.onTrunk(trunk, "critic", width, values, VALUE_HEAD);
      this.#features = new Mlp(trunk);
    } else {
      this.actor = builder.mlp("actor", inputs, head.outputs, options, { last: head.firstWeights });
      this.critic = builder.mlp("critic", inputs + entering, values, options, { last: VALUE_HEAD });
      this.#features = new Mlp([]);
    }
    head.addLogStd(this.parameters);
    this.#head = head;
  }

  /** π(· | observation) for observations `[B,D]`. */
  policy(observation: tf.Tensor2D): Distribution {
    return this.#head.distribution(this.actor.apply(observation));
  }

  /** Q(observation, action) `[B]`; action int32 `[B]` indices, or float32 `[B,A]`. */
  value(observation: tf.Tensor2D, action: tf.Tensor): tf.Tensor1D {
    if (this.#head.actionSpace.kind === "discrete") return pick(this.critic.apply(observation), action);
    const input = tf.concat2d([this.#features.apply(observation), action as tf.Tensor2D], 1);
    return tf.reshape(this.critic.apply(input, this.#features.layers.length > 0 ? "both" : "parameters"), [-1]);
  }

  /**
   * E_π[Q(observation, ·)] `[B]`: the sum over indices; of vectors the value of one, that which these standard normals `[B,A]` draw (an
   * unbiased estimate), or the mean action's (exact where Q is linear in the action).
   */
  expectedValue(observation: tf.Tensor2D, noise?: tf.Tensor): tf.Tensor1D {
    const policy = this.policy(observation);
    if (policy instanceof Categorical) return tf.sum(tf.mul(tf.exp(policy.logProbs), this.critic.apply(observation)), -1);
    const normal = policy as Gaussian;
    return this.value(observation, noise ? normal.rsample(noise) : normal.mean);
  }

  /** What acts, in rollouts and once exported: there is no value function. */
  get acting(): ActingParts {
    return { actor: this.actor.located, critic: [], distribution: this.#head.acting };
  }
}
