/** Q actor-critic against second implementations in float64: advantages, targets, the loss and its gradient; and its runs. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { actorCriticLoss } from "../../src/algos/on-policy.js";
import { actionAdvantage, sarsaTarget, type Transitions } from "../../src/algos/q-actor-critic.js";
import { ActorQCritic } from "../../src/nn/actor-q-critic.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import {
  affine64,
  BATCH,
  batchTensors,
  distribution64,
  exampleSteps,
  expectLoss,
  HIDDEN,
  INPUTS,
  knownWeights,
  mean64,
  NETWORKS,
  type NetworkKind,
  outputs64,
  policy64,
  RUNTIMES,
  rows,
  type Weights,
} from "../oracle/losses.js";
import { drawn, randomNormals } from "../oracle/random.js";
import { expectSameStart, runOf, warningsOf } from "../oracle/runs.js";

/** Sums of a dozen float32 products through three layers, near 1. Measured: 3.2e-7. */
const FLOAT32_TOLERANCE = 3e-6;
const GAMMA = 0.9;

/** What the critic puts out for a state and, where actions are vectors, one of them beside it. */
function critic64(
  weights: Weights,
  observation: readonly number[],
  action: readonly number[],
  { space, sharedTrunk }: NetworkKind,
): number[] {
  if (space.kind === "discrete") return outputs64(weights, "critic", observation);
  if (!sharedTrunk) return outputs64(weights, "critic", [...observation, ...action]);
  const trunk = HIDDEN.reduce<readonly number[]>((x, _, i) => affine64(weights, `trunk.${i}`, x).map(Math.tanh), observation);
  return affine64(weights, "critic.1", affine64(weights, "critic.0", [...trunk, ...action]).map(Math.tanh));
}

/** Q(s, a) */
function value64(weights: Weights, observation: readonly number[], action: readonly number[], kind: NetworkKind): number {
  return critic64(weights, observation, action, kind)[kind.space.kind === "discrete" ? (action[0] as number) : 0] as number;
}

/** E_π Q(s, ·): the sum over indices, the value of the mean moved by `noise` deviations for vectors. */
function expected64(weights: Weights, observation: readonly number[], noise: readonly number[], kind: NetworkKind): number {
  const policy = distribution64(weights, observation, kind.space);
  if (policy.kind === "categorical") {
    return critic64(weights, observation, [], kind).reduce((sum, q, a) => sum + Math.exp(policy.logProbs[a] as number) * q, 0);
  }
  return value64(
    weights,
    observation,
    policy.mean.map((m, i) => m + Math.exp(policy.logStd[i] as number) * (noise[i] as number)),
    kind,
  );
}

function example(backend: Backend, kind: NetworkKind) {
  const options = { ...kind, hidden: HIDDEN, activation: "tanh", logStdInit: 0 } as const;
  const network = new ActorQCritic(backend, INPUTS, kind.space, options, 1);
  const weights = knownWeights(network.parameters, 7);
  const normal = randomNormals(9);
  const steps = exampleSteps(kind.space, normal);
  const batch = {
    ...steps,
    reward: drawn(BATCH, normal),
    terminated: drawn(BATCH, () => Number(normal() > 0.5)),
    nextObservation: drawn(BATCH * INPUTS, normal),
  };
  return { network, weights, batch, noise: drawn(BATCH * 2, normal), normal };
}

/** The batch as plain rows. */
function rowsOf({ batch, noise }: ReturnType<typeof example>, kind: NetworkKind) {
  const width = kind.space.kind === "discrete" ? 1 : 2;
  return {
    observation: rows(batch.observation, INPUTS),
    next: rows(batch.nextObservation, INPUTS),
    action: rows(batch.action, width),
    noise: rows(noise, 2),
  };
}

function transitionTensors(batch: ReturnType<typeof example>["batch"], kind: NetworkKind): Transitions {
  const { nextObservation, ...rest } = batch;
  return { ...batchTensors(rest, kind.space), nextObservation: tf.tensor2d(nextObservation, [BATCH, INPUTS]) } as unknown as Transitions;
}

