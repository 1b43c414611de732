/** Tables of transitions in plain TypeScript: a batch stepped as the kernel should step it, and dynamic programming in float64. */
import type { Outcome, TransitionTable } from "../../src/envs/tabular/table.js";
import { philox } from "./philox.js";
import { randomNumbers } from "./random.js";

/** What became of one lane in one step. */
export interface LaneStep {
  readonly observation: number;
  readonly reward: number;
  readonly terminated: number;
  readonly truncated: number;
  /** The last observation of the episode, where one ended. */
  readonly final: number | undefined;
}

/** One lane, whose random words are Philox's of the counter (lane, episode from 1 on, step, 0). */
export class LaneSimulation {
  state: number;
  #episode = 1;
  #elapsed = 0;

  constructor(
    readonly table: TransitionTable,
    readonly lane: number,
    readonly timeLimit: number,
    readonly key: readonly [seed: number, purpose: number],
  ) {
    this.state = this.#first();
  }

  step(action: number): LaneStep {
    this.#elapsed++;
    const outcomes = this.table.outcomes(this.state, action);
    const { nextState, reward, terminated } = chosen(outcomes, this.#uniform());
    const truncated = this.timeLimit > 0 && this.#elapsed >= this.timeLimit;
    const isEnd = terminated || truncated;
    if (isEnd) {
      this.#episode++;
      this.#elapsed = 0;
    }
    this.state = isEnd ? this.#first() : nextState;
    return {
      observation: this.state,
      reward: Math.fround(reward),
      terminated: Number(terminated),
      truncated: Number(truncated),
      final: isEnd ? nextState : undefined,
    };
  }

  #first(): number {
    const outcomes = this.table.initial.map((probability, nextState) => ({ probability, nextState, reward: 0, terminated: false }));
    return chosen(outcomes, this.#uniform()).nextState;
  }

  #uniform(): number {
    return philox([this.lane, this.#episode, this.#elapsed, 0], this.key)[0] / 2 ** 32;
  }
}

/** The outcome in whose part of [0, 1) a number lies. */
function chosen(outcomes: readonly Outcome[], uniform: number): Outcome {
  const possible = outcomes.filter(({ probability }) => probability > 0);
  let cumulative = 0;
  for (const outcome of possible) {
    cumulative += outcome.probability;
    if (uniform < cumulative) return outcome;
  }
  return possible.at(-1) as Outcome;
}

/** A table without sense: rows of 1 to `most` outcomes, some of which never happen, with any rewards and ends. */
export function randomTable(states: number, actions: number, most: number, seed: number): TransitionTable {
  const random = randomNumbers(seed);
  const upTo = (count: number) => Math.floor(random() * count);
  const probabilities = (count: number) => {
    const weights = Array.from({ length: count }, (_, i) => (i === 0 || random() < 0.8 ? random() ** 2 + 1e-3 : 0));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum);
  };
  const row = () =>
    probabilities(1 + upTo(most)).map((probability) => ({
      probability,
      nextState: upTo(states),
      reward: 10 * random() - 5,
      terminated: random() < 0.1,
    }));
  const rows = Array.from({ length: states * actions }, row);
  const outcomes = (state: number, action: number) => rows[state * actions + action] as readonly Outcome[];
  return { states, actions, initial: probabilities(states), outcomes };
}

/** A value `[S]` and the action `[S]` that attains it. */
export interface Optimum {
  readonly value: readonly number[];
  readonly action: readonly number[];
}

/** V ← max_a Σ p·(r + γ·V(s')), with nothing after an end. */
export function bellmanBackup({ states, actions, outcomes }: TransitionTable, value: readonly number[], gamma: number): Optimum {
  const best = Array.from({ length: states }, (_, state) => {
    const worths = Array.from({ length: actions }, (_, action) =>
      outcomes(state, action).reduce(
        (sum, { probability, nextState, reward, terminated }) =>
          sum + probability * (reward + (terminated ? 0 : gamma * (value[nextState] as number))),
        0,
      ),
    );
    const worth = Math.max(...worths);
    return { worth, action: worths.indexOf(worth) };
  });
  return { value: best.map(({ worth }) => worth), action: best.map(({ action }) => action) };
}

/** The optimum for each number of steps that are left: element k for k + 1 steps. */
export function optimaByHorizon(table: TransitionTable, horizon: number, gamma = 1): Optimum[] {
  const optima: Optimum[] = [];
  let value: readonly number[] = Array<number>(table.states).fill(0);
  for (let left = 1; left <= horizon; left++) {
    const optimum = bellmanBackup(table, value, gamma);
    optima.push(optimum);
    value = optimum.value;
  }
  return optima;
}
