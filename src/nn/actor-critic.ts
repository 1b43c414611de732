/** A policy and a value function as multi-layer perceptrons, with a trunk of their own each or a shared one. */
import * as tf from "@tensorflow/tfjs";
import type { Space } from "../core/spaces.js";
import type { ActingParts } from "./acting.js";
import type { Backend } from "./backend.js";
import type { Distribution } from "./distributions.js";
import { type HiddenOptions, LayerBuilder, type Mlp } from "./mlp.js";
import { type Parameter, Parameters } from "./parameters.js";
import { PolicyHead, type PolicyHeadOptions } from "./policy-head.js";

export interface ActorCriticOptions extends HiddenOptions, PolicyHeadOptions {
  /** Whether policy and value function share their hidden layers. */
  readonly sharedTrunk: boolean;
}

/** How a value's last layer begins. */
export const VALUE_HEAD = { kind: "orthogonal", gain: 1 } as const;

/** A policy and a value function, apart or on a shared trunk: observations [B,D] in, logits or means [B,A] and values [B] out. */
export class ActorCritic {
  /** Of both networks, the actor's first, then the critic's, then ln σ. */
  readonly parameters: Parameters;
  readonly actor: Mlp;
  readonly critic: Mlp;
  readonly #head: PolicyHead;

  /** @param inputs numbers of an observation as the network sees it */
  constructor(backend: Backend, inputs: number, actionSpace: Space, options: ActorCriticOptions, seed: number) {
    this.parameters = new Parameters(backend);
    const builder = new LayerBuilder(this.parameters, seed);
    const head = new PolicyHead(actionSpace, options);
    if (options.sharedTrunk) {
      const trunk = builder.trunk("trunk", inputs, options);
      const width = options.hidden.at(-1) ?? inputs;
      this.actor = builder.onTrunk(trunk, "actor", width, head.outputs, head.firstWeights);
      this.critic = builder.onTrunk(trunk, "critic", width, 1, VALUE_HEAD);
    } else {
      this.actor = builder.mlp("actor", inputs, head.outputs, options, { last: head.firstWeights });
      this.critic = builder.mlp("critic", inputs, 1, options, { last: VALUE_HEAD });
    }
    head.addLogStd(this.parameters);
    this.#head = head;
  }

  /** ln σ `[A]` of continuous actions, where it is the same in every state. */
  get logStd(): Parameter | undefined {
    return this.#head.logStd;
  }

  /** π(· | observation) for observations `[B,D]`. */
  policy(observation: tf.Tensor2D): Distribution {
    return this.distribution(this.actor.apply(observation));
  }

  /**
   * The distribution that outputs of the actor stand for.
   * @param logStd ln σ `[A]` where it is the same in every state, if not the present one
   */
  distribution(outputs: tf.Tensor2D, logStd?: tf.Tensor): Distribution {
    return this.#head.distribution(outputs, logStd);
  }

  /** What the policy depends on: the actor's layers, a shared trunk's among them, then ln σ. */
  get policyParameters(): Parameter[] {
    return this.logStd ? [...this.actor.parameters, this.logStd] : this.actor.parameters;
  }

  /** V(observation) `[B]`. */
  value(observation: tf.Tensor2D): tf.Tensor1D {
    return tf.reshape(this.critic.apply(observation), [-1]);
  }

  /** What acts, in rollouts and once exported. */
  get acting(): ActingParts {
    return { actor: this.actor.located, critic: this.critic.located, distribution: this.#head.acting };
  }
}
