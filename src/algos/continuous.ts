/** What off-policy algorithms over continuous actions share: options, the critics' loss, and the noise of gradient steps. */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../core/errors.js";
import { choice, number, type OptionsOf, sizes } from "../core/options.js";
import { PURPOSE } from "../core/seeds.js";
import { featuresOf, sizeOf } from "../core/spaces.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import type { ActorSizes } from "../nn/actor.js";
import type { Backend } from "../nn/backend.js";
import type { Critics } from "../nn/critics.js";
import type { LossReport } from "../nn/update.js";
import { type Column, column } from "../wasm/heap.js";
import { checkOffPolicy, offPolicyFields, type TransitionBatch } from "./off-policy.js";

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

/** J_Q = ½ Σ_i E[(Q_i(s, a) − target)²] */
export function criticLoss(
  critics: Critics,
  { observation, action }: Pick<TransitionBatch, "observation" | "action">,
  target: tf.Tensor1D,
): LossReport {
  const values = critics.values(observation, action);
  const squares = values.map((value) => tf.squaredDifference(value, target));
  const loss = tf.mul(0.5, tf.mean(tf.addN(squares))) as tf.Scalar;
  return { loss, diagnostics: { valueLoss: loss, meanQ: tf.mean(values[0] as tf.Tensor1D) } };
}

/** Standard normals that gradient steps need: columns of one shape, drawn anew for each step. */
export class LearningNoise {
  readonly #columns: readonly Column<"float32">[];
  readonly #counters: { draws: number };

  constructor(
    readonly backend: Backend,
    count: number,
    shape: readonly number[],
    readonly seed: number,
  ) {
    this.#columns = Array.from({ length: count }, () => column(backend.heap, shape));
    this.#counters = backend.state.numbers("learning noise", { draws: 0 });
  }

  draw(): void {
    for (const { address, length } of this.#columns) {
      this.backend.kernels.fillNormal(address, length, this.seed, PURPOSE.learning, this.#counters.draws++);
    }
  }

  /** Those of one column. */
  tensor(index: number): tf.Tensor {
    return this.backend.tensor(this.#columns[index] as Column);
  }
}
