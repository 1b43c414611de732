/** Values of states, and of continuous actions: networks side by side that see observation and action together. */
import * as tf from "@tensorflow/tfjs";
import type { ActorSizes } from "./actor.js";
import type { Backend } from "./backend.js";
import type { Wants } from "./dense.js";
import { FAN_IN, type HiddenOptions, LayerBuilder, type Mlp } from "./mlp.js";
import { follow } from "./optimizers/polyak.js";
import { Parameters } from "./parameters.js";

/** Streams of first weights that lie between one network and the next. */
const NETWORK_STREAMS = 1000;

export class Critics {
  readonly parameters: Parameters;
  readonly networks: readonly Mlp[];

  /** @param count how many: 2 for twins, whose smaller value counters overestimation (Fujimoto et al. 2018) */
  constructor(
    readonly backend: Backend,
    readonly count: number,
    readonly sizes: ActorSizes,
    readonly options: HiddenOptions,
    readonly seed: number,
  ) {
    const { inputs, actions } = sizes;
    this.parameters = new Parameters(backend);
    this.networks = Array.from({ length: count }, (_, i) => {
      const builder = new LayerBuilder(this.parameters, seed, NETWORK_STREAMS * (i + 1));
      return builder.mlp(`critic${i + 1}`, inputs + actions, 1, options, FAN_IN);
    });
  }

  /** Q_i(observation, action) `[B]` of each network, for observations `[B,D]` and actions `[B,A]`; differentiable in their parameters. */
  values(observation: tf.Tensor2D, action: tf.Tensor): tf.Tensor1D[] {
    return valuesOf(this.networks, observation, action, "parameters");
  }

  /** Q_1 `[B]`, differentiable in the action alone. */
  first(observation: tf.Tensor2D, action: tf.Tensor): tf.Tensor1D {
    return valuesOf(this.networks.slice(0, 1), observation, action, "input")[0] as tf.Tensor1D;
  }

  /** min_i Q_i `[B]`, differentiable in the action alone. */
  least(observation: tf.Tensor2D, action: tf.Tensor): tf.Tensor1D {
    return valuesOf(this.networks, observation, action, "input").reduce((a, b) => tf.minimum(a, b));
  }

  /** Others with the same values, for targets. */
  copy(): Critics {
    const copy = new Critics(this.backend, this.count, this.sizes, this.options, this.seed);
    follow(copy.parameters, this.parameters, 1);
    return copy;
  }
}

function valuesOf(networks: readonly Mlp[], observation: tf.Tensor2D, action: tf.Tensor, wants: Wants): tf.Tensor1D[] {
  const input = tf.concat2d([observation, action as tf.Tensor2D], 1);
  return networks.map((network) => tf.reshape(network.apply(input, wants), [-1]));
}

/** V(observation), a network of its own. */
export class StateValue {
  readonly parameters: Parameters;
  readonly network: Mlp;

  constructor(
    readonly backend: Backend,
    readonly inputs: number,
    readonly options: HiddenOptions,
    readonly seed: number,
  ) {
    this.parameters = new Parameters(backend);
    this.network = new LayerBuilder(this.parameters, seed, 3 * NETWORK_STREAMS).mlp("value", inputs, 1, options, FAN_IN);
  }

  /** `[B]` for observations `[B,D]`. */
  of(observation: tf.Tensor2D): tf.Tensor1D {
    return tf.reshape(this.network.apply(observation), [-1]);
  }

  /** Another one with the same values, for a target. */
  copy(): StateValue {
    const copy = new StateValue(this.backend, this.inputs, this.options, this.seed);
    follow(copy.parameters, this.parameters, 1);
    return copy;
  }
}
