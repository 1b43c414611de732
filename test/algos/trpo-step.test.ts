/** The natural step and what it changes, against dense linear algebra in float64. */
import { describe, expect, it } from "vitest";
import { fittedCritic, splitParameters } from "../../src/algos/critic.js";
import { NaturalPolicy } from "../../src/algos/natural.js";
import { setUpOnPolicy } from "../../src/algos/on-policy.js";
import { lineSearch } from "../../src/algos/trpo.js";
import { environments } from "../../src/envs/registry.js";
import type { ActorCritic } from "../../src/nn/actor-critic.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import type { Rollout } from "../../src/rollout/rollout.js";
import { actionsUnder, kl64 } from "../oracle/expectation.js";
import { solve, times } from "../oracle/linear.js";
import {
  distribution64,
  finiteDifferences,
  HIDDEN,
  mean64,
  policy64,
  RUNTIMES,
  rows,
  standardise64,
  type Weights,
} from "../oracle/losses.js";

/** The step relative to its largest number: a residual of 1e-5, times the condition of a matrix damped by 0.1. Measured: 1.5e-4. */
const STEP_TOLERANCE = 1e-3;
/** Of a surrogate, a KL and an entropy near 1, in float32. Measured: 2.7e-6. */
const CHANGE_TOLERANCE = 1e-5;

const DAMPING = 0.1;
const DELTA = 0.02;

const KINDS = [
  { env: "CartPole-v1", sharedTrunk: false, stateDependentStd: false },
  { env: "CartPole-v1", sharedTrunk: true, stateDependentStd: false },
  { env: "Pendulum-v1", sharedTrunk: false, stateDependentStd: false },
  { env: "Pendulum-v1", sharedTrunk: true, stateDependentStd: true },
] as const;
const EXAMPLES = RUNTIMES.flatMap((runtime) => KINDS.map((kind) => ({ ...runtime, kind })));
type Kind = (typeof KINDS)[number];

/** A small network after a short rollout, with advantages estimated. */
async function example(backend: Backend, { env, sharedTrunk, stateDependentStd }: Kind, normalizeAdvantage = true) {
  const session = { spec: environments[env], backend, seed: 3, totalSteps: 1 };
  const network = { hidden: HIDDEN, activation: "tanh", sharedTrunk, stateDependentStd, logStdInit: -0.5 } as const;
  const setup = await setUpOnPolicy(session, { ...network, numEnvs: 3, steps: 8 });
  await setup.rollout.collect();
  setup.rollout.estimateAdvantages(0.99, 0.95);
  const options = { targetKl: DELTA, cgSteps: 60, cgDamping: DAMPING, normalizeAdvantage };
  return { ...setup, session, policy: new NaturalPolicy(setup, session, options) };
}

/** The network's weights, as acting has them. */
const weightsOf = ({ parameters }: ActorCritic): Weights =>
  Object.fromEntries(parameters.list.map(({ name, column }) => [name, Float64Array.from(column.data)]));

const flat = ({ policyParameters }: ActorCritic) => policyParameters.flatMap(({ column }) => Array.from(column.data));

/** The rollout's steps as plain numbers. */
function stepsOf({ columns, size, env: { spec } }: Rollout) {
  const states = rows(
    columns.observation.data.slice(0, (size * columns.observation.length) / (size + 3)),
    columns.observation.shape[2] ?? 1,
  );
  return {
    states,
    actions: rows(columns.action.data, columns.action.shape[2] ?? 1),
    advantages: Array.from(columns.advantage.data),
    space: spec.actionSpace,
  };
}

/** E[(r − 1) Â], E[KL(old ‖ new)] and E[H(new)]. */
function change64(old: Weights, now: Weights, rollout: Rollout, normalizeAdvantage: boolean) {
  const { states, actions, advantages, space } = stepsOf(rollout);
  const standard = normalizeAdvantage ? standardise64(advantages) : advantages;
  const logProb = (weights: Weights, i: number) => policy64(weights, states[i] as number[], actions[i] as number[], space).logProb;
  return {
    improvement: mean64(states.map((_, i) => (Math.exp(logProb(now, i) - logProb(old, i)) - 1) * (standard[i] as number))),
    kl: mean64(states.map((state) => kl64(old, now, state, space))),
    entropy: mean64(states.map((state, i) => policy64(now, state, actions[i] as number[], space).entropy)),
  };
}

