/** Tabular methods as runs: what they report, export, refuse, and which environments they take. */
import { describe, expect, it } from "vitest";
import { softBehaviour } from "../../../src/algos/tabular/soft-q-learning.js";
import { UsageError } from "../../../src/core/errors.js";
import { discrete } from "../../../src/core/spaces.js";
import { defineAsyncEnvironment, defineEnvironment } from "../../../src/envs/custom.js";
import { environments } from "../../../src/envs/registry.js";
import { tableOf } from "../../../src/envs/tabular/spec.js";
import { loadPolicy } from "../../../src/policy/policy.js";
import { evaluate } from "../../../src/run/evaluate.js";
import { type TrainOptions, train } from "../../../src/run/train.js";
import { distance, indices, outputsOf, randomValues, trained, valuesOf } from "./samples.js";

const SHORT = { algo: "q-learning", env: "FrozenLake-v1", seed: 3, totalSteps: 2500 } as const;
const LAKE = tableOf(environments["FrozenLake-v1"]);

const scalarsOf = (metrics: Readonly<Record<string, number>>) => {
  const general = ["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"];
  return Object.keys(metrics).filter((name) => !general.includes(name));
};

describe("a run", () => {
  it("reports after so many steps, and takes exactly as many as it was told", async () => {
    const { metrics, policy } = await trained(SHORT);
    expect(metrics.map((m) => m["steps"])).toEqual([1000, 2000, 2500]);
    expect(policy.header.training.steps).toBe(2500);
    expect((await trained({ ...SHORT, steps: 500 })).metrics.map((m) => m["steps"])).toEqual([500, 1000, 1500, 2000, 2500]);
  });

  it.each<readonly [Partial<TrainOptions>, readonly string[]]>([
    [{ exploration: "epsilon-greedy" }, ["tdError", "learningRate", "epsilon"]],
    [{ exploration: "boltzmann" }, ["tdError", "learningRate", "temperature"]],
    [{ exploration: "greedy" }, ["tdError", "learningRate"]],
    [{ algo: "td" }, ["tdError", "learningRate"]],
    [{ algo: "td", control: true }, ["tdError", "learningRate", "epsilon"]],
    [{ algo: "value-iteration" }, ["delta", "startValue"]],
  ])("with %o reports these scalars", async (changes, names) => {
    const { metrics } = await trained({ ...SHORT, ...changes } as TrainOptions);
    for (const report of metrics) expect(scalarsOf(report)).toEqual(names);
  });

  it("moves schedules along by the share of steps that are done", async () => {
    const options = { ...SHORT, totalSteps: 4000, learningRate: "linear(0.4)", epsilon: "linear(1,0,0.5)" } as const;
    const { metrics } = await trained(options);
    expect(metrics.map((m) => (m["learningRate"] as number).toFixed(12))).toEqual([0.4, 0.3, 0.2, 0.1].map((rate) => rate.toFixed(12)));
    expect(metrics.map((m) => m["epsilon"])).toEqual([1, 0.5, 0, 0]);
  });

  it.each(["q-learning", "sarsa-lambda", "td"] as const)("starts from the initial value: %s", async (algo) => {
    const { policy } = await trained({ ...SHORT, algo, initialValue: 0.75, learningRate: 0, totalSteps: 100 });
    const estimates = algo === "td" ? valuesOf(policy, LAKE) : outputsOf(policy, LAKE).flat();
    expect(new Set(estimates)).toEqual(new Set([0.75]));
  });

  it("counts its episodes, and their undiscounted returns and lengths", async () => {
    const { metrics } = await trained({ ...SHORT, env: "CliffWalking-v1", totalSteps: 20_000 });
    const last = metrics.at(-1) as Readonly<Record<string, number>>;
    expect(last["episodes"]).toBeGreaterThan(100);
    expect(last["meanReturn"]).toBeLessThanOrEqual(-(last["meanLength"] as number));
  });

  it("gives a policy that is greedy in its action values, and the same once saved and loaded", async () => {
    const { policy } = await trained({ ...SHORT, totalSteps: 20_000 });
    const states = Float32Array.from(indices(LAKE.states));
    const q = outputsOf(policy, LAKE);
    expect([...policy.actBatch(states)]).toEqual(q.map((row) => row.indexOf(Math.max(...row))));
    expect([...policy.actBatch(states, { deterministic: false })]).toEqual([...policy.actBatch(states)]);
    const loaded = await loadPolicy(await policy.bytes());
    expect(outputsOf(loaded, LAKE)).toEqual(q);
    expect((await evaluate(loaded, { episodes: 20 })).meanReturn).toBe((await evaluate(policy, { episodes: 20 })).meanReturn);
  });
});

