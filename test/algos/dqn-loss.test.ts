/** DQN's targets, loss and priorities against a second implementation in float64, from the environment on. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { dqn, dqnLoss, dqnSteps, dqnTarget } from "../../src/algos/dqn.js";
import { setUpOffPolicy, type TransitionBatch, transitionTensors } from "../../src/algos/off-policy.js";
import { resolveOptions } from "../../src/core/options.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { QNetwork } from "../../src/nn/q-network.js";
import { column } from "../../src/wasm/heap.js";
import { CUT_AT, counter, TERMINATES_AT } from "../oracle/counter.js";
import { BATCH, expectLoss, INPUTS, knownWeights, mean64, RUNTIMES, rows, type Weights } from "../oracle/losses.js";
import { forward64 } from "../oracle/network.js";
import { ACTIONS, exampleQNetwork, values64 } from "../oracle/q-network.js";
import { drawn, randomNormals, randomNumbers } from "../oracle/random.js";

/** Targets near 1, of float32 sums over a dozen products. Measured: 3e-7. */
const TARGET_TOLERANCE = 2e-6;
/** Relative, of float32 errors to the power of 0.6. Measured: 1e-6. */
const PRIORITY_TOLERANCE = 1e-5;
let backend: Backend;
afterEach(() => backend.dispose());

type Batch = { readonly [K in keyof TransitionBatch]: Float32Array };

/** Discounts as n-step transitions have them: γ, γ², γ³, and 0 where the episode terminated. */
const DISCOUNTS = [0.9, 0.81, 0.729, 0];

function exampleBatch(seed: number): Batch {
  const [normal, random] = [randomNormals(seed), randomNumbers(seed)];
  return {
    observation: drawn(BATCH * INPUTS, normal),
    action: drawn(BATCH, () => Math.floor(ACTIONS.n * random())),
    reward: drawn(BATCH, normal),
    nextObservation: drawn(BATCH * INPUTS, normal),
    discount: drawn(BATCH, () => DISCOUNTS[Math.floor(4 * random())] as number),
    weight: drawn(BATCH, () => 0.1 + 0.9 * random()),
  };
}

/** The batch on the current backend. */
function tensorsOf(batch: Batch): TransitionBatch {
  return {
    observation: tf.tensor2d(batch.observation, [BATCH, INPUTS]),
    action: tf.tensor1d(Int32Array.from(batch.action), "int32"),
    reward: tf.tensor1d(batch.reward),
    nextObservation: tf.tensor2d(batch.nextObservation, [BATCH, INPUTS]),
    discount: tf.tensor1d(batch.discount),
    weight: tf.tensor1d(batch.weight),
  };
}

const indexOfLargest = (values: readonly number[]) => values.indexOf(Math.max(...values));

/** y of every row. */
function targets64(target: Weights, choosing: Weights, { reward, discount, nextObservation }: Batch): number[] {
  return rows(nextObservation, INPUTS).map((next, i) => {
    const action = indexOfLargest(values64(choosing, next));
    return (reward[i] as number) + (discount[i] as number) * (values64(target, next)[action] as number);
  });
}

const CASES = RUNTIMES.flatMap((runtime) => [false, true].map((dueling) => ({ ...runtime, dueling })));

describe.each(CASES)("on $backend with $kernels kernels (dueling: $dueling)", ({ dueling, ...runtime }) => {
  it.each([false, true])("targets are the papers' (double: %s)", async (double) => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const [q, target] = [exampleQNetwork(backend, dueling, 1), exampleQNetwork(backend, dueling, 2)];
    const batch = exampleBatch(3);
    const got = tf.tidy(() => [...dqnTarget(q.network, target.network, tensorsOf(batch), { double }).dataSync()]);
    const wanted = targets64(target.weights, double ? q.weights : target.weights, batch);
    expect(Math.max(...got.map((y, i) => Math.abs(y - (wanted[i] as number))))).toBeLessThan(TARGET_TOLERANCE);
    const other = targets64(target.weights, double ? target.weights : q.weights, batch);
    expect(got.filter((y, i) => Math.abs(y - (other[i] as number)) > 0.01).length, "rows where both differ").toBeGreaterThan(3);
    expect(got.filter((y, i) => batch.discount[i] === 0 && y === batch.reward[i]).length, "terminated rows").toBeGreaterThan(1);
  });

  it.each([0.5, 1, 100])(
    "the loss is Huber's of the temporal-difference errors, weighted, and so is its gradient (κ = %d)",
    async (kappa) => {
      backend = await startBackend(runtime.backend, runtime.kernels);
      const { network, weights } = exampleQNetwork(backend, dueling, 4);
      const batch = exampleBatch(5);
      const y = drawn(BATCH, () => 0);
      y.set(targets64(weights, weights, batch));
      const errors64 = (moved: Weights) =>
        rows(batch.observation, INPUTS).map((row, i) => (y[i] as number) - (values64(moved, row)[batch.action[i] as number] as number));
      const huber = (error: number) => (Math.abs(error) <= kappa ? error ** 2 / 2 : kappa * (Math.abs(error) - kappa / 2));
      const sizes = errors64(weights).map(Math.abs);
      expect(Math.min(sizes.filter((size) => size < 1).length, sizes.filter((size) => size > 1).length)).toBeGreaterThan(4);
      expectLoss({
        parameters: network.parameters,
        weights,
        batchOf: () => ({ mb: tensorsOf(batch), y: tf.tensor1d(y) }),
        lossOf: ({ mb, y }) => dqnLoss(network, mb, y, { huberThreshold: kappa }),
        loss64: (moved) => {
          const errors = errors64(moved);
          return {
            loss: mean64(errors.map((error, i) => (batch.weight[i] as number) * huber(error))),
            tdError: mean64(errors.map(Math.abs)),
            meanQ: mean64(errors.map((error, i) => (y[i] as number) - error)),
          };
        },
      });
    },
  );
});

