/** Policies over vectors within ±1 as networks of their own: deterministic ones, and tanh of normals. */
import type * as tf from "@tensorflow/tfjs";
import type { ActingParts } from "./acting.js";
import type { Backend } from "./backend.js";
import { FAN_IN, type HiddenOptions, LayerBuilder, type Mlp } from "./mlp.js";
import { follow } from "./optimizers/polyak.js";
import { Parameters } from "./parameters.js";
import { type SampledAction, squashedGaussian } from "./squashed-gaussian.js";

export interface ActorSizes {
  /** D, numbers of an observation. */
  readonly inputs: number;
  /** A, components of an action. */
  readonly actions: number;
}

/** μ(observation) = tanh of a network's outputs. */
export class DeterministicActor {
  readonly parameters: Parameters;
  readonly network: Mlp;

  constructor(
    readonly backend: Backend,
    readonly sizes: ActorSizes,
    readonly options: HiddenOptions,
    readonly seed: number,
  ) {
    this.parameters = new Parameters(backend);
    const builder = new LayerBuilder(this.parameters, seed);
    this.network = builder.mlp("actor", sizes.inputs, sizes.actions, options, { ...FAN_IN, activation: "tanh" });
  }

  /** Actions `[B,A]` for observations `[B,D]`. */
  action(observation: tf.Tensor2D): tf.Tensor2D {
    return this.network.apply(observation);
  }

  /** Another one with the same weights, for a target. */
  copy(): DeterministicActor {
    const copy = new DeterministicActor(this.backend, this.sizes, this.options, this.seed);
    follow(copy.parameters, this.parameters, 1);
    return copy;
  }

  get acting(): ActingParts {
    return { actor: this.network.located, critic: [], distribution: { kind: "deterministic" } };
  }
}

/** π(· | observation): tanh of normals whose means and log-deviations a network puts out. */
export class SquashedGaussianActor {
  readonly parameters: Parameters;
  readonly network: Mlp;

  constructor(
    backend: Backend,
    readonly sizes: ActorSizes,
    options: HiddenOptions,
    seed: number,
  ) {
    this.parameters = new Parameters(backend);
    this.network = new LayerBuilder(this.parameters, seed).mlp("actor", sizes.inputs, 2 * sizes.actions, options, FAN_IN);
  }

  /** Actions and their log-densities for observations `[B,D]` and standard normals `[B,A]`. */
  sample(observation: tf.Tensor2D, noise: tf.Tensor): SampledAction {
    return squashedGaussian(this.network.apply(observation)).rsample(noise);
  }

  get acting(): ActingParts {
    return { actor: this.network.located, critic: [], distribution: { kind: "squashedGaussian" } };
  }
}
