/**
 * Sarsa(λ): on-policy TD control with eligibility traces over pairs of state and action. Rummery & Niranjan 1994, "On-Line
 * Q-Learning Using Connectionist Systems"; Sutton & Barto 2018, section 12.7, with a table for the linear function.
 */
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import type { ActionValues } from "./action-values.js";
import type { Behaviour } from "./behaviour.js";
import { checkControl, controlFields, controlLearner } from "./control.js";
import type { Agent, Step } from "./sampling.js";
import { type BackwardOptions, BackwardView, traceFields } from "./traces.js";

export const sarsaLambda = defineAlgorithm({
  id: "sarsa-lambda",
  title: "Sarsa(λ), eligibility traces (tabular)",
  paper: "Rummery & Niranjan 1994, On-Line Q-Learning Using Connectionist Systems",
  fields: { ...controlFields, ...traceFields },
  presets: tabularPresets["sarsa-lambda"],
  check: (options, spec) => checkControl(options, spec),
  create: (session, options) => controlLearner(session, options, (q, behaviour) => new SarsaLambda(q, behaviour, options)),
});

export class SarsaLambda implements Agent {
  readonly memory: BackwardView;

  constructor(
    readonly q: ActionValues,
    readonly behaviour: Behaviour,
    readonly options: BackwardOptions,
  ) {
    this.memory = new BackwardView(q.table, options);
  }

  /** δ = R + γQ(S′,A′) − Q(S,A); Q ← Q + αδz (eqs. 12.6 and 12.7) */
  learn(step: Step, learningRate: number): number {
    const { q, options } = this;
    const { state, action, reward, nextState, terminated, truncated } = step;
    const nextAction = this.behaviour.next(step);
    const nextValue = terminated ? 0 : q.get(nextState, nextAction);
    const tdError = reward + options.gamma * nextValue - q.get(state, action);
    this.memory.learn(q.entry(state, action), tdError, learningRate, terminated || truncated);
    return tdError;
  }
}