function expectClose(got: ArrayLike<number>, wanted: readonly number[]): void {
  expect(got).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries())
    expect(Math.abs((got[i] as number) - value) / (1 + Math.abs(value))).toBeLessThan(FLOAT32_TOLERANCE);
}

const EXAMPLES = RUNTIMES.flatMap((runtime) => NETWORKS.map((kind) => ({ ...runtime, kind, ...kind })));

describe.each(EXAMPLES)("over $actions on $backend with $kernels kernels (shared trunk: $sharedTrunk)", ({ backend, kernels, kind }) => {
  it("advantages are Q(s, a) − E_π Q(s, ·), targets r + γ E_π Q(s', ·), and nothing follows termination", async () => {
    const started = await startBackend(backend, kernels);
    const one = example(started, kind);
    const { network, weights, batch } = one;
    const { observation, next, action, noise } = rowsOf(one, kind);
    const [advantage, target] = tf.tidy(() => {
      const mb = transitionTensors(batch, kind);
      const drawnNormals = tf.tensor2d(one.noise, [BATCH, 2]);
      return [actionAdvantage(network, mb).dataSync(), sarsaTarget(network, mb, GAMMA, drawnNormals).dataSync()];
    });
    expectClose(
      advantage,
      observation.map((x, i) => value64(weights, x, action[i] as number[], kind) - expected64(weights, x, [0, 0], kind)),
    );
    expectClose(
      target,
      next.map((x, i) => {
        const coming = batch.terminated[i] ? 0 : GAMMA * expected64(weights, x, noise[i] as number[], kind);
        return (batch.reward[i] as number) + coming;
      }),
    );
    started.dispose();
  });

  it("the loss is the policy's and the action value's, and so is its gradient", async () => {
    const started = await startBackend(backend, kernels);
    const one = example(started, kind);
    const { network, batch, normal } = one;
    const { observation, action } = rowsOf(one, kind);
    const given = { advantage: drawn(BATCH, () => 0.3 + normal()), returns: drawn(BATCH, normal) };
    const options = { entropyCoefficient: 0.2, valueCoefficient: 0.7, normalizeAdvantage: false };
    expectLoss({
      parameters: network.parameters,
      weights: one.weights,
      batchOf: () => batchTensors({ observation: batch.observation, action: batch.action, ...given }, kind.space),
      lossOf: (tensors) => actorCriticLoss(network, tensors as unknown as Parameters<typeof actorCriticLoss>[1], options),
      loss64: (weights) => {
        const terms = observation.map((x, i) => {
          const taken = action[i] as number[];
          const { logProb, entropy } = policy64(weights, x, taken, kind.space);
          const squared = (value64(weights, x, taken, kind) - (given.returns[i] as number)) ** 2;
          return { gain: logProb * (given.advantage[i] as number), entropy, squared };
        });
        const policyLoss = -mean64(terms.map(({ gain }) => gain));
        const valueLoss = mean64(terms.map(({ squared }) => squared));
        const entropy = mean64(terms.map((term) => term.entropy));
        return { loss: policyLoss + 0.7 * valueLoss - 0.2 * entropy, policyLoss, valueLoss, entropy };
      },
    });
    started.dispose();
  });
});

const SHORT = { algo: "q-actor-critic", seed: 3, totalSteps: 200, numEnvs: 5, hidden: [8] } as const;

describe.each(["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const)("training on %s", (env) => {
  it("replays its updates with every network and kind of σ", async () => {
    const variants = [{}, { sharedTrunk: true, steps: 4 }, { stateDependentStd: true, normalizeAdvantage: true }] as const;
    const warnings = await warningsOf(async () => {
      for (const variant of variants) await runOf({ ...SHORT, env, ...variant });
    });
    expect(warnings).toEqual([]);
  });

  it.each(RUNTIMES.slice(1))("begins in the same way on $backend with $kernels kernels", async (runtime) => {
    await expectSameStart({ ...SHORT, env, totalSteps: 20 }, runtime);
  });

  it("exports a policy without a value function", async () => {
    const { policy } = await runOf({ ...SHORT, env, totalSteps: 5 });
    expect(() => policy.values(new Float32Array(12))).toThrow("has no critic");
  });
});
