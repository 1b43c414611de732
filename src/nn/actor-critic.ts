/** A policy and a value function as multi-layer perceptrons, with a trunk of their own each or a shared one. */
import * as tf from "@tensorflow/tfjs";
import { featuresOf, type Space } from "../core/spaces.js";
import type { ActingParts } from "./acting.js";
import type { Backend } from "./backend.js";
import { categorical, type Distribution, gaussian, meanAndLogStd } from "./distributions.js";
import { type HiddenOptions, LayerBuilder, Mlp } from "./mlp.js";
import { type Parameter, Parameters } from "./parameters.js";

export interface ActorCriticOptions extends HiddenOptions {
  /** Whether policy and value function share their hidden layers. */
  readonly sharedTrunk: boolean;
  /** Whether ln σ of continuous actions is an output of the policy's network; else it is the same in every state. */
  readonly stateDependentStd: boolean;
  /** ln σ of continuous actions at the start. */
  readonly logStdInit: number;
}

/** Orthogonal gains: the policy's head (small: nearly uniform at first), the value's head. */
const POLICY_HEAD = { kind: "orthogonal", gain: 0.01 } as const;
const VALUE_HEAD = { kind: "orthogonal", gain: 1 } as const;

export class ActorCritic {
  /** Of both networks, the actor's first, then the critic's, then ln σ. */
  readonly parameters: Parameters;
  readonly actor: Mlp;
  readonly critic: Mlp;
  /** ln σ `[A]` of continuous actions, where it is the same in every state. */
  readonly logStd: Parameter | undefined;
  readonly #isContinuous: boolean;

  /** @param inputs numbers of an observation as the network sees it */
  constructor(backend: Backend, inputs: number, actionSpace: Space, options: ActorCriticOptions, seed: number) {
    this.parameters = new Parameters(backend);
    const builder = new LayerBuilder(this.parameters, seed);
    this.#isContinuous = actionSpace.kind === "box";
    const isStateDependent = this.#isContinuous && options.stateDependentStd;
    const actions = featuresOf(actionSpace);
    const outputs = isStateDependent ? 2 * actions : actions;
    // Outputs that are log-deviations begin with the one that is wished, in every state.
    const bias = Array.from({ length: outputs }, (_, i) => (i < actions ? 0 : options.logStdInit));
    const policyHead = { ...POLICY_HEAD, bias };
    if (options.sharedTrunk) {
      const trunk = builder.trunk("trunk", inputs, options);
      const width = options.hidden.at(-1) ?? inputs;
      this.actor = new Mlp([...trunk, builder.layer(`actor.${trunk.length}`, width, outputs, "linear", policyHead)]);
      this.critic = new Mlp([...trunk, builder.layer(`critic.${trunk.length}`, width, 1, "linear", VALUE_HEAD)]);
    } else {
      this.actor = builder.mlp("actor", inputs, outputs, options, { last: policyHead });
      this.critic = builder.mlp("critic", inputs, 1, options, { last: VALUE_HEAD });
    }
    const hasLogStd = this.#isContinuous && !isStateDependent;
    this.logStd = hasLogStd ? this.parameters.add("logStd", [actions], Array(actions).fill(options.logStdInit)) : undefined;
  }

  /** π(· | observation) for observations `[B,D]`. */
  policy(observation: tf.Tensor2D): Distribution {
    return this.distribution(this.actor.apply(observation));
  }

  /**
   * The distribution that outputs of the actor stand for.
   * @param logStd ln σ `[A]` where it is the same in every state, if not the present one
   */
  distribution(head: tf.Tensor2D, logStd = this.logStd?.tensor): Distribution {
    if (!this.#isContinuous) return categorical(head);
    return logStd ? gaussian(head, logStd) : gaussian(...meanAndLogStd(head));
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
    const distribution = this.#isContinuous ? ({ kind: "gaussian", logStd: this.logStd } as const) : ({ kind: "categorical" } as const);
    return { actor: this.actor.located, critic: this.critic.located, distribution };
  }
}
