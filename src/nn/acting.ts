/** What acts once learned, by where its parameters live: rollouts run it as it is, and export copies it. */
import type { NamedLayer } from "./mlp.js";
import type { Parameter } from "./parameters.js";

/** How an actor's outputs become actions. */
export type ActionDistribution =
  /** Outputs are logits. */
  | { readonly kind: "categorical" }
  /** Outputs are action values; the largest wins. */
  | { readonly kind: "greedy" }
  /** Outputs are means, with ln σ `[A]` the same in every state; without it they are means, then ln σ. */
  | { readonly kind: "gaussian"; readonly logStd: Parameter | undefined }
  /** tanh of normals; outputs are means, then ln σ. ±1 means the bounds of the action space. */
  | { readonly kind: "squashedGaussian" }
  /** Outputs within ±1 are the action; ±1 means the bounds of the action space. */
  | { readonly kind: "deterministic" };

export interface ActingParts {
  readonly actor: readonly NamedLayer[];
  /** Observations to values; empty for none. */
  readonly critic: readonly NamedLayer[];
  readonly distribution: ActionDistribution;
}
