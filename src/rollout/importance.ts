/** Importance sampling: what the steps of a rollout count for a policy π where another one, b, has acted. */
import { type Column, column } from "../wasm/heap.js";
import { instantiate, MODULES, type ReturnsKernels } from "../wasm/kernels.js";
import type { Rollout } from "./rollout.js";

/** What a step's weight is the product of: the ratios π/b of its whole trajectory, those up to it, or its own alone. */
export const WEIGHT_FORMS = ["trajectory", "causal", "first-order"] as const;
export type WeightForm = (typeof WEIGHT_FORMS)[number];

export interface ImportanceOptions {
  readonly form: WeightForm;
  /** Larger weights are cut down to it (Ionides 2008). Infinity leaves them as they are, up to e^20. */
  readonly maxWeight: number;
  readonly gamma: number;
  readonly lambda: number;
}

export class ImportanceWeights {
  /** w `[T,N]` */
  readonly weight: Column<"float32">;
  /** What multiplies ∇ ln π `[T,N]`: wÂ, or for causal weights Σ (γλ)^l w_{t+l} δ_{t+l}, each reward weighted by what led to it. */
  readonly advantage: Column<"float32">;
  readonly #kernels: ReturnsKernels;

  /** Use {@link createImportanceWeights}. */
  constructor(
    readonly rollout: Rollout,
    readonly options: ImportanceOptions,
    kernels: ReturnsKernels,
  ) {
    const { env, options: rows } = rollout;
    this.weight = column(env.heap, [rows.steps, env.numEnvs]);
    this.advantage = column(env.heap, [rows.steps, env.numEnvs]);
    this.#kernels = kernels;
  }

  /** Both columns, from logRatio = ln π − ln b `[T,N]` of each step and the rollout's estimated advantages. */
  weigh(logRatio: Column<"float32">): void {
    const { form, maxWeight } = this.options;
    const { columns, options, env } = this.rollout;
    const ends = [columns.terminated.address, columns.truncated.address] as const;
    const sizes = [options.steps, env.numEnvs] as const;
    const { address } = this.weight;
    this.#kernels.importanceWeights(address, logRatio.address, ...ends, ...sizes, WEIGHT_FORMS.indexOf(form), maxWeight);
    if (form === "causal") this.#weighDifferences();
    else this.#kernels.weightAdvantages(this.advantage.address, address, columns.advantage.address, ...sizes);
  }

  #weighDifferences(): void {
    const { gamma, lambda } = this.options;
    const { columns, options, env } = this.rollout;
    const { reward, terminated, truncated, value, finalValue } = columns;
    this.#kernels.perDecisionAdvantages(
      this.advantage.address,
      this.weight.address,
      reward.address,
      terminated.address,
      truncated.address,
      value.address,
      finalValue.address,
      options.steps,
      env.numEnvs,
      gamma,
      lambda,
    );
  }
}

export async function createImportanceWeights(rollout: Rollout, options: ImportanceOptions): Promise<ImportanceWeights> {
  return new ImportanceWeights(rollout, options, await instantiate<ReturnsKernels>(rollout.env.heap, MODULES.returns));
}