describe("from the environment to the target", () => {
  /** The n-step target of the step that stands in a slot, from what is known of the environment: its lanes all play the same. */
  function target64(slot: number, lanes: number, nStep: number, value: (count: number) => number): number {
    const gamma = 0.9;
    const time = Math.floor(slot / lanes) % (TERMINATES_AT + CUT_AT);
    const [terminates, start] = time < TERMINATES_AT ? [true, time] : [false, time - TERMINATES_AT];
    const end = terminates ? TERMINATES_AT : CUT_AT;
    let [sum, discount] = [0, 1];
    for (let count = start + 1; ; count++) {
      sum += discount * count;
      discount *= gamma;
      if (count === end) return terminates ? sum : sum + discount * value(count);
      if (count === start + nStep) return sum + discount * value(count);
    }
  }

  it.each([
    [1, 1],
    [1, 3],
    [3, 1],
    [3, 3],
  ])("%i lanes and %i steps: what was cut is bootstrapped from its last observation, what terminated never is", async (numEnvs, nStep) => {
    backend = await startBackend("wasm");
    const q = new QNetwork(backend, 1, 2, { hidden: [4], activation: "tanh", dueling: false }, 1);
    knownWeights(q.parameters, 2);
    const options = {
      ...{ numEnvs, trainFrequency: 10, gradientSteps: 1, learningStarts: 0, bufferSize: 1000, batchSize: 64, nStep, gamma: 0.9 },
      ...{ frameStack: 1, normalizeReward: false },
    };
    const acting = { actor: q.actor.located, critic: [], sampler: { kind: "epsilonGreedy", epsilon: column(backend.heap, [1]) } } as const;
    const session = { spec: counter, backend, seed: 1, totalSteps: 100 };
    const { rollout, replay } = await setUpOffPolicy(session, acting, options);
    for (let i = 0; i < 4; i++) {
      rollout.collect();
      replay.push(rollout.columns);
    }
    const value = (count: number) => Math.max(...forward64(q.actor.located, [count]));
    const newest = 40 - nStep; // windows of later steps are shorter
    const seen = new Set<number>();
    for (let draw = 0; draw < 10; draw++) {
      replay.sample();
      const y = tf.tidy(() => dqnTarget(q, q, transitionTensors(backend, replay.columns), { double: draw % 2 === 1 }).dataSync());
      for (const [i, slot] of replay.index.data.entries()) {
        if (Math.floor(slot / numEnvs) > newest) continue;
        seen.add(Math.floor(slot / numEnvs) % (TERMINATES_AT + CUT_AT));
        const wanted = target64(slot, numEnvs, nStep, value);
        expect(Math.abs((y[i] as number) - wanted) / (1 + Math.abs(wanted)), `slot ${slot}: ${y[i]}, not ${wanted}`).toBeLessThan(
          TARGET_TOLERANCE,
        );
      }
    }
    expect(seen.size).toBe(TERMINATES_AT + CUT_AT);
  });
});

describe("temporal-difference errors", () => {
  it.each(RUNTIMES)("become priorities on $backend with $kernels kernels, as they were before the step", async (runtime) => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const options = resolveOptions(
      "dqn",
      dqn.fields,
      { prioritised: true, nStep: 2, learningRate: 0.03, numEnvs: 5, trainFrequency: 8, batchSize: 32, bufferSize: 500 },
      {},
    );
    const newNetwork = () => new QNetwork(backend, 1, 2, { hidden: [4], activation: "tanh", dueling: false }, 1);
    const [q, target] = [newNetwork(), newNetwork()];
    knownWeights(q.parameters, 3);
    knownWeights(target.parameters, 4);
    const sampler = { kind: "epsilonGreedy", epsilon: column(backend.heap, [1]) } as const;
    const session = { spec: counter, backend, seed: 1, totalSteps: 100 };
    const acting = { actor: q.actor.located, critic: [], sampler };
    const { rollout, replay } = await setUpOffPolicy(session, acting, { ...options, prioritised: { alpha: 0.6 } });
    const steps = dqnSteps({ q, target, replay, exploration: { sampler, moveTo: () => ({}) } }, options, session);
    rollout.collect();
    replay.push(rollout.columns);
    steps.explore?.(0);
    const all = new Map<number, number>();
    for (let step = 0; step < 3; step++) {
      replay.sample(1);
      const { observation, action, reward, nextObservation, discount } = replay.columns;
      for (const [i, slot] of replay.index.data.entries()) {
        const next = Math.max(...forward64(target.actor.located, [nextObservation.data[i] as number]));
        const value = forward64(q.actor.located, [observation.data[i] as number])[action.data[i] as number] as number;
        all.set(slot, (reward.data[i] as number) + (discount.data[i] as number) * next - value);
      }
      await steps.learn(0);
      await steps.pull();
      const priority = replay.snapshot()["priority"] as Float32Array;
      for (const [slot, error] of all) {
        const wanted = (Math.abs(error) + 1e-6) ** 0.6;
        expect(Math.abs((priority[slot] as number) - wanted) / wanted, `slot ${slot}`).toBeLessThan(PRIORITY_TOLERANCE);
      }
    }
    expect(new Set([...all.values()].map((error) => error.toFixed(2))).size).toBeGreaterThan(10);
    expect((await steps.metrics())["tdError"]).toBeGreaterThan(0.1);
  });
});
