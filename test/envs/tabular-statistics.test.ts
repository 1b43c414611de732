/** Tables in play: outcomes as frequent as their probabilities say, and returns that dynamic programming predicts. */
import { describe, expect, it } from "vitest";
import { environments } from "../../src/envs/registry.js";
import { tableOf } from "../../src/envs/tabular/spec.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { randomNumbers } from "../oracle/random.js";
import { optimaByHorizon } from "../oracle/tabular.js";

/** How far a frequency may be off, in standard errors: one test in 10⁶ fails by chance, and seeds are fixed. */
const SIGMAS = 5;

const indices = (length: number) => Array.from({ length }, (_, i) => i);

/** χ² in standard deviations from its mean: Σ (count - expected)² / expected, of outcomes that are counted apart. */
class ChiSquare {
  #sum = 0;
  #freedom = 0;

  add(counts: readonly number[], probabilities: readonly number[]): void {
    const total = counts.reduce((sum, count) => sum + count, 0);
    for (const [i, probability] of probabilities.entries())
      this.#sum += ((counts[i] as number) - total * probability) ** 2 / (total * probability);
    this.#freedom += counts.length - 1;
  }

  get sigmas(): number {
    return (this.#sum - this.#freedom) / Math.sqrt(2 * this.#freedom);
  }
}

/** The probabilities of states, each once, though several outcomes may lead to it. */
function distribution(outcomes: readonly { nextState: number; probability: number }[]): Map<number, number> {
  const total = new Map<number, number>();
  for (const { nextState, probability } of outcomes) total.set(nextState, (total.get(nextState) ?? 0) + probability);
  return total;
}

describe("random outcomes", () => {
  it("come as often as their probabilities say, from each state by each action, in play", async () => {
    const spec = environments["FrozenLake8x8-v1"];
    const table = tableOf(spec);
    const env = await makeVec(spec, { numEnvs: 500 });
    const random = randomNumbers(6);
    const counts = new Map<number, Map<number, number>>();
    let states = [...env.reset(6)];
    for (let t = 0; t < 2000; t++) {
      const actions = states.map(() => Math.floor(random() * table.actions));
      const { observation, terminated, truncated, finalObservation } = env.step(actions);
      for (const [lane, state] of states.entries()) {
        const pair = state * table.actions + (actions[lane] as number);
        const next = (terminated[lane] || truncated[lane] ? finalObservation : observation)[lane] as number;
        const row = counts.get(pair) ?? new Map<number, number>();
        counts.set(pair, row.set(next, (row.get(next) ?? 0) + 1));
      }
      states = [...observation];
    }
    const chiSquare = new ChiSquare();
    for (const [pair, row] of counts) {
      const wanted = distribution(table.outcomes(Math.floor(pair / table.actions), pair % table.actions));
      expect([...row.keys()].filter((state) => !wanted.has(state))).toEqual([]);
      chiSquare.add([...wanted.keys()].map((state) => row.get(state) ?? 0), [...wanted.values()]); // biome-ignore format: one line
    }
    expect(counts.size).toBeGreaterThan(200);
    expect(Math.abs(chiSquare.sigmas)).toBeLessThan(SIGMAS);
  });

  it("begin Taxi's episodes in each of 300 states alike, in all lanes and in one", async () => {
    const table = tableOf(environments["Taxi-v3"]);
    const starts = indices(table.states).filter((state) => table.initial[state]);
    const counted = (states: ArrayLike<number>) => {
      const counts = Array<number>(table.states).fill(0);
      for (const state of Array.from(states)) counts[state] = (counts[state] as number) + 1;
      const chiSquare = new ChiSquare();
      chiSquare.add(starts.map((state) => counts[state] as number), starts.map(() => 1 / 300)); // biome-ignore format: one line
      return chiSquare.sigmas;
    };
    const many = await makeVec(environments["Taxi-v3"], { numEnvs: 60_000 });
    expect(Math.abs(counted(many.reset(9)))).toBeLessThan(SIGMAS);
    const one = await makeVec(environments["Taxi-v3"], { numEnvs: 1, timeLimit: 1 });
    one.reset(9);
    expect(Math.abs(counted(indices(30_000).map(() => one.step([0]).observation[0] as number)))).toBeLessThan(SIGMAS);
  });
});

describe("optimal play", () => {
  it.each(["FrozenLake-v1", "FrozenLake8x8-v1", "Taxi-v3", "GridWorld-v0"] as const)(
    "of %s returns what dynamic programming says",
    async (id) => {
      const [spec, lanes] = [environments[id], 4000];
      const table = tableOf(spec);
      const optima = optimaByHorizon(table, spec.timeLimit);
      const env = await makeVec(spec, { numEnvs: lanes });
      const returns = Array<number>(lanes).fill(0);
      const isOver = Array<boolean>(lanes).fill(false);
      let states = env.reset(12).slice();
      for (let left = spec.timeLimit; left > 0; left--) {
        const { action } = optima[left - 1] as { action: readonly number[] };
        const { observation, reward, terminated } = env.step(Array.from(states, (state) => action[state] as number));
        for (const lane of indices(lanes)) {
          if (!isOver[lane]) returns[lane] = (returns[lane] as number) + (reward[lane] as number);
          isOver[lane] ||= terminated[lane] === 1;
        }
        states = observation.slice();
      }
      const value = optima.at(-1)?.value ?? [];
      const wanted = table.initial.reduce((sum, probability, state) => sum + probability * (value[state] as number), 0);
      const mean = returns.reduce((sum, x) => sum + x, 0) / lanes;
      const error = Math.sqrt(returns.reduce((sum, x) => sum + (x - mean) ** 2, 0)) / lanes;
      expect(Math.abs(mean - wanted)).toBeLessThan(SIGMAS * error);
    },
  );
});
