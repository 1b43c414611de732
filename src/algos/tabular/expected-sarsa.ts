/**
 * Expected Sarsa: on-policy TD control without the chance of the next action. Van Seijen, van Hasselt, Whiteson & Wiering 2009,
 * "A Theoretical and Empirical Analysis of Expected Sarsa"; Sutton & Barto 2018, section 6.6.
 */
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import type { ActionValues } from "./action-values.js";
import type { Behaviour } from "./behaviour.js";
import { checkControl, controlFields, controlLearner } from "./control.js";
import { expectation } from "./distributions.js";
import type { Agent, Step } from "./sampling.js";

export const expectedSarsa = defineAlgorithm({
  id: "expected-sarsa",
  title: "Expected Sarsa (tabular)",
  paper: "van Seijen et al. 2009, A Theoretical and Empirical Analysis of Expected Sarsa",
  fields: controlFields,
  presets: tabularPresets["expected-sarsa"],
  check: (options, spec) => checkControl(options, spec),
  create: (session, options) => controlLearner(session, options, (q, behaviour) => new ExpectedSarsa(q, behaviour, options.gamma)),
});

export class ExpectedSarsa implements Agent {
  constructor(
    readonly q: ActionValues,
    readonly behaviour: Behaviour,
    readonly gamma: number,
  ) {}

  /** Q(S,A) ← Q(S,A) + α[R + γ Σ_a π(a|S′)Q(S′,a) − Q(S,A)] (eq. 6.9) */
  learn({ state, action, reward, nextState, terminated }: Step, learningRate: number): number {
    const { q, gamma, behaviour } = this;
    const nextValue = terminated ? 0 : expectation(behaviour.probabilities(nextState), q.row(nextState));
    const tdError = reward + gamma * nextValue - q.get(state, action);
    q.add(state, action, learningRate * tdError);
    return tdError;
  }
}
