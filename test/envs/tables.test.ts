/** The tables of the tabular environments against Gymnasium's, against rules written anew, and against known optima. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { environments } from "../../src/envs/registry.js";
import { tableOf } from "../../src/envs/tabular/spec.js";
import { transitionTable } from "../../src/envs/tabular/table.js";
import { optimaByHorizon } from "../oracle/tabular.js";
import { DROP_OFF, isTaxiStart, TAXI_STATES, taxiStep } from "../oracle/taxi.js";

/** Gymnasium's `env.P`: outcomes by state and action. */
interface RecordedTable {
  readonly nS: number;
  readonly nA: number;
  readonly initial: readonly number[];
  readonly P: Readonly<Record<string, Readonly<Record<string, readonly (readonly [number, number, number, boolean])[]>>>>;
}

const indices = (length: number) => Array.from({ length }, (_, i) => i);

describe.each(["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1"] as const)("the table of %s", (id) => {
  it("is Gymnasium's, entry by entry", () => {
    const file = new URL(`../fixtures/gymnasium/${id}.table.json`, import.meta.url);
    const { nS, nA, initial, P } = JSON.parse(readFileSync(file, "utf8")) as RecordedTable;
    const table = tableOf(environments[id]);
    expect([table.states, table.actions]).toEqual([nS, nA]);
    expect(table.initial).toEqual(initial);
    for (const state of indices(nS)) {
      for (const action of indices(nA)) {
        const recorded = P[state]?.[action]?.map(([probability, nextState, reward, terminated]) => ({
          probability,
          nextState,
          reward,
          terminated,
        }));
        expect(table.outcomes(state, action), `state ${state}, action ${action}`).toEqual(recorded);
      }
    }
  });
});

describe("the table of Taxi-v3", () => {
  const table = tableOf(environments["Taxi-v3"]);

  it("follows the task's rules in each state, whatever the action", () => {
    expect([table.states, table.actions]).toEqual([TAXI_STATES, DROP_OFF + 1]);
    for (const state of indices(table.states)) {
      for (const action of indices(table.actions)) {
        expect(table.outcomes(state, action), `state ${state}, action ${action}`).toEqual([{ probability: 1, ...taxiStep(state, action) }]);
      }
    }
  });

  it("begins in one of 300 states, all equally likely, where the passenger waits at a stand that is not the destination", () => {
    expect(table.initial).toEqual(indices(TAXI_STATES).map((state) => (isTaxiStart(state) ? 1 / 300 : 0)));
    expect(table.initial.filter(Boolean).length).toBe(300);
  });

  it("reaches the 404 states that Gymnasium documents, four of them at the end of episodes alone", () => {
    const reached = new Set(indices(TAXI_STATES).filter((state) => table.initial[state]));
    const ends = new Set<number>();
    for (const state of reached) {
      for (const action of indices(table.actions)) {
        for (const { nextState, terminated } of table.outcomes(state, action)) (terminated ? ends : reached).add(nextState);
      }
    }
    expect(reached.size).toBe(400);
    expect(new Set([...reached, ...ends]).size).toBe(404);
  });
});

describe("dynamic programming on the tables", () => {
  it.each([
    // "optimum = 0.74" and "0.91" stand beside the time limits in Gymnasium's registry, 14/17 is the limit without one.
    ["FrozenLake-v1", "within its 100 steps", 100, 1, 0.7442],
    ["FrozenLake-v1", "in the end", 5000, 1, 14 / 17],
    ["FrozenLake-v1", "discounted by 0.99", 2000, 0.99, 0.542],
    ["FrozenLake8x8-v1", "within its 200 steps", 200, 1, 0.9132],
    ["CliffWalking-v1", "along the cliff's edge", 30, 1, -13],
    ["Taxi-v3", "within its 200 steps", 200, 1, 7.93],
  ] as const)("finds the known optimum of %s %s", (id, _, horizon, gamma, wanted) => {
    const table = tableOf(environments[id]);
    const { value } = optimaByHorizon(table, horizon, gamma)[horizon - 1] as { value: readonly number[] };
    const optimum = table.initial.reduce((sum, probability, state) => sum + probability * (value[state] as number), 0);
    expect(optimum).toBeCloseTo(wanted, 4);
  });
});

describe("a table", () => {
  const certain = { probability: 1, nextState: 0, reward: 0, terminated: false };
  const table = (changes = {}) => transitionTable({ states: 2, actions: 1, initial: [1, 0], outcomes: () => [certain], ...changes });

  it.each([
    ["no states", { states: 0 }, "a table has 1 to 16777216 states, not 0"],
    ["half an action", { actions: 0.5 }, "a table has a positive number of actions, not 0.5"],
    ["too few initial probabilities", { initial: [1] }, "a table of 2 states has as many initial probabilities, not 1"],
    ["a negative probability", { initial: [2, -1] }, "the initial states have probabilities of at least 0 that sum to 1, not to 1"],
    ["a sum other than 1", { initial: [0.5, 0.4] }, "the initial states have probabilities of at least 0 that sum to 1, not to 0.9"],
  ])("refuses %s", (_, changes, message) => {
    expect(() => table(changes)).toThrow(new UsageError(message));
  });

  it.each([
    ["no outcomes", [], "the outcomes of action 0 in state 1 have probabilities of at least 0 that sum to 1, not to 0"],
    ["an unknown state", [{ ...certain, nextState: 2 }], "the outcomes of action 0 in state 1 lead to states from 0 to 1, not to 2"],
    ["no reward", [{ ...certain, reward: Number.NaN }], "the outcomes of action 0 in state 1 have finite rewards, not NaN"],
  ])("refuses a row with %s", (_, outcomes, message) => {
    expect(() => table({ outcomes: () => outcomes }).outcomes(1, 0)).toThrow(new UsageError(message));
  });

  it("refuses states and actions that it hasn't got", () => {
    expect(() => table().outcomes(2, 0)).toThrow(new UsageError("there is no state 2; states go from 0 to 1"));
    expect(() => table().outcomes(0, 1)).toThrow(new UsageError("there is no action 1; actions go from 0 to 0"));
  });

  it("is refused where there is none", () => {
    expect(() => tableOf(environments["CartPole-v1"])).toThrow(/^CartPole-v1 has no table of transitions/);
  });
});
