/**
 * The λ-return as a target, the forward view of Sarsa(λ): control that learns from each episode after its end. Sutton & Barto 2018,
 * section 12.1, on action values. All errors of an episode are taken at the values that it began with, as in the book's first
 * edition (1998, section 7.4): so the changes are those of the backward view offline.
 */
import { number } from "../../core/options.js";
import { defineAlgorithm } from "../algorithm.js";
import { tabularPresets } from "../presets/tabular.js";
import type { ActionValues } from "./action-values.js";
import type { Behaviour } from "./behaviour.js";
import { checkControl, controlFields, controlLearner } from "./control.js";
import { Memory } from "./memory.js";
import type { Agent, Step } from "./sampling.js";

export const lambdaReturn = defineAlgorithm({
  id: "lambda-return",
  title: "Offline λ-return Sarsa, the forward view (tabular)",
  paper: "Sutton & Barto 2018, Reinforcement Learning: An Introduction, section 12.1",
  fields: {
    ...controlFields,
    lambda: number(0.9, "λ: 0 for the reward of one step and the estimate behind it, 1 for all rewards", { min: 0, max: 1 }),
  },
  presets: tabularPresets["lambda-return"],
  check: (options, spec) => checkControl(options, spec),
  create: (session, options) =>
    controlLearner(session, options, (q, behaviour) => new LambdaReturn(q, behaviour, options.gamma, options.lambda)),
});

/** A step, and what was thought to follow it. */
interface Visit {
  readonly entry: number;
  readonly reward: number;
  /** Q(S′,A′), or 0 if nothing follows. */
  readonly nextValue: number;
}

export class LambdaReturn implements Agent {
  /** The visits of this episode. */
  readonly memory = new Memory<keyof Visit>(["entry", "reward", "nextValue"]);

  constructor(
    readonly q: ActionValues,
    readonly behaviour: Behaviour,
    readonly gamma: number,
    readonly lambda: number,
  ) {}

  learn(step: Step, learningRate: number): number {
    const { q, gamma } = this;
    const { state, action, reward, nextState, terminated, truncated } = step;
    const nextAction = this.behaviour.next(step);
    const nextValue = terminated ? 0 : q.get(nextState, nextAction);
    const tdError = reward + gamma * nextValue - q.get(state, action);
    this.memory.items.push({ entry: q.entry(state, action), reward, nextValue });
    if (terminated || truncated) this.#learnEpisode(learningRate);
    return tdError;
  }

  /** Q(S_t,A_t) ← Q(S_t,A_t) + α[G_t^λ − Q(S_t,A_t)] for all t at once (eq. 12.4) */
  #learnEpisode(learningRate: number): void {
    const { table } = this.q;
    const errors = lambdaReturns(this.memory.items, this.gamma, this.lambda).map(
      (target, t) => target - (table[this.#entryAt(t)] as number),
    );
    errors.forEach((error, t) => {
      const entry = this.#entryAt(t);
      table[entry] = (table[entry] as number) + learningRate * error;
    });
    this.memory.items.length = 0;
  }

  #entryAt(t: number): number {
    return (this.memory.items[t] as Visit).entry;
  }
}

/** G_t^λ = R_{t+1} + γ[(1 − λ)·nextValue_t + λG_{t+1}^λ] (exercise 12.1) of an episode `[T]`, which ends in its last nextValue. */
export function lambdaReturns(episode: readonly Omit<Visit, "entry">[], gamma: number, lambda: number): Float64Array {
  const returns = new Float64Array(episode.length);
  let following = episode.at(-1)?.nextValue ?? 0;
  for (const [t, { reward, nextValue }] of [...episode.entries()].reverse()) {
    following = reward + gamma * ((1 - lambda) * nextValue + lambda * following);
    returns[t] = following;
  }
  return returns;
}
