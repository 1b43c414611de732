/**
 * n-step Sarsa: on-policy control with rewards of n steps before bootstrapping. Sutton & Barto 2018, section 7.2.
 * Where the time limit cuts an episode, the steps that are left bootstrap from an action that would have followed.
 */
import { integer } from "../../core/options.js";
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import type { ActionValues } from "./action-values.js";
import type { Behaviour } from "./behaviour.js";
import { checkControl, controlFields, controlLearner } from "./control.js";
import { Memory } from "./memory.js";
import type { Agent, Step } from "./sampling.js";

export const nStepSarsa = defineAlgorithm({
  id: "n-step-sarsa",
  title: "n-step Sarsa (tabular)",
  paper: "Sutton & Barto 2018, Reinforcement Learning: An Introduction, section 7.2",
  fields: { ...controlFields, nStep: integer(4, "n, steps whose rewards come before the estimate of what follows") },
  presets: tabularPresets["n-step-sarsa"],
  check: (options, spec) => checkControl(options, spec),
  create: (session, options) =>
    controlLearner(session, options, (q, behaviour) => new NStepSarsa(q, behaviour, options.gamma, options.nStep)),
});

export class NStepSarsa implements Agent {
  /** Steps that have not been learned from yet, the oldest first: fewer than n between two calls. */
  readonly memory = new Memory(["state", "action", "reward"]);

  constructor(
    readonly q: ActionValues,
    readonly behaviour: Behaviour,
    readonly gamma: number,
    readonly n: number,
  ) {}

  learn(step: Step, learningRate: number): number {
    const { q, gamma, n } = this;
    const { state, action, reward, nextState, terminated, truncated } = step;
    const nextAction = this.behaviour.next(step);
    const nextValue = () => (terminated ? 0 : q.get(nextState, nextAction));
    const tdError = reward + gamma * nextValue() - q.get(state, action);

    this.memory.items.push({ state, action, reward });
    const left = terminated || truncated ? 0 : n - 1;
    while (this.memory.items.length > left) this.#update(nextValue(), learningRate);
    return tdError;
  }

  /**
   * For the oldest step τ: Q(S_τ,A_τ) ← Q(S_τ,A_τ) + α[G − Q(S_τ,A_τ)], G = Σ γ^i R_{τ+1+i} + γ^n Q(S_{τ+n},A_{τ+n})
   * (eqs. 7.4 and 7.5).
   */
  #update(nextValue: number, learningRate: number): void {
    const { q, gamma, memory } = this;
    const nStepReturn = memory.items.reduceRight((following, { reward }) => reward + gamma * following, nextValue);
    const { state, action } = memory.items.shift() as Pick<Step, "state" | "action">;
    q.add(state, action, learningRate * (nStepReturn - q.get(state, action)));
  }
}