describe("soft Q-learning's policy", () => {
  it("is the softmax of its values over the temperature, as it acts and as it is exported", async () => {
    const q = randomValues(3, 4, 1);
    const probabilities = [...softBehaviour(q, 4, 0.5, 0).probabilities(2)];
    const weights = [...q.row(2)].map((value) => Math.exp(value / 0.5));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    expect(distance(probabilities, weights.map((weight) => weight / sum))).toBeLessThan(1e-14); // biome-ignore format: short
    const { policy } = await trained({ ...SHORT, algo: "soft-q-learning", initialValue: 1, temperature: 0.25, learningRate: 0 });
    expect(new Set(outputsOf(policy, LAKE).flat())).toEqual(new Set([4]));
    expect(policy.header.distribution.kind).toBe("categorical");
  });
});

/** A corridor of 6 cells; right is the way out. */
function corridor(position = 0) {
  return {
    reset: () => (position = 0),
    step(action: number) {
      position = Math.max(0, position + (action === 1 ? 1 : -1));
      return { observation: position, reward: -1, terminated: position === 5 };
    },
  };
}
const SPACES = { observationSpace: discrete(6), actionSpace: discrete(2) };

describe("environments in TypeScript", () => {
  const options = { seed: 1, totalSteps: 2000, learningRate: 0.5, gamma: 1 } as const;

  it.each(["q-learning", "sarsa", "expected-sarsa", "n-step-sarsa", "sarsa-lambda", "lambda-return", "soft-q-learning"] as const)(
    "teach %s, which needs no table",
    async (algo) => {
      const env = defineEnvironment({ id: "Corridor-v0", timeLimit: 50, create: () => ({ ...SPACES, ...corridor() }) });
      const { policy } = await trained({ ...options, learningRate: 0.1, algo, env });
      expect((await evaluate(policy, { env, episodes: 3 })).returns).toEqual([-5, -5, -5]);
    },
  );

  it("may take their time, and teach the same", async () => {
    const env = defineEnvironment({ id: "Corridor-v0", timeLimit: 50, create: () => ({ ...SPACES, ...corridor() }) });
    const slow = defineAsyncEnvironment({
      id: "Corridor-v0",
      timeLimit: 50,
      ...SPACES,
      async create() {
        const { reset, step } = corridor();
        return { reset: async () => reset(), step: async (action: number) => step(action) };
      },
    });
    const quick = await trained({ ...options, algo: "sarsa", env });
    const late = await trained({ ...options, algo: "sarsa", env: slow });
    expect(outputsOf(late.policy, { states: 6, actions: 2 })).toEqual(outputsOf(quick.policy, { states: 6, actions: 2 }));
  });
});

describe("tabular methods refuse before any work", () => {
  const message = "a tabular method needs discrete observations and actions, such as FrozenLake-v1 has; CartPole-v1 has ";

  it.each(["q-learning", "sarsa", "td", "td-lambda", "soft-q-learning", "value-iteration"] as const)(
    "vectors, which no table has a row for: %s",
    (algo) => {
      const start = () => train({ algo, env: "CartPole-v1" } as TrainOptions);
      expect(start).toThrow(UsageError);
      expect(start).toThrow(message);
      expect(() => train({ algo, env: "Pendulum-v1" } as TrainOptions)).toThrow(/discrete/);
    },
  );

  it("an ε that is no probability", () => {
    expect(() => train({ ...SHORT, epsilon: 2 })).toThrow(new UsageError("epsilon is a probability, at most 1, not 2"));
    expect(() => train({ ...SHORT, algo: "td", epsilon: "linear(1,3)" })).toThrow(/^epsilon is a probability/);
  });

  it("to look ahead where there is no table", () => {
    const env = defineEnvironment({ id: "Corridor-v0", timeLimit: 50, create: () => ({ ...SPACES, ...corridor() }) });
    expect(() => train({ algo: "td", env })).not.toThrow();
    expect(() => train({ algo: "td", env, control: true })).toThrow(/^Corridor-v0 has no table of transitions/);
  });
});
