/** Exact methods on tables of transitions: expected updates, sweeps over all states, and the loop around them. */
import { ensure } from "../../core/errors.js";
import { integer, number, type OptionsOf } from "../../core/options.js";
import type { EnvironmentSpec } from "../../envs/spec.js";
import { tableOf } from "../../envs/tabular/spec.js";
import type { TransitionTable } from "../../envs/tabular/table.js";
import { EpisodeStatistics } from "../../rollout/episodes.js";
import type { Learner, Report, Session } from "../algorithm.js";
import { expectation } from "./distributions.js";
import { sizesOf } from "./sizes.js";
import { TablePolicy, type Tables } from "./table-policy.js";

/** A step of such a run is a sweep, and no step of any environment is taken. Time limits are not part of a table. */
export const exactFields = {
  gamma: number(0.99, "γ, discount per step", { min: 0, max: 1 }),
  tolerance: number(1e-10, "θ: the values are found when a sweep changes none by more; relative to the largest if that is above 1", {
    min: 0,
  }),
  steps: integer(10, "sweeps of an iteration; a sweep counts as a step of the run"),
};

export type ExactOptions = OptionsOf<typeof exactFields>;

/** Refuses environments without a table. */
export function checkTable(spec: EnvironmentSpec): void {
  sizesOf(spec);
  tableOf(spec);
}

/** Refuses γ = 1 too, with which policies that never end an episode have no values. */
export function checkDiscounted({ gamma }: ExactOptions, spec: EnvironmentSpec): void {
  checkTable(spec);
  ensure(gamma < 1, () => `gamma is below 1 where policies are evaluated that may never end an episode, not ${gamma}`);
}

/**
 * Q(s,·) `[A]` of a state under values V `[S]`, whatever these are when it is called; overwritten by the next call.
 * Q(s,a) = Σ p(s′,r|s,a)[r + γV(s′)], with nothing after an end (Sutton & Barto 2018, eq. 4.6).
 */
export function lookAhead(table: TransitionTable, v: Float64Array, gamma: number): (state: number) => Float64Array {
  const q = new Float64Array(table.actions);
  const expected = (state: number, action: number) => {
    let sum = 0;
    for (const { probability, nextState, reward, terminated } of table.outcomes(state, action)) {
      sum += probability * (reward + (terminated ? 0 : gamma * (v[nextState] as number)));
    }
    return sum;
  };
  return (state) => {
    for (let action = 0; action < table.actions; action++) q[action] = expected(state, action);
    return q;
  };
}

/** Q `[S,A]` of all states. */
export function lookAheadAll(table: TransitionTable, v: Float64Array, gamma: number): Float64Array {
  const q = lookAhead(table, v, gamma);
  const all = new Float64Array(table.states * table.actions);
  for (let state = 0; state < table.states; state++) all.set(q(state), state * table.actions);
  return all;
}

/** A policy that is greedy in what looks best one step ahead, with V `[S]` as its critic. */
export function greedyTables(table: TransitionTable, v: Float64Array, gamma: number): Tables {
  return { kind: "greedy", actor: () => lookAheadAll(table, v, gamma), critic: () => v };
}

/** V(s) ← backup(s) for every state, in place. Returns Δ, the largest change, relative to the largest value if that is above 1. */
export function sweep(v: Float64Array, backup: (state: number) => number): number {
  let [change, scale] = [0, 1];
  for (let state = 0; state < v.length; state++) {
    const value = backup(state);
    change = Math.max(change, Math.abs(value - (v[state] as number)));
    scale = Math.max(scale, Math.abs(value));
    v[state] = value;
  }
  return change / scale;
}

/**
 * Sweeps until Δ is within the tolerance: iterative policy evaluation, if `backup` is what a policy expects
 * (Sutton & Barto 2018, section 4.1). Yields Δ of each sweep, and returns their number.
 */
export function* evaluation(v: Float64Array, backup: (state: number) => number, tolerance: number): Generator<number, number> {
  for (let sweeps = 1; ; sweeps++) {
    const delta = sweep(v, backup);
    yield delta;
    if (delta <= tolerance) return sweeps;
  }
}

/** What a method works on and leaves behind. */
export interface Plan {
  readonly v: Float64Array;
  /** Δ of each sweep, one after another. */
  readonly sweeps: Generator<number, unknown>;
  readonly tables: Tables;
}

/** Takes the sweeps of a plan, until they end or the run does. */
export async function exactLearner({ spec, backend, totalSteps }: Session, { steps }: ExactOptions, plan: Plan): Promise<Learner> {
  const { states, actions, initial } = tableOf(spec);
  const policy = new TablePolicy(backend.heap, { states, actions }, plan.tables);
  async function* learn(): AsyncGenerator<Report, void> {
    const episodes = backend.state.keep("episodes", new EpisodeStatistics(1));
    const done = backend.state.numbers("progress", { sweeps: 0 });
    take(plan.sweeps, done.sweeps); // a resumed run takes those again that the earlier one took
    policy.publish();
    while (done.sweeps < totalSteps) {
      const deltas = take(plan.sweeps, Math.min(steps, totalSteps - done.sweeps));
      if (deltas.length === 0) return;
      done.sweeps += deltas.length;
      policy.publish();
      const startValue = expectation(Float64Array.from(initial), plan.v);
      yield { steps: done.sweeps, episodes, scalars: { delta: deltas.at(-1) as number, startValue } };
    }
  }
  return { acting: policy.acting, learn };
}

function take(sweeps: Generator<number, unknown>, count: number): number[] {
  const deltas: number[] = [];
  while (deltas.length < count) {
    const { done, value } = sweeps.next();
    if (done) break;
    deltas.push(value);
  }
  return deltas;
}
