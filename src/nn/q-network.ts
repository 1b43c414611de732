/** Action values as a multi-layer perceptron, plain or dueling (Wang et al. 2016, "Dueling Network Architectures", arXiv:1511.06581). */
import * as tf from "@tensorflow/tfjs";
import type { ActingParts } from "./acting.js";
import type { Backend } from "./backend.js";
import { FAN_IN, type HiddenOptions, LayerBuilder, Mlp } from "./mlp.js";
import { Parameters } from "./parameters.js";

export interface QNetworkOptions extends HiddenOptions {
  /** Whether values are a state's value plus the actions' advantages, each stream with the last hidden layer for itself. */
  readonly dueling: boolean;
}

export class QNetwork {
  readonly parameters: Parameters;
  /** Q(observation, ·) `[B,A]` for observations `[B,D]`. */
  readonly values: (observation: tf.Tensor2D) => tf.Tensor2D;
  /**
   * Observations to what the same action maximises: the values, or the advantages alone where there are two streams. The softmax of both is
   * the same too, since they differ by the same number in all actions.
   */
  readonly actor: Mlp;

  /** @param inputs numbers of an observation as the network sees it */
  constructor(backend: Backend, inputs: number, actions: number, { dueling, ...options }: QNetworkOptions, seed: number) {
    this.parameters = new Parameters(backend);
    const builder = new LayerBuilder(this.parameters, seed);
    if (dueling) {
      const { trunk, value, advantage } = streams(builder, inputs, actions, options);
      this.actor = new Mlp([...trunk.layers, ...advantage.layers]);
      this.values = (observation) => {
        const shared = trunk.apply(observation);
        const wants = trunk.layers.length > 0 ? "both" : "parameters";
        return duel(value.apply(shared, wants), advantage.apply(shared, wants));
      };
    } else {
      this.actor = builder.mlp("q", inputs, actions, options, FAN_IN);
      this.values = (observation) => this.actor.apply(observation);
    }
  }

  /** What acts, once exported. */
  get acting(): ActingParts {
    return { actor: this.actor.located, critic: [], distribution: { kind: "greedy" } };
  }
}

function streams(builder: LayerBuilder, inputs: number, actions: number, { hidden, activation }: HiddenOptions) {
  const shared = { hidden: hidden.slice(0, -1), activation };
  const own = { hidden: hidden.slice(-1), activation };
  const trunk = new Mlp(builder.trunk("trunk", inputs, shared, FAN_IN.hidden));
  const width = shared.hidden.at(-1) ?? inputs;
  return {
    trunk,
    value: builder.mlp("value", width, 1, own, FAN_IN),
    advantage: builder.mlp("advantage", width, actions, own, FAN_IN),
  };
}

/** Q = V + (A − mean A) (eq. 9); V `[B,1]`, A `[B,n]`. */
function duel(value: tf.Tensor2D, advantage: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.sub(value, tf.mean(advantage, -1, true)), advantage);
}
