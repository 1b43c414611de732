/**
 * Soft policy iteration: evaluation and improvement in turns, for rewards and entropy together. Haarnoja, Zhou, Abbeel & Levine
 * 2018, "Soft Actor-Critic: Off-Policy Maximum Entropy Deep Reinforcement Learning with a Stochastic Actor" (arXiv:1801.01290),
 * section 4.1, with an entropy bonus of weight α in each state.
 */
import { number } from "../../core/options.js";
import { tableOf } from "../../envs/tabular/spec.js";
import type { TransitionTable } from "../../envs/tabular/table.js";
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import { ActionValues } from "./action-values.js";
import { logSoftmax, softExpectation } from "./distributions.js";
import { checkDiscounted, evaluation, exactFields, exactLearner, lookAhead, lookAheadAll } from "./dynamic-programming.js";

export const softPolicyIteration = defineAlgorithm({
  id: "soft-policy-iteration",
  title: "Soft policy iteration (exact, tabular)",
  paper: "Haarnoja et al. 2018, Soft Actor-Critic, section 4.1",
  fields: { ...exactFields, temperature: number(0.1, "α, weight of the entropy", { min: 0, above: true }) },
  presets: tabularPresets["soft-policy-iteration"],
  check: (options, spec) => checkDiscounted(options, spec),
  create(session, options) {
    const { gamma, temperature } = options;
    const table = tableOf(session.spec);
    const v = new Float64Array(table.states);
    const logits = () => lookAheadAll(table, v, gamma).map((value) => value / temperature);
    const sweeps = iterateSoftPolicy(table, v, options);
    return exactLearner(session, options, { v, sweeps, tables: { kind: "categorical", actor: logits, critic: () => v } });
  },
});

interface SoftOptions {
  readonly gamma: number;
  /** α */
  readonly temperature: number;
  readonly tolerance: number;
}

/** Leaves the values of the best policy for rewards and entropy in V `[S]`. Yields Δ of each sweep of each evaluation. */
export function* iterateSoftPolicy(table: TransitionTable, v: Float64Array, options: SoftOptions): Generator<number, void> {
  const q = lookAhead(table, v, options.gamma);
  const logPolicy = new ActionValues(table);
  for (let sweeps = 0; sweeps !== 1; ) {
    v.forEach((_, state) => {
      logSoftmax(logPolicy.row(state), q(state), options.temperature); // improvement: π ∝ exp(Q/α) (eq. 4)
    });
    sweeps = yield* evaluateSoftly(table, v, logPolicy, options);
  }
}

/** V(s) ← Σ_a π(a|s)[Q(s,a) − α ln π(a|s)] (eqs. 2 and 3), until no value changes by more than the tolerance. */
export function evaluateSoftly(
  table: TransitionTable,
  v: Float64Array,
  logPolicy: ActionValues,
  { gamma, temperature, tolerance }: SoftOptions,
): Generator<number, number> {
  const q = lookAhead(table, v, gamma);
  return evaluation(v, (state) => softExpectation(logPolicy.row(state), q(state), temperature), tolerance);
}
