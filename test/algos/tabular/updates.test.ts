/** The update of each method that learns from samples, by hand: what moves, how far, and what an episode's end means. */
import { describe, expect, it } from "vitest";
import { ExpectedSarsa } from "../../../src/algos/tabular/expected-sarsa.js";
import { LambdaReturn } from "../../../src/algos/tabular/lambda-return.js";
import { NStepSarsa } from "../../../src/algos/tabular/n-step-sarsa.js";
import { QLearning } from "../../../src/algos/tabular/q-learning.js";
import type { Agent, Step } from "../../../src/algos/tabular/sampling.js";
import { Sarsa } from "../../../src/algos/tabular/sarsa.js";
import { SarsaLambda } from "../../../src/algos/tabular/sarsa-lambda.js";
import { SoftQLearning } from "../../../src/algos/tabular/soft-q-learning.js";
import { Td } from "../../../src/algos/tabular/td.js";
import { TdLambda } from "../../../src/algos/tabular/td-lambda.js";
import { EligibilityTraces } from "../../../src/algos/tabular/traces.js";
import { certainBehaviour, distance, type Ending, playEpisode, randomValues, uniformBehaviour } from "./samples.js";

const GAMMA = 0.9;
const ALPHA = 0.25;
const STATES = 4;
const ACTIONS = 3;
/** Roundings of float64. Measured: 4e-16. */
const TOLERANCE = 1e-13;

/** The actions that are taken, and bootstrapped from, in these states. */
const CHOICES = [2, 0, 1, 1];
const STEP: Step = { state: 0, action: 2, reward: 1.5, nextState: 3, terminated: false, truncated: false };
const TRACES = { gamma: GAMMA, lambda: 0.8, traces: "accumulating", updates: "online" } as const;

const values = () => randomValues(STATES, ACTIONS, 8);
const Q = values();
const behaviour = () => certainBehaviour(CHOICES, ACTIONS);
const nextRow = [...Q.row(STEP.nextState)];

/** Methods on action values, and what each thinks of a state to which a step led. */
const ONE_STEP: readonly (readonly [string, (q: ReturnType<typeof values>) => Agent, number])[] = [
  ["Q-learning", (q) => new QLearning(q, behaviour(), GAMMA), Math.max(...nextRow)],
  ["Sarsa", (q) => new Sarsa(q, behaviour(), GAMMA), Q.get(3, 1)],
  ["expected Sarsa", (q) => new ExpectedSarsa(q, uniformBehaviour(ACTIONS), GAMMA), nextRow.reduce((sum, value) => sum + value / 3, 0)],
  ["1-step Sarsa", (q) => new NStepSarsa(q, behaviour(), GAMMA, 1), Q.get(3, 1)],
  ["Sarsa(λ)", (q) => new SarsaLambda(q, behaviour(), TRACES), Q.get(3, 1)],
  [
    "soft Q-learning",
    (q) => new SoftQLearning(q, behaviour(), GAMMA, 0.5),
    0.5 * Math.log(nextRow.reduce((sum, value) => sum + Math.exp(value / 0.5), 0)),
  ],
];

describe.each(ONE_STEP)("a first step of %s", (_, agentOf, nextValue) => {
  it.each([
    ["goes on", {}, nextValue],
    ["is cut by the time limit", { truncated: true }, nextValue],
    ["ends in a terminal state", { terminated: true }, 0],
    ["does both", { terminated: true, truncated: true }, 0],
  ] as const)("that %s moves its own entry by α of the TD error, and returns that", (_, ending, bootstrap) => {
    const q = values();
    const wanted = STEP.reward + GAMMA * bootstrap - Q.get(0, 2);
    const tdError = agentOf(q).learn({ ...STEP, ...ending }, ALPHA);
    expect(Math.abs(tdError - wanted)).toBeLessThan(TOLERANCE);
    const expected = values();
    expected.add(0, 2, ALPHA * wanted);
    expect(distance([...q.table], [...expected.table])).toBeLessThan(TOLERANCE);
  });
});

describe.each([
  ["TD(0)", (v: Float64Array) => new Td(v, behaviour(), GAMMA)],
  ["TD(λ)", (v: Float64Array) => new TdLambda(v, behaviour(), TRACES)],
] as const)("a first step of %s", (_, agentOf) => {
  it.each([
    ["goes on", {}, 4],
    ["is cut by the time limit", { truncated: true }, 4],
    ["ends in a terminal state", { terminated: true }, 0],
  ] as const)("that %s moves its state's value by α of the TD error", (_, ending, bootstrap) => {
    const v = Float64Array.of(1, 2, 3, 4);
    const wanted = 1.5 + GAMMA * bootstrap - 1;
    expect(agentOf(v).learn({ ...STEP, ...ending }, ALPHA)).toBeCloseTo(wanted, 12);
    expect(distance([...v], [1 + ALPHA * wanted, 2, 3, 4])).toBeLessThan(TOLERANCE);
  });
});

