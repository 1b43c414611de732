/**
 * Policy iteration: evaluation and improvement in turns, until improvement changes nothing. Howard 1960, "Dynamic Programming and
 * Markov Processes"; Sutton & Barto 2018, section 4.3. The end is told by the values instead of the actions, among which
 * equally good ones would take turns for ever (exercise 4.4).
 */
import { tableOf } from "../../envs/tabular/spec.js";
import type { TransitionTable } from "../../envs/tabular/table.js";
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import { largest } from "./distributions.js";
import { checkDiscounted, evaluation, exactFields, exactLearner, greedyTables, lookAhead } from "./dynamic-programming.js";

export const policyIteration = defineAlgorithm({
  id: "policy-iteration",
  title: "Policy iteration (exact, tabular)",
  paper: "Howard 1960, Dynamic Programming and Markov Processes",
  fields: exactFields,
  presets: tabularPresets["policy-iteration"],
  check: (options, spec) => checkDiscounted(options, spec),
  create(session, options) {
    const table = tableOf(session.spec);
    const v = new Float64Array(table.states);
    const sweeps = iteratePolicy(table, v, options);
    return exactLearner(session, options, { v, sweeps, tables: greedyTables(table, v, options.gamma) });
  },
});

/** Leaves the optimal values in V `[S]`. Yields Δ of each sweep of each evaluation. */
export function* iteratePolicy(
  table: TransitionTable,
  v: Float64Array,
  { gamma, tolerance }: { readonly gamma: number; readonly tolerance: number },
): Generator<number, void> {
  const q = lookAhead(table, v, gamma);
  const policy = new Uint32Array(table.states);
  for (let sweeps = 0; sweeps !== 1; ) {
    policy.forEach((_, state) => {
      const values = q(state);
      policy[state] = values.indexOf(largest(values)); // improvement: argmax_a Q(s,a) (eq. 4.9)
    });
    sweeps = yield* evaluation(v, (state) => q(state)[policy[state] as number] as number, tolerance);
  }
}
