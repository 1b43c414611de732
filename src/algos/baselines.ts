/**
 * Constants that may be subtracted from what REINFORCE's ∇ln π is multiplied with. Since E[∇ln π] = 0, none changes the expected gradient.
 *
 * Let an episode's gradient be h − b g: g = Σ_t w_t ∇ln π(a_t|s_t) and h = Σ_t w_t Ψ_t ∇ln π(a_t|s_t), Ψ_t its return, whole or from t on.
 * Its covariance has the trace E|h − b g|² − |E h|², a parabola in b, least where E[(h − b g)·g] = 0:
 *   b* = E[h·g] / E[|g|²],
 * which for whole returns, h = r g, is the lectures' E[g² r] / E[g²] (Weaver & Tao 2001; Greensmith, Bartlett & Baxter 2004). One number
 * serves all parameters here; one for each of them would lower the variance of each. The average is b* only if |g|² and Ψ don't go
 * together.
 *
 * Both are taken of the batch itself, in which an episode's own return takes part: of M episodes, that shrinks the expected gradient by
 * about one part in M.
 */
import * as tf from "@tensorflow/tfjs";
import type { ActorCritic } from "../nn/actor-critic.js";
import type { Backend } from "../nn/backend.js";
import { type Computation, computation } from "../nn/computation.js";
import { dot } from "../nn/conjugate-gradient.js";
import { ParameterVector } from "../nn/parameter-vector.js";
import type { Episode } from "../rollout/episode-returns.js";
import type { Rollout } from "../rollout/rollout.js";
import { type Column, column } from "../wasm/heap.js";
import { stepsOf, tensorsOf } from "./on-policy.js";

/** Ψ and w of a rollout's steps `[T,N]`. */
export interface Credit {
  readonly outcome: Column<"float32">;
  readonly weight: Column<"float32">;
  /** Whether Ψ is the whole episode's return, the same in all of its steps. */
  readonly isWhole: boolean;
}

/** What a constant is computed from. */
export interface BaselineContext {
  readonly backend: Backend;
  readonly network: ActorCritic;
  readonly rollout: Rollout;
  readonly credit: Credit;
}

/** The constant for episodes of a rollout, of which there is at least one. */
export type ConstantBaseline = (episodes: readonly Episode[]) => number | Promise<number>;

export function constantBaseline(kind: "none" | "average" | "optimal", context: BaselineContext): ConstantBaseline {
  if (kind === "none") return () => 0;
  if (kind === "average") return (episodes) => averageOutcome(context, episodes);
  const optimal = new OptimalBaseline(context);
  return (episodes) => optimal.estimate(episodes);
}

/** The mean of Ψ: over the episodes if it is the same in all steps of one, else over their steps. */
function averageOutcome({ credit: { outcome, isWhole }, rollout }: BaselineContext, episodes: readonly Episode[]): number {
  const { numEnvs } = rollout.env;
  const { data } = outcome;
  let [sum, count] = [0, 0];
  for (const { lane, start, end } of episodes) {
    for (let t = start; t < (isWhole ? start + 1 : end); t++, count++) sum += data[t * numEnvs + lane] as number;
  }
  return sum / count;
}

/** Steps whose gradient is computed at once. */
const ROWS = 64;

/** b* of a rollout's episodes, from the gradient of each. */
export class OptimalBaseline {
  readonly #rows: Readonly<Record<"observation" | "action" | "weight", Column>>;
  readonly #index: Column<"int32">;
  readonly #gradient: Computation<tf.Tensor1D>;

  constructor(readonly context: BaselineContext) {
    const { backend, network, rollout } = context;
    const { observation, action } = stepsOf(rollout);
    const rowsOf = ({ shape, type }: Column) => column(backend.heap, [ROWS, ...shape.slice(1)], type);
    this.#rows = { observation: rowsOf(observation), action: rowsOf(action), weight: column(backend.heap, [ROWS]) };
    this.#index = column(backend.heap, [ROWS], "int32");
    const parameters = new ParameterVector(backend, network.policyParameters);
    const sum = () => weightedLogProb(network, tensorsOf<WeightedSteps>(backend, this.#rows));
    const tensors = parameters.list.map(({ tensor }) => tensor);
    this.#gradient = computation(backend, () => parameters.join(tf.grads(sum)(tensors)));
  }

  /** b* = Σ h·g / Σ |g|² over the episodes. */
  async estimate(episodes: readonly Episode[]): Promise<number> {
    let [numerator, denominator] = [0, 0];
    for (const episode of episodes) {
      const { g, h } = await this.gradients(episode);
      numerator += dot(h, g);
      denominator += dot(g, g);
    }
    return denominator === 0 ? 0 : numerator / denominator;
  }

  /** An episode's g and h, by the order of the policy's parameters. */
  async gradients({ lane, start, end }: Episode): Promise<{ g: Float64Array; h: Float64Array }> {
    const { credit, rollout } = this.context;
    const steps = Array.from({ length: end - start }, (_, i) => (start + i) * rollout.env.numEnvs + lane);
    const [w, psi] = [credit.weight.data, credit.outcome.data];
    return {
      g: await this.#sum(steps, (i) => w[i] as number),
      h: await this.#sum(steps, (i) => (w[i] as number) * (psi[i] as number)),
    };
  }

  /** Σ_i c_i ∇ln π(a_i|s_i) over these steps of the rollout. */
  async #sum(steps: readonly number[], coefficientOf: (step: number) => number): Promise<Float64Array> {
    let sum: Float64Array | undefined;
    for (let first = 0; first < steps.length; first += ROWS) {
      this.#load(steps.slice(first, first + ROWS), coefficientOf);
      this.#gradient.run();
      const { data } = await this.#gradient.column();
      sum = sum ? sum.map((x, i) => x + (data[i] as number)) : Float64Array.from(data);
    }
    return sum ?? new Float64Array();
  }

  /** Brings steps to the columns that the gradient is computed from; rows that are left over count 0. */
  #load(steps: readonly number[], coefficientOf: (step: number) => number): void {
    const { backend, rollout } = this.context;
    const { observation, action } = stepsOf(rollout);
    const weight = this.#rows.weight.data;
    weight.fill(0);
    weight.set(steps.map(coefficientOf));
    this.#index.data.set(steps);
    for (const [source, target] of [[observation, this.#rows.observation] as const, [action, this.#rows.action] as const]) {
      const rowBytes = (4 * target.length) / ROWS;
      backend.kernels.gatherRows(target.address, source.address, this.#index.address, steps.length, rowBytes);
    }
  }
}

interface WeightedSteps {
  readonly observation: tf.Tensor2D;
  readonly action: tf.Tensor;
  readonly weight: tf.Tensor1D;
}

/** Σ_i w_i ln π(a_i|s_i) */
function weightedLogProb(network: ActorCritic, { observation, action, weight }: WeightedSteps): tf.Scalar {
  return tf.sum(tf.mul(weight, network.policy(observation).logProb(action)));
}
