/**
 * Q-learning: off-policy TD control. Watkins 1989, "Learning from Delayed Rewards"; Sutton & Barto 2018, section 6.5.
 * A step that the time limit cuts bootstraps from where it led, which the book's tasks have no need of.
 */
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import type { ActionValues } from "./action-values.js";
import type { Behaviour } from "./behaviour.js";
import { checkControl, controlFields, controlLearner } from "./control.js";
import { largest } from "./distributions.js";
import type { Agent, Step } from "./sampling.js";

export const qLearning = defineAlgorithm({
  id: "q-learning",
  title: "Q-learning (tabular)",
  paper: "Watkins 1989, Learning from Delayed Rewards",
  fields: controlFields,
  presets: tabularPresets["q-learning"],
  check: (options, spec) => checkControl(options, spec),
  create: (session, options) => controlLearner(session, options, (q, behaviour) => new QLearning(q, behaviour, options.gamma)),
});

export class QLearning implements Agent {
  constructor(
    readonly q: ActionValues,
    readonly behaviour: Behaviour,
    readonly gamma: number,
  ) {}

  /** Q(S,A) ← Q(S,A) + α[R + γ max_a Q(S′,a) − Q(S,A)] (eq. 6.8) */
  learn({ state, action, reward, nextState, terminated }: Step, learningRate: number): number {
    const { q, gamma } = this;
    const target = reward + (terminated ? 0 : gamma * largest(q.row(nextState)));
    const tdError = target - q.get(state, action);
    q.add(state, action, learningRate * tdError);
    return tdError;
  }
}
