/**
 * Sarsa: on-policy TD control. Rummery & Niranjan 1994, "On-Line Q-Learning Using Connectionist Systems"; Sutton & Barto 2018,
 * section 6.4. A step that the time limit cuts bootstraps from an action that would have followed.
 */
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import type { ActionValues } from "./action-values.js";
import type { Behaviour } from "./behaviour.js";
import { checkControl, controlFields, controlLearner } from "./control.js";
import type { Agent, Step } from "./sampling.js";

export const sarsa = defineAlgorithm({
  id: "sarsa",
  title: "Sarsa (tabular)",
  paper: "Rummery & Niranjan 1994, On-Line Q-Learning Using Connectionist Systems",
  fields: controlFields,
  presets: tabularPresets["sarsa"],
  check: (options, spec) => checkControl(options, spec),
  create: (session, options) => controlLearner(session, options, (q, behaviour) => new Sarsa(q, behaviour, options.gamma)),
});

export class Sarsa implements Agent {
  constructor(
    readonly q: ActionValues,
    readonly behaviour: Behaviour,
    readonly gamma: number,
  ) {}

  /** Q(S,A) ← Q(S,A) + α[R + γQ(S′,A′) − Q(S,A)] (eq. 6.7) */
  learn(step: Step, learningRate: number): number {
    const { q, gamma } = this;
    const { state, action, reward, nextState, terminated } = step;
    const nextAction = this.behaviour.next(step);
    const target = reward + (terminated ? 0 : gamma * q.get(nextState, nextAction));
    const tdError = target - q.get(state, action);
    q.add(state, action, learningRate * tdError);
    return tdError;
  }
}
