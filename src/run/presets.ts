/** Tuned options by algorithm and environment. */
import { type AlgorithmId, algorithms } from "../algos/registry.js";
import type { OptionsOf } from "../core/options.js";

type Preset<A extends AlgorithmId> = Partial<OptionsOf<(typeof algorithms)[A]["fields"]>> & { readonly totalSteps?: number };

/** The preset of a pair; empty if there is none. */
export function presetFor<A extends AlgorithmId>(algo: A, env: string): Preset<A> {
  const tuned: Readonly<Record<string, Preset<A>>> = algorithms[algo].presets;
  return Object.hasOwn(tuned, env) ? (tuned[env] as Preset<A>) : {};
}