describe("n-step Sarsa", () => {
  it.each(["terminated", "truncated"] as const)(
    "learns from n rewards and what follows, from fewer before an end (%s)",
    (ending: Ending) => {
      for (const n of [1, 2, 3, 5, 20]) {
        const q = values();
        const steps = playEpisode(new NStepSarsa(q, behaviour(), GAMMA, n), STATES, 9, ending, ALPHA, n);
        expect(distance([...q.table], nStepByTheBook(steps, n, ending)), `n = ${n}`).toBeLessThan(TOLERANCE);
      }
    },
  );

  it("learns nothing before n steps are done, and forgets nothing between episodes", () => {
    const q = values();
    const agent = new NStepSarsa(q, behaviour(), GAMMA, 3);
    agent.learn(STEP, ALPHA);
    agent.learn({ ...STEP, state: 3, action: 1, nextState: 1 }, ALPHA);
    expect([...q.table]).toEqual([...Q.table]);
    agent.learn({ ...STEP, state: 1, action: 0, nextState: 2 }, ALPHA);
    expect(q.get(0, 2)).not.toBe(Q.get(0, 2));
    expect(q.get(3, 1)).toBe(Q.get(3, 1));
  });
});

/** The box of section 7.2 with its own indices: at time t, τ = t − n + 1 is updated. */
function nStepByTheBook(steps: readonly Step[], n: number, ending: Ending): number[] {
  const q = values();
  const T = steps.length;
  const actionAt = (t: number) => steps[t]?.action ?? (CHOICES[steps[T - 1]?.nextState as number] as number);
  const stateAt = (t: number) => steps[t]?.state ?? (steps[T - 1]?.nextState as number);
  for (let t = 0; t - n + 1 < T; t++) {
    const tau = t - n + 1;
    if (tau < 0) continue;
    let G = 0;
    for (let i = tau + 1; i <= Math.min(tau + n, T); i++) G += GAMMA ** (i - tau - 1) * (steps[i - 1] as Step).reward;
    const reach = Math.min(tau + n, T);
    if (reach < T || ending === "truncated") G += GAMMA ** (reach - tau) * q.get(stateAt(reach), actionAt(reach));
    q.add(stateAt(tau), actionAt(tau), ALPHA * (G - q.get(stateAt(tau), actionAt(tau))));
  }
  return [...q.table];
}

describe("a trace", () => {
  it("fades by γλ at each visit of anything, and grows by 1 or to 1", () => {
    const accumulating = new EligibilityTraces(3, "accumulating");
    const replacing = new EligibilityTraces(3, "replacing");
    for (const traces of [accumulating, replacing]) for (const entry of [0, 1, 0]) traces.visit(entry, 0.5);
    const read = (traces: EligibilityTraces) => {
      const target = new Float64Array(3);
      traces.addTo(target, 2);
      return [...target];
    };
    expect(read(accumulating)).toEqual([2.5, 1, 0]);
    expect(read(replacing)).toEqual([2, 1, 0]);
    accumulating.clear();
    expect(read(accumulating)).toEqual([0, 0, 0]);
    accumulating.visit(2, 0.5);
    expect(read(accumulating)).toEqual([0, 0, 2]);
  });

  it.each(["terminated", "truncated"] as const)("ends with its episode (%s)", (ending) => {
    const q = values();
    const agent = new SarsaLambda(q, behaviour(), TRACES);
    agent.learn({ ...STEP, [ending]: true }, ALPHA);
    const first = q.get(0, 2);
    agent.learn({ ...STEP, state: 1, action: 0 }, ALPHA);
    expect(q.get(0, 2)).toBe(first);
  });

  it("carries each error back to the steps before it", () => {
    const q = values();
    const agent = new SarsaLambda(q, behaviour(), TRACES);
    const first = agent.learn(STEP, ALPHA);
    const second = agent.learn({ ...STEP, state: 3, action: 1, nextState: 1 }, ALPHA);
    const wanted = Q.get(0, 2) + ALPHA * (first + GAMMA * 0.8 * second);
    expect(Math.abs(q.get(0, 2) - wanted)).toBeLessThan(TOLERANCE);
  });
});

describe("the forward view", () => {
  it("learns nothing before the end of an episode", () => {
    const q = values();
    const agent = new LambdaReturn(q, behaviour(), GAMMA, 0.5);
    agent.learn(STEP, ALPHA);
    expect([...q.table]).toEqual([...Q.table]);
    agent.learn({ ...STEP, state: 3, action: 1, terminated: true }, ALPHA);
    expect(q.get(0, 2)).not.toBe(Q.get(0, 2));
  });
});
