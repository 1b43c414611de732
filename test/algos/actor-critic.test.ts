/** Batch actor-critic: its critic against the solution of a batch, and its runs. */
import { describe, expect, it } from "vitest";
import { setUpOnPolicy } from "../../src/algos/on-policy.js";
import { environments } from "../../src/envs/registry.js";
import { startBackend } from "../../src/nn/backend.js";
import type { Column } from "../../src/wasm/heap.js";
import { RUNTIMES } from "../oracle/losses.js";
import { expectSameStart, runOf, warningsOf } from "../oracle/runs.js";

/** What a few thousand steps of Adam leave of the way there. Measured: 6e-8. */
const VALUE_TOLERANCE = 1e-6;

/** On one-hot observations a table. */
const NETWORK = { hidden: [], activation: "tanh", sharedTrunk: false, stateDependentStd: false, logStdInit: 0 } as const;
const TABULAR = {
  seed: 1,
  numEnvs: 8,
  steps: 100,
  batchSize: 800,
  gamma: 0.9,
  targetUpdates: 2000,
  learningRate: 0,
  criticLearningRate: 0.01,
} as const;

const SHORT = {
  algo: "actor-critic",
  seed: 3,
  totalSteps: 200,
  numEnvs: 5,
  steps: 20,
  batchSize: 25,
  targetUpdates: 3,
  hidden: [8],
} as const;

/** One rollout's steps as numbers: states, what they led to, and what was seen on the way. */
async function firstRollout(options: typeof TABULAR) {
  const backend = await startBackend("wasm");
  const session = { spec: environments["FrozenLake-v1"], backend, seed: options.seed, totalSteps: 1 };
  const { rollout } = await setUpOnPolicy(session, { ...NETWORK, ...options, keepSuccessors: true });
  await rollout.collect();
  const { observation, nextObservation, reward, terminated, truncated } = rollout.columns;
  const indexOf = (data: Float32Array, i: number) => data.subarray(16 * i, 16 * i + 16).indexOf(1);
  const steps = Array.from(reward.data, (r, i) => ({
    state: indexOf(observation.data, i),
    next: indexOf((nextObservation as Column<"float32">).data, i),
    reward: r,
    isTerminal: terminated.data[i] === 1,
    isLast: terminated.data[i] === 1 || truncated.data[i] === 1 || i + options.numEnvs >= reward.length,
  }));
  backend.dispose();
  return steps;
}

type Step = Awaited<ReturnType<typeof firstRollout>>[number];

/** V(s) = the mean of its targets under V, by repeated substitution; a state that wasn't visited keeps 0. */
function fixedPoint(steps: readonly Step[], target: (value: readonly number[], i: number) => number): number[] {
  let value = Array<number>(16).fill(0);
  for (let sweep = 0; sweep < 1000; sweep++) {
    const [sums, counts] = [Array<number>(16).fill(0), Array<number>(16).fill(0)];
    for (const [i, { state }] of steps.entries()) {
      sums[state] = (sums[state] as number) + target(value, i);
      counts[state] = (counts[state] as number) + 1;
    }
    value = sums.map((sum, s) => (counts[s] ? sum / (counts[s] as number) : 0));
  }
  return value;
}

/** What the critic is to be fitted to at step i, from the present values. */
const TARGETS = {
  bootstrapped: (steps: readonly Step[]) => (value: readonly number[], i: number) => {
    const { reward, next, isTerminal } = steps[i] as Step;
    return reward + (isTerminal ? 0 : TABULAR.gamma * (value[next] as number));
  },
  monteCarlo: (steps: readonly Step[]) => (value: readonly number[], i: number) => {
    for (let [sum, discount, k] = [0, 1, i]; ; k += TABULAR.numEnvs) {
      const { reward, next, isTerminal, isLast } = steps[k] as Step;
      sum += discount * reward;
      discount *= TABULAR.gamma;
      if (isLast) return sum + (isTerminal ? 0 : discount * (value[next] as number));
    }
  },
};

describe("the critic of a table, fitted to one batch again and again", () => {
  // Sutton & Barto 2018, section 6.3: batch TD(0) gives the values of the most likely model, batch Monte Carlo the mean returns.
  it.each(["bootstrapped", "monteCarlo"] as const)("comes to the batch's own solution by %s targets", async (criticTarget) => {
    const { policy } = await runOf({ ...NETWORK, ...TABULAR, criticTarget, algo: "actor-critic", env: "FrozenLake-v1", totalSteps: 1 });
    const steps = await firstRollout(TABULAR);
    const wanted = fixedPoint(steps, TARGETS[criticTarget](steps));
    const values = policy.values(Float32Array.from(wanted, (_, state) => state));
    const visited = new Set(steps.map(({ state }) => state));
    const errors = [...visited].map((state) => Math.abs((values[state] as number) - (wanted[state] as number)));
    expect(Math.max(...errors)).toBeLessThan(VALUE_TOLERANCE);
    expect(Math.max(...wanted)).toBeGreaterThan(1e5 * VALUE_TOLERANCE);
    const other = fixedPoint(steps, TARGETS[criticTarget === "bootstrapped" ? "monteCarlo" : "bootstrapped"](steps));
    expect(Math.max(...wanted.map((value, s) => Math.abs(value - (other[s] as number))))).toBeGreaterThan(1e3 * VALUE_TOLERANCE);
  });
});

describe.each(["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const)("training on %s", (env) => {
  it("replays its updates with every network, target and kind of σ", async () => {
    const variants = [
      {},
      { sharedTrunk: true, criticTarget: "monteCarlo" },
      { stateDependentStd: true, normalizeAdvantage: true },
    ] as const;
    const warnings = await warningsOf(async () => {
      for (const variant of variants) await runOf({ ...SHORT, env, ...variant });
    });
    expect(warnings).toEqual([]);
  });

  it("evaluates its advantages with the critic that it has just fitted", async () => {
    const unfitted = await runOf({ ...SHORT, env, totalSteps: 100, criticLearningRate: 0 });
    const fitted = await runOf({ ...SHORT, env, totalSteps: 100 });
    expect(fitted.metrics[0]?.["policyLoss"]).not.toBe(unfitted.metrics[0]?.["policyLoss"]);
  });

  it.each(RUNTIMES.slice(1))("begins in the same way on $backend with $kernels kernels", async (runtime) => {
    await expectSameStart({ ...SHORT, env, totalSteps: 100 }, runtime);
  });
});
