/**
 * Value iteration: the optimal values of a table of transitions. Bellman 1957, "Dynamic Programming"; Sutton & Barto 2018,
 * section 4.4. Sweeps are in place, and the policy is greedy in the values at the end.
 */
import { tableOf } from "../../envs/tabular/spec.js";
import type { TransitionTable } from "../../envs/tabular/table.js";
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import { largest } from "./distributions.js";
import { checkTable, evaluation, exactFields, exactLearner, greedyTables, lookAhead } from "./dynamic-programming.js";

export const valueIteration = defineAlgorithm({
  id: "value-iteration",
  title: "Value iteration (exact, tabular)",
  paper: "Bellman 1957, Dynamic Programming",
  fields: exactFields,
  presets: tabularPresets["value-iteration"],
  check: (_, spec) => checkTable(spec),
  create(session, options) {
    const table = tableOf(session.spec);
    const v = new Float64Array(table.states);
    const sweeps = iterateValues(table, v, options);
    return exactLearner(session, options, { v, sweeps, tables: greedyTables(table, v, options.gamma) });
  },
});

/** V(s) ← max_a Σ p(s′,r|s,a)[r + γV(s′)] (eq. 4.10), until no value changes by more than the tolerance. Yields Δ of each sweep. */
export function iterateValues(
  table: TransitionTable,
  v: Float64Array,
  { gamma, tolerance }: { readonly gamma: number; readonly tolerance: number },
): Generator<number, number> {
  const q = lookAhead(table, v, gamma);
  return evaluation(v, (state) => largest(q(state)), tolerance);
}
