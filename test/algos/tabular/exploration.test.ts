/** Greedy, ε-greedy and Boltzmann actions: probabilities against their formulas, and draws against probabilities. */
import { describe, expect, it } from "vitest";
import { checkExploration, type ExplorationOptions, explorationAt } from "../../../src/algos/exploration.js";
import { Behaviour, Exploration } from "../../../src/algos/tabular/behaviour.js";
import { draw, epsilonGreedy, expectation, softExpectation, softMaximum, softmax } from "../../../src/algos/tabular/distributions.js";
import { UsageError } from "../../../src/core/errors.js";
import { randomNumbers } from "../../oracle/random.js";
import { distance } from "./samples.js";

/** Roundings of float64 over a handful of terms. Measured: 2e-16. */
const TOLERANCE = 1e-14;
/** Five standard deviations of a frequency over so many draws. */
const DRAWS = 20_000;
const FREQUENCY_TOLERANCE = 5 * Math.sqrt(0.25 / DRAWS);

const OPTIONS: ExplorationOptions = { exploration: "epsilon-greedy", epsilon: 0.2, temperature: 0.5 };
const VALUES = Float64Array.of(1, 3, -2, 3);

function probabilitiesOf(options: ExplorationOptions, values: Float64Array, progress = 0): number[] {
  const exploration = new Exploration(options, () => values, values.length);
  exploration.moveTo(progress);
  return [...exploration.probabilities(0)];
}

describe("exploration", () => {
  it("is by ε for every action, and what is left for the largest values alike", () => {
    expect(distance(probabilitiesOf(OPTIONS, VALUES), [0.05, 0.45, 0.05, 0.45])).toBeLessThan(TOLERANCE);
    expect(probabilitiesOf({ ...OPTIONS, epsilon: 1 }, VALUES)).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it("is by softmax of the values over the temperature", () => {
    const weights = [...VALUES].map((value) => Math.exp(value / 0.5));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const wanted = weights.map((weight) => weight / sum);
    expect(distance(probabilitiesOf({ ...OPTIONS, exploration: "boltzmann" }, VALUES), wanted)).toBeLessThan(TOLERANCE);
  });

  it("stays a distribution however large the values are and however low the temperature", () => {
    const boltzmann = { ...OPTIONS, exploration: "boltzmann", temperature: 1e-6 } as const;
    expect(probabilitiesOf(boltzmann, Float64Array.of(1e6, -1e6, 0))).toEqual([1, 0, 0]);
    expect(probabilitiesOf({ ...boltzmann, temperature: 0 }, VALUES)).toEqual([0, 0.5, 0, 0.5]);
    const flat = probabilitiesOf({ ...boltzmann, temperature: 1e9 }, VALUES);
    expect(distance(flat, [0.25, 0.25, 0.25, 0.25])).toBeLessThan(1e-8);
  });

  it("is none where actions are greedy, whatever ε says", () => {
    expect(probabilitiesOf({ ...OPTIONS, exploration: "greedy" }, VALUES)).toEqual([0, 0.5, 0, 0.5]);
  });

  it("follows its schedule, and says how much it is by the option's name", () => {
    const options = { ...OPTIONS, epsilon: "linear(1,0,0.5)", temperature: "linear(4,2)" } as const;
    expect(explorationAt(options, 0.25)).toEqual({ epsilon: 0.5 });
    expect(explorationAt({ ...options, exploration: "boltzmann" }, 0.5)).toEqual({ temperature: 3 });
    expect(explorationAt({ ...options, exploration: "greedy" }, 0.5)).toEqual({});
    expect(probabilitiesOf(options, VALUES, 0.75)).toEqual([0, 0.5, 0, 0.5]);
  });

  it.each([1.5, "linear(2,0)", "linear(0,1.1)"] as const)("refuses an ε of %s", (epsilon) => {
    expect(() => checkExploration({ ...OPTIONS, epsilon })).toThrow(new UsageError(`epsilon is a probability, at most 1, not ${epsilon}`));
  });
});

describe("a policy that draws", () => {
  it("takes each action as often as its probability says", () => {
    const exploration = new Exploration(OPTIONS, () => VALUES, 4);
    const behaviour = new Behaviour(exploration, 7);
    const counts = [0, 0, 0, 0];
    for (let i = 0; i < DRAWS; i++) {
      const action = behaviour.act(0);
      counts[action] = (counts[action] as number) + 1;
    }
    const frequencies = counts.map((count) => count / DRAWS);
    expect(distance(frequencies, [0.05, 0.45, 0.05, 0.45])).toBeLessThan(FREQUENCY_TOLERANCE);
  });

  it("never takes an action of probability 0, at either end of the unit interval", () => {
    const probabilities = Float64Array.of(0, 0.25, 0, 0.75, 0);
    expect([0, 0.2499, 0.25, 1 - 2 ** -24].map((unit) => draw(probabilities, unit))).toEqual([1, 1, 3, 3]);
    expect(draw(Float64Array.of(0.1, 0.2, 0), 0.9999)).toBe(1); // probabilities that sum to less by roundings
  });

  it("takes the action that it drew ahead, unless the episode ended before", () => {
    const step = { state: 0, action: 0, reward: 0, nextState: 1, terminated: false, truncated: false };
    const taken = (ending: object) => {
      const twin = new Behaviour({ probabilities: () => Float64Array.of(0.25, 0.25, 0.25, 0.25) }, 4);
      return Array.from({ length: 40 }, () => [twin.next({ ...step, ...ending }), twin.act(1), twin.act(1)]);
    };
    expect(taken({}).every(([ahead, action]) => ahead === action)).toBe(true);
    expect(taken({}).some(([ahead, , later]) => ahead !== later)).toBe(true);
    for (const ending of [{ terminated: true }, { truncated: true }]) {
      expect(taken(ending).some(([ahead, action]) => ahead !== action)).toBe(true);
    }
  });

  it("draws the same under the same seed", () => {
    const drawn = (seed: number) => {
      const behaviour = new Behaviour({ probabilities: () => Float64Array.of(0.5, 0.5) }, seed);
      return Array.from({ length: 64 }, () => behaviour.act(0)).join("");
    };
    expect(drawn(1)).toBe(drawn(1));
    expect(drawn(1)).not.toBe(drawn(2));
  });
});

describe("expectations", () => {
  const random = randomNumbers(5);
  const values = Float64Array.from({ length: 6 }, () => 20 * random() - 10);

  it("are sums over probabilities, with the entropy where it counts", () => {
    const probabilities = new Float64Array(6);
    softmax(probabilities, values, 2);
    const wanted = [...values].reduce((sum, value, i) => sum + (probabilities[i] as number) * value, 0);
    const entropy = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0);
    expect(expectation(probabilities, values)).toBeCloseTo(wanted, 12);
    expect(softExpectation(probabilities.map(Math.log), values, 2)).toBeCloseTo(wanted + 2 * entropy, 12);
    expect(softMaximum(values, 2)).toBeCloseTo(wanted + 2 * entropy, 12); // which softmax attains
    expect(softMaximum(values, 2)).toBeCloseTo(2 * Math.log([...values].reduce((sum, value) => sum + Math.exp(value / 2), 0)), 12);
  });

  it("of ε-greedy actions lie between the mean and the largest", () => {
    const probabilities = new Float64Array(6);
    epsilonGreedy(probabilities, values, 0.3);
    const mean = values.reduce((sum, value) => sum + value, 0) / 6;
    expect(expectation(probabilities, values)).toBeCloseTo(0.3 * mean + 0.7 * Math.max(...values), 12);
  });
});
