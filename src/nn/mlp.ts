/** Multi-layer perceptrons, and how their first weights are drawn. */
import type * as tf from "@tensorflow/tfjs";
import type { Activation, DenseLayer } from "../wasm/layers.js";
import { dense, type Wants } from "./dense.js";
import { orthogonal, uniformFanIn } from "./initializers.js";
import type { Parameter, Parameters } from "./parameters.js";

export interface Layer {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly activation: Activation;
}

/** A layer by where its parameters live and what they are called. */
export interface NamedLayer extends DenseLayer {
  readonly names: { readonly weight: string; readonly bias: string };
}

/** What hidden layers are like. */
export interface HiddenOptions {
  /** Widths of the hidden layers. */
  readonly hidden: readonly number[];
  readonly activation: Exclude<Activation, "linear">;
}

/** A chain of dense layers as a function of tensors. */
export class Mlp {
  constructor(readonly layers: readonly Layer[]) {}

  /** Outputs `[B,out]` for inputs `[B,in]`, which are taken to be data unless their gradient is wanted. */
  apply(input: tf.Tensor2D, wants: Wants = "parameters"): tf.Tensor2D {
    const later = wants === "input" ? "input" : "both";
    return this.layers.reduce(
      (x, { weight, bias, activation }, i) => dense(x, weight.tensor as tf.Tensor2D, bias.tensor, activation, i === 0 ? wants : later),
      input,
    );
  }

  /** Every layer's weight and bias, from the first layer on. */
  get parameters(): Parameter[] {
    return this.layers.flatMap(({ weight, bias }) => [weight, bias]);
  }

  /** The layers by where their parameters live, for rollouts and for export. */
  get located(): NamedLayer[] {
    return this.layers.map(({ weight, bias, activation }) => ({
      weight: weight.column,
      bias: bias.column,
      activation,
      names: { weight: weight.name, bias: bias.name },
    }));
  }
}

/** How a layer's first weights are drawn: orthogonal rows or columns with a gain, or uniform within ±1/√inputs (biases too). */
export type FirstWeights =
  | { readonly kind: "orthogonal"; readonly gain: number /** 0 unless given. */; readonly bias?: readonly number[] }
  | { readonly kind: "fanIn" };

/** Orthogonal with the gain that keeps a signal's size through a rectifier; also usual with tanh. */
const HIDDEN_WEIGHTS: FirstWeights = { kind: "orthogonal", gain: Math.SQRT2 };

/** PyTorch's first weights for whole networks, with which the reference implementations of off-policy algorithms begin. */
export const FAN_IN = { hidden: { kind: "fanIn" }, last: { kind: "fanIn" } } as const;

/** Adds layers to a set of parameters; each layer draws from a stream of its own. */
export class LayerBuilder {
  #stream: number;

  /** @param firstStream of the layers to come; builders that share a seed need streams far apart */
  constructor(
    readonly parameters: Parameters,
    readonly seed: number,
    firstStream = 0,
  ) {
    this.#stream = firstStream;
  }

  /** The hidden layers of a network. */
  trunk(name: string, inputs: number, { hidden, activation }: HiddenOptions, weights = HIDDEN_WEIGHTS): Layer[] {
    return hidden.map((width, i) => this.layer(`${name}.${i}`, hidden[i - 1] ?? inputs, width, activation, weights));
  }

  /** A whole network: hidden layers, then a last one. */
  mlp(
    name: string,
    inputs: number,
    outputs: number,
    options: HiddenOptions,
    { hidden = HIDDEN_WEIGHTS, last, activation = "linear" }: { hidden?: FirstWeights; last: FirstWeights; activation?: Activation },
  ): Mlp {
    const trunk = this.trunk(name, inputs, options, hidden);
    return this.onTrunk(trunk, name, options.hidden.at(-1) ?? inputs, outputs, last, activation);
  }

  /** A network of hidden layers that it may share, whose last has this width, and a layer of its own. */
  onTrunk(
    trunk: readonly Layer[],
    name: string,
    width: number,
    outputs: number,
    weights: FirstWeights,
    activation: Activation = "linear",
  ): Mlp {
    return new Mlp([...trunk, this.layer(`${name}.${trunk.length}`, width, outputs, activation, weights)]);
  }

  layer(name: string, inputs: number, outputs: number, activation: Activation, weights: FirstWeights): Layer {
    const { parameters, seed } = this;
    const { backend } = parameters;
    const stream = this.#stream++;
    const isOrthogonal = weights.kind === "orthogonal";
    const drawn = isOrthogonal
      ? orthogonal(backend, inputs, outputs, weights.gain, seed, stream)
      : uniformFanIn(backend, (inputs + 1) * outputs, inputs, seed, stream);
    const bias = isOrthogonal ? (weights.bias ?? new Float32Array(outputs)) : drawn.subarray(inputs * outputs);
    return {
      weight: parameters.add(`${name}.weight`, [inputs, outputs], drawn.subarray(0, inputs * outputs)),
      bias: parameters.add(`${name}.bias`, [outputs], bias),
      activation,
    };
  }
}
