/** Small tables, policies and episodes for tests of tabular methods. */
import { ActionValues } from "../../../src/algos/tabular/action-values.js";
import { Behaviour } from "../../../src/algos/tabular/behaviour.js";
import type { Agent, Step } from "../../../src/algos/tabular/sampling.js";
import { type TabularSpec, tabular } from "../../../src/envs/tabular/spec.js";
import type { TransitionTable } from "../../../src/envs/tabular/table.js";
import type { Policy } from "../../../src/policy/policy.js";
import { type Training, type TrainOptions, train } from "../../../src/run/train.js";
import { randomNumbers } from "../../oracle/random.js";

export const indices = (length: number) => Array.from({ length }, (_, i) => i);

/** An environment of a table; what it teaches must not depend on its time limit. */
export function specOf(table: TransitionTable, timeLimit: number): TabularSpec {
  return { id: "Table-v0", timeLimit, ...tabular(table) };
}

/** A policy that takes each action as often, whatever it knows. */
export function uniformBehaviour(actions: number, seed = 0): Behaviour {
  const probabilities = new Float64Array(actions).fill(1 / actions);
  return new Behaviour({ probabilities: () => probabilities }, seed);
}

/** A policy that always takes the action of a state. */
export function certainBehaviour(choices: readonly number[], actions: number): Behaviour {
  const rows = choices.map((choice) => Float64Array.from(indices(actions), (action) => Number(action === choice)));
  return new Behaviour({ probabilities: (state) => rows[state] as Float64Array }, 0);
}

/** Action values drawn from [-1, 1). */
export function randomValues(states: number, actions: number, seed: number): ActionValues {
  const random = randomNumbers(seed);
  const q = new ActionValues({ states, actions });
  q.table.forEach((_, entry) => {
    q.table[entry] = 2 * random() - 1;
  });
  return q;
}

/** How an episode ends. */
export type Ending = "terminated" | "truncated";

/** Has an agent live through an episode of random states and rewards, and returns its steps. */
export function playEpisode(agent: Agent, states: number, length: number, ending: Ending, learningRate: number, seed: number): Step[] {
  const random = randomNumbers(seed);
  let state = Math.floor(states * random());
  return indices(length).map((t) => {
    const isLast = t === length - 1;
    const step = {
      state,
      action: agent.behaviour.act(state),
      reward: 2 * random() - 1,
      nextState: Math.floor(states * random()),
      terminated: isLast && ending === "terminated",
      truncated: isLast && ending === "truncated",
    };
    agent.learn(step, learningRate);
    state = step.nextState;
    return step;
  });
}

export async function trained(
  options: TrainOptions,
): Promise<{ training: Training; policy: Policy; metrics: Readonly<Record<string, number>>[] }> {
  const training = train(options);
  const metrics = [];
  for await (const m of training) metrics.push(m);
  return { training, policy: await training.policy(), metrics };
}

/** What the actor puts out in each state `[S][A]`: action values, logits. */
export function outputsOf(policy: Policy, { states, actions }: { readonly states: number; readonly actions: number }): number[][] {
  const flat = policy.logits(Float32Array.from(indices(states)));
  return indices(states).map((state) => Array.from(flat.slice(state * actions, (state + 1) * actions)));
}

/** The critic's values `[S]`. */
export function valuesOf(policy: Policy, { states }: { readonly states: number }): number[] {
  return Array.from(policy.values(Float32Array.from(indices(states))));
}

/** The largest distance between two lists of numbers, however they are nested. */
export function distance(a: readonly (number | readonly number[])[], b: readonly (number | readonly number[])[]): number {
  const [flatA, flatB] = [a.flat(), b.flat()];
  if (flatA.length !== flatB.length) throw new Error(`${flatA.length} numbers against ${flatB.length}`);
  return Math.max(...flatA.map((value, i) => Math.abs(value - (flatB[i] as number))));
}

/** {@link distance}, in units of the largest wanted number if that is above 1. */
export function relativeDistance(got: readonly number[], wanted: readonly number[]): number {
  return distance(got, wanted) / Math.max(1, ...wanted.map(Math.abs));
}
