/** The forward and the backward view of TD(λ) make the same changes, taken offline: Sutton & Barto 1998, section 7.4. */
import { describe, expect, it } from "vitest";
import { LambdaReturn, lambdaReturns } from "../../../src/algos/tabular/lambda-return.js";
import { SarsaLambda } from "../../../src/algos/tabular/sarsa-lambda.js";
import { TdLambda } from "../../../src/algos/tabular/td-lambda.js";
import { lambdaReturn64 } from "../../oracle/planning.js";
import { randomNumbers } from "../../oracle/random.js";
import { distance, type Ending, playEpisode, randomValues, uniformBehaviour } from "./samples.js";

/** Sums of at most 60 terms near 1 in another order: roundings of float64. Measured: 1.8e-15. */
const ROUNDING = 1e-13;
/** What differs by more than roundings, differs by at least this. Measured: 2e-3 and more. */
const DIFFERENCE = 1e-4;

const STATES = 6;
const ACTIONS = 3;
const ALPHA = 0.1;
const LAMBDAS = [0, 0.3, 0.9, 1];
const ENDINGS: readonly Ending[] = ["terminated", "truncated"];
const LENGTHS = [1, 2, 60]; // 60 steps among 6 states come back often

const cases = LAMBDAS.flatMap((lambda) => ENDINGS.flatMap((ending) => LENGTHS.map((length) => ({ lambda, ending, length }))));

describe("a λ-return", () => {
  it.each(cases)("is the weighted mean of n-step returns: λ = $lambda, $length steps, $ending", ({ lambda, ending, length }) => {
    const random = randomNumbers(length);
    const episode = Array.from({ length }, (_, t) => ({
      reward: random(),
      nextValue: t === length - 1 && ending === "terminated" ? 0 : random(),
    }));
    const wanted = episode.map((_, t) => lambdaReturn64(episode, 0.95, lambda, t));
    expect(distance([...lambdaReturns(episode, 0.95, lambda)], wanted)).toBeLessThan(ROUNDING);
  });
});

describe.each(cases)("offline, λ = $lambda, $length steps, $ending", ({ lambda, ending, length }) => {
  const gamma = 0.95;
  const options = { gamma, lambda, traces: "accumulating", updates: "offline" } as const;

  it("Sarsa(λ) changes action values as λ-returns do, over several episodes", () => {
    const [forward, backward] = [randomValues(STATES, ACTIONS, 1), randomValues(STATES, ACTIONS, 1)];
    const lambdaReturn = new LambdaReturn(forward, uniformBehaviour(ACTIONS, 5), gamma, lambda);
    const sarsaLambda = new SarsaLambda(backward, uniformBehaviour(ACTIONS, 5), options);
    for (let seed = 1; seed <= 3; seed++) {
      const seen = playEpisode(lambdaReturn, STATES, length, ending, ALPHA, seed);
      expect(playEpisode(sarsaLambda, STATES, length, ending, ALPHA, seed)).toEqual(seen);
      expect(distance([...backward.table], [...forward.table])).toBeLessThan(ROUNDING);
    }
    expect(distance([...forward.table], [...randomValues(STATES, ACTIONS, 1).table])).toBeGreaterThan(DIFFERENCE);
  });

  it("TD(λ) changes state values as λ-returns by their definition do", () => {
    const v = randomValues(STATES, 1, 2).table;
    const before = v.slice();
    const steps = playEpisode(new TdLambda(v, uniformBehaviour(ACTIONS), options), STATES, length, ending, ALPHA, 4);
    const episode = steps.map(({ reward, nextState, terminated }) => ({
      reward,
      nextValue: terminated ? 0 : (before[nextState] as number),
    }));
    const wanted = before.slice();
    for (const [t, { state }] of steps.entries()) {
      wanted[state] = (wanted[state] as number) + ALPHA * (lambdaReturn64(episode, gamma, lambda, t) - (before[state] as number));
    }
    expect(distance([...v], [...wanted])).toBeLessThan(ROUNDING);
  });
});

describe("the two views", () => {
  const differs = (changes: object) => {
    const [forward, backward] = [randomValues(STATES, ACTIONS, 1), randomValues(STATES, ACTIONS, 1)];
    const options = { gamma: 0.95, lambda: 0.8, traces: "accumulating", updates: "offline", ...changes } as const;
    playEpisode(new LambdaReturn(forward, uniformBehaviour(ACTIONS, 5), 0.95, 0.8), STATES, 60, "terminated", ALPHA, 1);
    playEpisode(new SarsaLambda(backward, uniformBehaviour(ACTIONS, 5), options), STATES, 60, "terminated", ALPHA, 1);
    return distance([...forward.table], [...backward.table]);
  };

  it("part where estimates move online, or traces are replaced", () => {
    expect(differs({})).toBeLessThan(ROUNDING);
    expect(differs({ updates: "online" })).toBeGreaterThan(DIFFERENCE);
    expect(differs({ traces: "replacing" })).toBeGreaterThan(DIFFERENCE);
  });
});