/** √(2δ / gᵀx) x with x = (F + λI)⁻¹ g, F the expectation of scores. */
function naturalStep64(network: ActorCritic, rollout: Rollout, normalizeAdvantage: boolean): number[] {
  const weights = weightsOf(network);
  const { states, space } = stepsOf(rollout);
  const names = network.policyParameters.map(({ name }) => name);
  const joined = (gradient: Readonly<Record<string, number[]>>) => names.flatMap((name) => gradient[name] as number[]);
  const gradient = joined(finiteDifferences(weights, (moved) => change64(weights, moved, rollout, normalizeAdvantage).improvement));
  const matrix = gradient.map((_, i) => gradient.map((__, k): number => (i === k ? DAMPING : 0)));
  for (const state of states) {
    for (const { action, weight } of actionsUnder(distribution64(weights, state, space))) {
      const score = joined(finiteDifferences(weights, (moved) => policy64(moved, state, action, space).logProb));
      for (const [i, row] of matrix.entries()) {
        for (const [k, s] of score.entries()) row[k] = (row[k] as number) + (weight / states.length) * (score[i] as number) * s;
      }
    }
  }
  const direction = solve(matrix, gradient);
  const length = Math.sqrt((2 * DELTA) / direction.reduce((sum, x, i) => sum + x * (gradient[i] as number), 0));
  const step = direction.map((x) => length * x);
  const square = times(matrix, step).reduce((sum, x, i) => sum + x * (step[i] as number), 0);
  expect(square).toBeCloseTo(2 * DELTA, 9);
  return step;
}

describe.each(EXAMPLES)("the natural step on $backend with $kernels kernels, with $kind", ({ backend: name, kernels, kind }) => {
  it.each([true, false])(
    "is that of dense matrices, and changes what it is said to change (advantages standardised: %s)",
    async (standardised) => {
      const backend = await startBackend(name, kernels);
      const { network, rollout, policy } = await example(backend, kind, standardised);
      const [old, start] = [weightsOf(network), flat(network)];
      const step = await policy.naturalStep();
      const wanted = naturalStep64(network, rollout, standardised);
      const largest = Math.max(...wanted.map(Math.abs));
      expect(Math.max(...wanted.map((x, i) => Math.abs(x - (step[i] as number)))) / largest).toBeLessThan(STEP_TOLERANCE);
      for (const fraction of [1, 0.3, 0]) {
        policy.move(step, fraction);
        const moved = start.map((x, i) => Math.fround(x + fraction * (step[i] as number)));
        expect(flat(network)).toEqual(moved);
        const change = await policy.change();
        const expected = change64(old, weightsOf(network), rollout, standardised);
        for (const key of ["improvement", "kl", "entropy"] as const) {
          expect(Math.abs(change[key] - expected[key]), `${key} ${change[key]}, not ${expected[key]}`).toBeLessThan(CHANGE_TOLERANCE);
        }
        expect(expected.kl > DELTA / 10).toBe(fraction === 1);
      }
      backend.dispose();
    },
  );
});

describe("the natural step", () => {
  it("is 0 where all advantages are, and the line search then stays where it is", async () => {
    const backend = await startBackend("wasm");
    const { network, rollout, policy } = await example(backend, KINDS[0]);
    rollout.columns.advantage.data.fill(0);
    const start = flat(network);
    const step = await policy.naturalStep();
    expect(step.every((x) => x === 0)).toBe(true);
    const { stepFraction, kl } = await lineSearch(policy, step, { targetKl: DELTA, lineSearchSteps: 10, lineSearchShrinkage: 0.8 });
    expect([stepFraction, kl < 1e-7]).toEqual([0, true]);
    expect(flat(network)).toEqual(start);
    backend.dispose();
  });

  it.each(KINDS)(
    "leaves the critic alone, as the critic's regression leaves the policy, with $env, shared trunk: $sharedTrunk",
    async (kind) => {
      const backend = await startBackend("wasm");
      const { network, rollout, policy, session } = await example(backend, kind);
      const { value } = splitParameters(network);
      const values = () => value.list.flatMap(({ column }) => Array.from(column.data));
      const [critic, before] = [values(), flat(network)];
      policy.move(await policy.naturalStep(), 1);
      expect(values()).toEqual(critic);
      expect(flat(network)).not.toEqual(before);
      const moved = flat(network);
      fittedCritic(network, value, rollout, session, { criticLearningRate: 0.01, criticEpochs: 2, batchSize: 12 }).fit(0);
      expect(flat(network)).toEqual(moved);
      expect(values()).not.toEqual(critic);
      expect(moved.length + critic.length).toBe(network.parameters.list.reduce((sum, { column }) => sum + column.length, 0));
      backend.dispose();
    },
  );
});
