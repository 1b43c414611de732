/** Iterative policy evaluation: the state values of a policy, exactly. Sutton & Barto 2018, section 4.1, in place. */
import { tableOf } from "../../envs/tabular/spec.js";
import type { TransitionTable } from "../../envs/tabular/table.js";
import { defineAlgorithm } from "../algorithm.js";
import type { ActionValues } from "./action-values.js";
import { expectation } from "./distributions.js";
import { checkTable, evaluation, exactFields, exactLearner, lookAhead } from "./dynamic-programming.js";
import { checkPolicy, evaluatedTables, policyFields, probabilitiesOf } from "./prediction.js";

export const policyEvaluation = defineAlgorithm({
  id: "policy-evaluation",
  title: "Iterative policy evaluation (exact, tabular)",
  paper: "Sutton & Barto 2018, Reinforcement Learning: An Introduction, section 4.1",
  fields: { ...exactFields, ...policyFields },
  presets: {},
  check(options, spec) {
    checkTable(spec);
    checkPolicy(options, spec);
  },
  create(session, options) {
    const table = tableOf(session.spec);
    const v = new Float64Array(table.states);
    const pi = probabilitiesOf(options, table);
    const sweeps = evaluatePolicy(table, v, pi, options);
    return exactLearner(session, options, { v, sweeps, tables: evaluatedTables(options, pi, v) });
  },
});

/** V(s) ← Σ_a π(a|s) Σ p(s′,r|s,a)[r + γV(s′)] (eq. 4.5), until the values are found. Yields Δ of each sweep. */
export function evaluatePolicy(
  table: TransitionTable,
  v: Float64Array,
  pi: ActionValues,
  { gamma, tolerance }: { readonly gamma: number; readonly tolerance: number },
): Generator<number, number> {
  const q = lookAhead(table, v, gamma);
  return evaluation(v, (state) => expectation(pi.row(state), q(state)), tolerance);
}
