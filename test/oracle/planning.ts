/** Values of policies by linear equations, soft optima, λ-returns by their definition, and returns within a time limit; float64. */
import type { TransitionTable } from "../../src/envs/tabular/table.js";

/** π(a|s) `[S][A]` */
export type TabularPolicy = readonly (readonly number[])[];

const indices = (length: number) => Array.from({ length }, (_, i) => i);

/** π(a|s) = 1/A */
export function uniformPolicy({ states, actions }: TransitionTable): TabularPolicy {
  return indices(states).map(() => Array<number>(actions).fill(1 / actions));
}

/** The policy that takes one action in each state. */
export function certainPolicy({ actions }: TransitionTable, choices: ArrayLike<number>): TabularPolicy {
  return Array.from(choices, (choice) => indices(actions).map((action) => Number(action === choice)));
}

/** Σ p(s',r|s,a)[r + γV(s')] `[S][A]` */
export function worths({ states, actions, outcomes }: TransitionTable, value: readonly number[], gamma: number): number[][] {
  return indices(states).map((state) =>
    indices(actions).map((action) =>
      outcomes(state, action).reduce((sum, { probability, nextState, reward, terminated }) => {
        return sum + probability * (reward + (terminated ? 0 : gamma * (value[nextState] as number)));
      }, 0),
    ),
  );
}

/** The values `[S]` of a policy: (I − γP)V = R + αH, where H is its entropy in each state. */
export function solvedValues(table: TransitionTable, policy: TabularPolicy, gamma: number, alpha = 0): number[] {
  const { states, outcomes } = table;
  const system = indices(states).map((state) => {
    const row = indices(states + 1).map((column) => Number(column === state));
    policy[state]?.forEach((chosen, action) => {
      for (const { probability, nextState, reward, terminated } of outcomes(state, action)) {
        row[states] = (row[states] as number) + chosen * probability * reward;
        if (!terminated) row[nextState] = (row[nextState] as number) - gamma * chosen * probability;
      }
      if (chosen > 0) row[states] = (row[states] as number) - alpha * chosen * Math.log(chosen);
    });
    return row;
  });
  return solved(system);
}

/** Q(s,a) `[S][A]` of a policy. */
export function solvedActionValues(table: TransitionTable, policy: TabularPolicy, gamma: number): number[][] {
  return worths(table, solvedValues(table, policy, gamma), gamma);
}

/** The optimal values `[S]`: Howard's policy iteration by linear equations. */
export function optimalValues(table: TransitionTable, gamma: number): number[] {
  let choices = Array<number>(table.states).fill(0);
  for (;;) {
    const value = solvedValues(table, certainPolicy(table, choices), gamma);
    const better = worths(table, value, gamma).map((row, state) => {
      const best = row.indexOf(Math.max(...row));
      return (row[best] as number) > (row[choices[state] as number] as number) + 1e-9 ? best : (choices[state] as number);
    });
    if (String(better) === String(choices)) return value;
    choices = better;
  }
}

/** What is best for rewards and entropy: V = α ln Σ exp(Q/α) by repeated substitution, and π = softmax(Q/α). */
export function softOptimum(table: TransitionTable, gamma: number, alpha: number): { value: number[]; policy: TabularPolicy } {
  let value = Array<number>(table.states).fill(0);
  for (;;) {
    const next = worths(table, value, gamma).map((row) => {
      const best = Math.max(...row);
      return best + alpha * Math.log(row.reduce((sum, q) => sum + Math.exp((q - best) / alpha), 0));
    });
    const change = Math.max(...next.map((v, state) => Math.abs(v - (value[state] as number))));
    value = next;
    if (change < 1e-13 * Math.max(1, ...value.map(Math.abs))) break;
  }
  const policy = worths(table, value, gamma).map((row, state) => row.map((q) => Math.exp((q - (value[state] as number)) / alpha)));
  return { value, policy };
}

/** The fixed point of Sarsa with ε-greedy actions: evaluation by linear equations, and the ε-greedy policy of what it gives, in turns. */
export function epsilonGreedyOptimum(table: TransitionTable, gamma: number, epsilon: number): number[][] {
  const { actions } = table;
  let q = worths(table, Array<number>(table.states).fill(0), gamma);
  for (let round = 0; round < 100; round++) {
    const policy = q.map((row) => row.map((value) => epsilon / actions + (value === Math.max(...row) ? 1 - epsilon : 0)));
    q = solvedActionValues(table, policy, gamma);
  }
  return q;
}

/** A step of an episode, and the value of where it led (0 at a terminal state). */
export interface ValuedStep {
  readonly reward: number;
  readonly nextValue: number;
}

/** G_t^λ = (1 − λ) Σ_n λ^(n−1) G_{t:t+n} + λ^(T−t−1) G_t of an episode's step t (Sutton & Barto 2018, eq. 12.3). */
export function lambdaReturn64(episode: readonly ValuedStep[], gamma: number, lambda: number, t: number): number {
  const nStepReturn = (n: number) => {
    const steps = episode.slice(t, t + n);
    const rewards = steps.reduce((sum, { reward }, i) => sum + gamma ** i * reward, 0);
    return rewards + gamma ** n * (steps.at(-1) as ValuedStep).nextValue;
  };
  const left = episode.length - t;
  const partial = indices(left - 1).reduce((sum, i) => sum + (1 - lambda) * lambda ** i * nStepReturn(i + 1), 0);
  return partial + lambda ** (left - 1) * nStepReturn(left);
}

/** The expected undiscounted return of a policy's episode that is cut after so many steps. */
export function expectedReturn(table: TransitionTable, policy: TabularPolicy, steps: number): number {
  let [present, total] = [[...table.initial], 0];
  for (let t = 0; t < steps; t++) {
    const next = Array<number>(table.states).fill(0);
    present.forEach((weight, state) => {
      if (weight === 0) return;
      policy[state]?.forEach((chosen, action) => {
        for (const { probability, nextState, reward, terminated } of table.outcomes(state, action)) {
          const part = weight * chosen * probability;
          total += part * reward;
          if (!terminated) next[nextState] = (next[nextState] as number) + part;
        }
      });
    });
    present = next;
  }
  return total;
}

/** The solution of a system `[S][S+1]` of linear equations, by elimination with the largest pivot of each column. */
function solved(system: number[][]): number[] {
  const size = system.length;
  for (let column = 0; column < size; column++) {
    const entry = (row: number) => Math.abs((system[row] as number[])[column] as number);
    const pivot = indices(size - column).reduce((best, i) => (entry(column + i) > entry(best) ? column + i : best), column);
    [system[column], system[pivot]] = [system[pivot] as number[], system[column] as number[]];
    const lead = system[column] as number[];
    for (const [row, equation] of system.entries()) {
      if (row === column) continue;
      const factor = (equation[column] as number) / (lead[column] as number);
      if (factor !== 0) for (let i = column; i <= size; i++) equation[i] = (equation[i] as number) - factor * (lead[i] as number);
    }
  }
  return system.map((equation, row) => (equation[size] as number) / (equation[row] as number));
}
