/** What off-policy algorithms over continuous actions share: options, minibatches as tensors, the critics' loss, and the noise of gradient steps. */
import type * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { choice, number, type OptionsOf, sizes } from "../core/options.js";
import { PURPOSE } from "../core/seeds.js";
import { featuresOf, sizeOf } from "../core/spaces.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import type { ActorSizes } from "../nn/actor.js";
import type { Backend } from "../nn/backend.js";
import type { Critics } from "../nn/critics.js";
import type { LossReport } from "../nn/update.js";
import type { ReplayColumns } from "../rollout/transitions.js";
import { type Column, column } from "../wasm/heap.js";
import { checkOffPolicy, offPolicyFields } from "./off-policy.js";

export const continuousFields = {
  ...offPolicyFields,
  hidden: sizes([256, 256], "widths of the hidden layers, of actor and critics alike"),
  activation: choice("relu", ["relu", "tanh"], "what follows each hidden layer"),
  tau: number(0.005, "τ, how far target networks move towards the learned ones at a time", { min: 0, max: 1, above: true }),
};

export type ContinuousOptions = OptionsOf<typeof continuousFields>;

/** Refuses options that don't go together, and spaces other than boxes with bounds. */
export function checkContinuous(algorithm: string, options: ContinuousOptions, { id, actionSpace }: EnvironmentSpec): void {
  checkOffPolicy(options);
  const isBounded = actionSpace.kind === "box" && [...actionSpace.low, ...actionSpace.high].every(Number.isFinite);
  const given = actionSpace.kind === "box" ? "an unbounded box" : "indices";
  ensure(isBounded, () => `${algorithm} needs continuous actions within bounds; those of ${id} are ${given}`);
}

/** What the networks see and put out. */
export function networkSizes({ observationSpace, actionSpace }: EnvironmentSpec, { frameStack }: ContinuousOptions): ActorSizes {
  return { inputs: frameStack * featuresOf(observationSpace), actions: sizeOf(actionSpace) };
}

/** A minibatch under the names of the replay buffer's columns. */
export interface TransitionBatch {
  /** `[B,D]` */
  readonly observation: tf.Tensor2D;
  /** `[B,A]`, within ±1. */
  readonly action: tf.Tensor2D;
  /** `[B]` */
  readonly reward: tf.Tensor1D;
  /** `[B,D]` */
  readonly nextObservation: tf.Tensor2D;
  /** γ^n, but 0 where the episode terminated `[B]`. */
  readonly discount: tf.Tensor1D;
}

export function transitionTensors(backend: Backend, columns: ReplayColumns): TransitionBatch {
  const names = ["observation", "action", "reward", "nextObservation", "discount"] as const;
  return Object.fromEntries(names.map((name) => [name, backend.tensor(columns[name])])) as unknown as TransitionBatch;
}

/** J_Q = ½ Σ_i E[(Q_i(s, a) − target)²] */
export function criticLoss(critics: Critics, { observation, action }: TransitionBatch, target: tf.Tensor1D): LossReport {
  const loss = critics.loss(observation, action, target);
  return { loss, diagnostics: { valueLoss: loss } };
}

/** Standard normals that gradient steps need: columns of one shape, drawn anew for each step. */
export class LearningNoise {
  readonly #columns: readonly Column<"float32">[];
  #draws = 0;

  constructor(
    readonly backend: Backend,
    count: number,
    shape: readonly number[],
    readonly seed: number,
  ) {
    this.#columns = Array.from({ length: count }, () => column(backend.heap, shape));
  }

  draw(): void {
    for (const { address, length } of this.#columns) {
      this.backend.kernels.fillNormal(address, length, this.seed, PURPOSE.learning, this.#draws++);
    }
  }

  /** Those of one column. */
  tensor(index: number): tf.Tensor {
    return this.backend.tensor(this.#columns[index] as Column);
  }
}
