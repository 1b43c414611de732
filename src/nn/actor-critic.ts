/** A policy and a value function as multi-layer perceptrons, with a trunk of their own each or a shared one. */
import * as tf from "@tensorflow/tfjs";
import { featuresOf, type Space } from "../core/spaces.js";
import type { Activation, DenseLayer } from "../wasm/layers.js";
import type { Backend } from "./backend.js";
import { dense } from "./dense.js";
import { categorical, type Distribution, gaussian } from "./distributions.js";
import { orthogonal } from "./initializers.js";
import { type Parameter, Parameters } from "./parameters.js";

export interface ActorCriticOptions {
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly activation: Exclude<Activation, "linear">;
  /** Whether policy and value function share their hidden layers. */
  readonly sharedTrunk: boolean;
  /** ln σ of continuous actions at the start. */
  readonly logStdInit: number;
}

interface Layer {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly activation: Activation;
}

/** Orthogonal gains: hidden layers, the policy's head (small: nearly uniform at first), the value's head. */
const GAIN = { hidden: Math.SQRT2, policy: 0.01, value: 1 };

export class ActorCritic {
  readonly parameters: Parameters;
  readonly #actor: readonly Layer[];
  readonly #critic: readonly Layer[];
  readonly #logStd: Parameter | undefined;

  /** @param inputs numbers of an observation as the network sees it */
  constructor(backend: Backend, inputs: number, actionSpace: Space, options: ActorCriticOptions, seed: number) {
    this.parameters = new Parameters(backend);
    const builder = new LayerBuilder(this.parameters, options, seed);
    const outputs = featuresOf(actionSpace);
    if (options.sharedTrunk) {
      const trunk = builder.trunk("trunk", inputs);
      this.#actor = [...trunk, builder.head("actor", trunk, inputs, outputs, GAIN.policy)];
      this.#critic = [...trunk, builder.head("critic", trunk, inputs, 1, GAIN.value)];
    } else {
      const actor = builder.trunk("actor", inputs);
      this.#actor = [...actor, builder.head("actor", actor, inputs, outputs, GAIN.policy)];
      const critic = builder.trunk("critic", inputs);
      this.#critic = [...critic, builder.head("critic", critic, inputs, 1, GAIN.value)];
    }
    const isContinuous = actionSpace.kind === "box";
    this.#logStd = isContinuous ? this.parameters.add("logStd", [outputs], Array(outputs).fill(options.logStdInit)) : undefined;
  }

  /** π(· | observation) for observations `[B,D]`. */
  policy(observation: tf.Tensor2D): Distribution {
    const head = chain(this.#actor, observation);
    return this.#logStd ? gaussian(head, this.#logStd.tensor) : categorical(head);
  }

  /** V(observation) `[B]`. */
  value(observation: tf.Tensor2D): tf.Tensor1D {
    return tf.reshape(chain(this.#critic, observation), [-1]);
  }

  /** The layers by where their parameters live, for rollouts and for export. */
  get layers(): { actor: (DenseLayer & Names)[]; critic: (DenseLayer & Names)[]; logStd: Parameter | undefined } {
    return { actor: this.#actor.map(located), critic: this.#critic.map(located), logStd: this.#logStd };
  }
}

interface Names {
  readonly names: { readonly weight: string; readonly bias: string };
}

function located({ weight, bias, activation }: Layer): DenseLayer & Names {
  return { weight: weight.column, bias: bias.column, activation, names: { weight: weight.name, bias: bias.name } };
}

/** The first layer's input is data: no gradient goes on to it. */
function chain(layers: readonly Layer[], input: tf.Tensor2D): tf.Tensor2D {
  return layers.reduce(
    (x, { weight, bias, activation }, i) => dense(x, weight.tensor as tf.Tensor2D, bias.tensor, activation, i > 0),
    input,
  );
}

/** Adds layers to a set of parameters; each weight draws from a stream of its own. */
class LayerBuilder {
  #stream = 0;

  constructor(
    readonly parameters: Parameters,
    readonly options: ActorCriticOptions,
    readonly seed: number,
  ) {}

  trunk(name: string, inputs: number): Layer[] {
    const { hidden, activation } = this.options;
    return hidden.map((width, i) => this.#layer(`${name}.${i}`, hidden[i - 1] ?? inputs, width, GAIN.hidden, activation));
  }

  head(name: string, trunk: readonly Layer[], inputs: number, outputs: number, gain: number): Layer {
    return this.#layer(`${name}.${trunk.length}`, this.options.hidden.at(-1) ?? inputs, outputs, gain, "linear");
  }

  #layer(name: string, inputs: number, outputs: number, gain: number, activation: Activation): Layer {
    const { parameters, seed } = this;
    const values = orthogonal(parameters.backend, inputs, outputs, gain, seed, this.#stream++);
    return {
      weight: parameters.add(`${name}.weight`, [inputs, outputs], values),
      bias: parameters.add(`${name}.bias`, [outputs], new Float32Array(outputs)),
      activation,
    };
  }
}
