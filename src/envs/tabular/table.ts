/** Environments as tables of transitions, for exact methods and for the kernel that steps them: Gymnasium's `env.P`. */
import { ensure } from "../../core/errors.js";

/** One thing that may come of an action. */
export interface Outcome {
  readonly probability: number;
  readonly nextState: number;
  readonly reward: number;
  /** Whether the episode ends there. */
  readonly terminated: boolean;
}

/** Every transition of a tabular environment. */
export interface TransitionTable {
  /** S: states are 0 … S-1. */
  readonly states: number;
  /** A: actions are 0 … A-1. */
  readonly actions: number;
  /** The probability `[S]` of each state to be the first of an episode. */
  readonly initial: readonly number[];
  /** What may come of an action in a state; the probabilities sum to 1. The same array each time. */
  outcomes(state: number, action: number): readonly Outcome[];
}

/** Observations and rewards are float32, which holds integers up to here. */
const MOST_STATES = 2 ** 24;
/** How far the sum of some probabilities may be from 1: roundings of float64, however many there are. */
const TOLERANCE = 1e-9;

/** A table whose rows come from a rule, each worked out and checked when it is first asked for. */
export function transitionTable({ states, actions, initial, outcomes: rule }: TransitionTable): TransitionTable {
  ensure(isCount(states) && states <= MOST_STATES, () => `a table has 1 to ${MOST_STATES} states, not ${states}`);
  ensure(isCount(actions), () => `a table has a positive number of actions, not ${actions}`);
  ensure(initial.length === states, () => `a table of ${states} states has as many initial probabilities, not ${initial.length}`);
  checkProbabilities(initial, () => "initial states");
  const rows: (readonly Outcome[] | undefined)[] = [];
  return {
    states,
    actions,
    initial,
    outcomes(state, action) {
      ensure(isIndex(state, states), () => `there is no state ${state}; states go from 0 to ${states - 1}`);
      ensure(isIndex(action, actions), () => `there is no action ${action}; actions go from 0 to ${actions - 1}`);
      const row = state * actions + action;
      rows[row] ??= checkOutcomes(rule(state, action), states, () => `outcomes of action ${action} in state ${state}`);
      return rows[row];
    },
  };
}

/** An outcome that is certain, as a row. */
export function certainly(nextState: number, reward: number, terminated = false): readonly Outcome[] {
  return [{ probability: 1, nextState, reward, terminated }];
}

/** Probabilities `[size]` that are the same for some indices and 0 for all others. */
export function uniformOver(indices: readonly number[], size: number): readonly number[] {
  const probabilities = Array<number>(size).fill(0);
  for (const index of indices) probabilities[index] = 1 / indices.length;
  return probabilities;
}

function checkOutcomes(outcomes: readonly Outcome[], states: number, what: () => string): readonly Outcome[] {
  const probabilities = outcomes.map(({ probability }) => probability);
  checkProbabilities(probabilities, what);
  for (const { nextState, reward } of outcomes) {
    ensure(isIndex(nextState, states), () => `the ${what()} lead to states from 0 to ${states - 1}, not to ${nextState}`);
    ensure(Number.isFinite(reward), () => `the ${what()} have finite rewards, not ${reward}`);
  }
  return outcomes;
}

function checkProbabilities(probabilities: readonly number[], what: () => string): void {
  const sum = probabilities.reduce((total, probability) => total + probability, 0);
  const fits = probabilities.every((probability) => probability >= 0) && Math.abs(sum - 1) <= TOLERANCE;
  ensure(fits, () => `the ${what()} have probabilities of at least 0 that sum to 1, not to ${sum}`);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0;
}

function isIndex(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}
