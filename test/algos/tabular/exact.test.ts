/** Exact methods against linear equations and soft optima, which share no code with them. */
import { describe, expect, it } from "vitest";
import { ActionValues } from "../../../src/algos/tabular/action-values.js";
import { iteratePolicy } from "../../../src/algos/tabular/policy-iteration.js";
import { evaluateSoftly, iterateSoftPolicy } from "../../../src/algos/tabular/soft-policy-iteration.js";
import { iterateValues } from "../../../src/algos/tabular/value-iteration.js";
import { UsageError } from "../../../src/core/errors.js";
import { environments } from "../../../src/envs/registry.js";
import { tableOf } from "../../../src/envs/tabular/spec.js";
import type { TransitionTable } from "../../../src/envs/tabular/table.js";
import { evaluate } from "../../../src/run/evaluate.js";
import { train } from "../../../src/run/train.js";
import { certainPolicy, optimalValues, softOptimum, solvedValues, uniformPolicy, worths } from "../../oracle/planning.js";
import { randomNumbers } from "../../oracle/random.js";
import { randomTable } from "../../oracle/tabular.js";
import { distance, indices, outputsOf, relativeDistance, specOf, trained, valuesOf } from "./samples.js";

/** Sweeps end when they change less than 1e-12, relative to the largest value; they are then at most 1e-12 / (1 − γ) away. */
const TOLERANCE = 1e-9;
/** The same, rounded to the float32 of a policy's file: values up to 30. Measured: 9e-7. */
const FILE_TOLERANCE = 1e-5;

const TABLES: readonly (readonly [string, TransitionTable])[] = [
  ["a table without sense", randomTable(12, 3, 4, 5)],
  ["another", randomTable(7, 4, 2, 9)],
  ["FrozenLake-v1", tableOf(environments["FrozenLake-v1"])],
  ["CliffWalking-v1", tableOf(environments["CliffWalking-v1"])],
];
const GAMMAS = [0.5, 0.99];

/** More sweeps than any of these methods takes. */
const MOST_SWEEPS = 100_000;

/** Runs a method to its end; returns Δ of its sweeps. */
function finish(sweeps: Generator<number, unknown>): number[] {
  const deltas: number[] = [];
  for (const delta of sweeps) {
    deltas.push(delta);
    if (deltas.length > MOST_SWEEPS) throw new Error("comes to no end");
  }
  return deltas;
}

describe.each(TABLES)("%s", (_, table) => {
  it.each(GAMMAS)("has the same optimum by value iteration, policy iteration and linear equations, γ = %d", (gamma) => {
    const wanted = optimalValues(table, gamma);
    for (const method of [iterateValues, iteratePolicy]) {
      const v = new Float64Array(table.states);
      const deltas = finish(method(table, v, { gamma, tolerance: 1e-12 }));
      expect(relativeDistance([...v], wanted), method.name).toBeLessThan(TOLERANCE);
      expect(deltas.at(-1)).toBeLessThanOrEqual(1e-12);
    }
  });

  it.each(GAMMAS)("has the values of any policy with its entropy by soft evaluation, γ = %d", (gamma) => {
    const random = randomNumbers(3);
    const policy = indices(table.states).map(() => {
      const weights = indices(table.actions).map(() => random() ** 3 + 1e-6);
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return weights.map((weight) => weight / sum);
    });
    const logPolicy = new ActionValues(table);
    logPolicy.table.set(policy.flat().map(Math.log));
    for (const temperature of [0.01, 1, 10]) {
      const v = new Float64Array(table.states);
      finish(evaluateSoftly(table, v, logPolicy, { gamma, temperature, tolerance: 1e-12 }));
      const wanted = solvedValues(table, policy, gamma, temperature);
      expect(relativeDistance([...v], wanted)).toBeLessThan(TOLERANCE);
    }
  });

  it.each(GAMMAS)("has the soft optimum by soft policy iteration, γ = %d", (gamma) => {
    for (const temperature of [0.01, 1]) {
      const v = new Float64Array(table.states);
      finish(iterateSoftPolicy(table, v, { gamma, temperature, tolerance: 1e-12 }));
      const wanted = softOptimum(table, gamma, temperature).value;
      expect(relativeDistance([...v], wanted)).toBeLessThan(TOLERANCE);
    }
  });
});

describe("soft policy iteration", () => {
  const table = randomTable(6, 3, 3, 2);

  it("never makes a policy worse, and comes to the optimum in few improvements", () => {
    const v = new Float64Array(table.states);
    const starts: number[][] = [];
    let last = 0;
    for (const delta of iterateSoftPolicy(table, v, { gamma: 0.9, temperature: 0.5, tolerance: 1e-12 })) {
      if (delta > 10 * last && last > 0) starts.push([...v]);
      last = delta;
    }
    expect(starts.length).toBeGreaterThan(1);
    expect(starts.length).toBeLessThan(10);
    for (const [i, values] of starts.entries()) {
      for (const [state, value] of values.entries()) expect(value).toBeGreaterThanOrEqual((starts[i - 1]?.[state] ?? -Infinity) - 1e-9);
    }
  });

  it("comes to the optimum without entropy as its temperature falls", () => {
    const distances = [1, 0.1, 0.01].map((temperature) => {
      const v = new Float64Array(table.states);
      finish(iterateSoftPolicy(table, v, { gamma: 0.9, temperature, tolerance: 1e-12 }));
      return distance([...v], optimalValues(table, 0.9));
    });
    expect(distances[0]).toBeGreaterThan(5 * (distances[1] as number));
    expect(distances[1]).toBeGreaterThan(5 * (distances[2] as number));
  });
});

describe("as algorithms, exact methods", () => {
  const table = randomTable(9, 3, 3, 4);
  const env = specOf(table, 50);
  const gamma = 0.9;

  it.each(["value-iteration", "policy-iteration"] as const)("give the optimum: %s", async (algo) => {
    const { policy, metrics } = await trained({ algo, env, gamma });
    const optimum = optimalValues(table, gamma);
    expect(distance(valuesOf(policy, table), optimum)).toBeLessThan(FILE_TOLERANCE);
    expect(distance(outputsOf(policy, table), worths(table, optimum, gamma))).toBeLessThan(FILE_TOLERANCE);
    expect(policy.header.distribution.kind).toBe("greedy");
    const start = table.initial.reduce((sum, probability, state) => sum + probability * (optimum[state] as number), 0);
    expect(metrics.at(-1)?.["startValue"]).toBeCloseTo(start, 6);
    expect(metrics.at(-1)?.["delta"]).toBeLessThanOrEqual(1e-10);
  });

  it("give the soft optimum's policy: soft-policy-iteration", async () => {
    const { policy } = await trained({ algo: "soft-policy-iteration", env, gamma, temperature: 0.7 });
    const optimum = softOptimum(table, gamma, 0.7);
    expect(distance(valuesOf(policy, table), optimum.value)).toBeLessThan(FILE_TOLERANCE);
    const probabilities = outputsOf(policy, table).map((logits) => {
      const weights = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
      const sum = weights.reduce((total, weight) => total + weight, 0);
      return weights.map((weight) => weight / sum);
    });
    expect(distance(probabilities, optimum.policy)).toBeLessThan(FILE_TOLERANCE);
    expect(policy.header.distribution.kind).toBe("categorical");
  });

  it("give the values of a policy, uniform or the given one, and the policy with them: policy-evaluation", async () => {
    const choices = indices(table.states).map((state) => state % table.actions);
    const uniform = await trained({ algo: "policy-evaluation", env, gamma });
    const given = await trained({ algo: "policy-evaluation", env, gamma, policy: choices });
    expect(distance(valuesOf(uniform.policy, table), solvedValues(table, uniformPolicy(table), gamma))).toBeLessThan(FILE_TOLERANCE);
    expect(distance(valuesOf(given.policy, table), solvedValues(table, certainPolicy(table, choices), gamma))).toBeLessThan(FILE_TOLERANCE);
    expect([...given.policy.actBatch(Float32Array.from(indices(table.states)))]).toEqual(choices);
    expect(uniform.policy.header.distribution.kind).toBe("categorical");
    expect(new Set(outputsOf(uniform.policy, table).flat()).size).toBe(1);
  });

  it("count sweeps as steps, report every so many, and end with the run's steps or when the values are found", async () => {
    const found = await trained({ algo: "value-iteration", env, gamma, steps: 7 });
    const steps = found.metrics.map((m) => m["steps"] as number);
    expect(steps.slice(0, -1)).toEqual(indices(steps.length - 1).map((i) => 7 * (i + 1)));
    expect(found.metrics.at(-2)?.["delta"]).toBeGreaterThan(1e-10);
    const cut = await trained({ algo: "value-iteration", env, gamma, steps: 7, totalSteps: 10 });
    expect(cut.metrics.map((m) => m["steps"])).toEqual([7, 10]);
    expect(cut.policy.header.training.steps).toBe(10);
  });

  it("walk along the cliff's edge", async () => {
    for (const algo of ["value-iteration", "policy-iteration"] as const) {
      const { policy } = await trained({ algo, env: "CliffWalking-v1" });
      expect((await evaluate(policy, { episodes: 1 })).meanReturn).toBe(-13);
    }
  });
});

describe("exact methods refuse", () => {
  it("environments without a table, and those with vectors", () => {
    const { table: _, ...tableless } = specOf(randomTable(4, 2, 2, 1), 5);
    expect(() => train({ algo: "value-iteration", env: tableless })).toThrow(/^Table-v0 has no table of transitions/);
    expect(() => train({ algo: "policy-iteration", env: "CartPole-v1" })).toThrow(UsageError);
    expect(() => train({ algo: "policy-evaluation", env: "CartPole-v1" })).toThrow(/needs discrete observations and actions/);
  });

  it("γ = 1 where a policy may never come to an end", () => {
    for (const algo of ["policy-iteration", "soft-policy-iteration"] as const) {
      expect(() => train({ algo, env: "FrozenLake-v1", gamma: 1 })).toThrow(/^gamma is below 1/);
    }
  });

  it("a policy that isn't one", () => {
    const start = (policy: readonly number[]) => () => train({ algo: "policy-evaluation", env: "FrozenLake-v1", policy });
    expect(start([0, 1])).toThrow(new UsageError("policy has 2 actions, FrozenLake-v1 has 16 states"));
    expect(start(Array(16).fill(4))).toThrow(new UsageError("policy has the action 4; actions of FrozenLake-v1 go from 0 to 3"));
    expect(start([0.5])).toThrow(/^option policy of policy-evaluation is whole numbers separated by commas/);
  });
});
