/** REINFORCE: its loss against a second implementation in float64, its gradient against finite differences, and its runs. */
import { describe, expect, it } from "vitest";
import { splitParameters } from "../../src/algos/critic.js";
import { type ReinforceBatch, reinforceLoss } from "../../src/algos/reinforce.js";
import { UsageError } from "../../src/core/errors.js";
import { sizeOf } from "../../src/core/spaces.js";
import { startBackend } from "../../src/nn/backend.js";
import { train } from "../../src/run/train.js";
import {
  BATCH,
  batchTensors,
  exampleNetwork,
  exampleSteps,
  expectLoss,
  INPUTS,
  mean64,
  NETWORKS,
  policy64,
  RUNTIMES,
  rows,
  value64,
  type Weights,
} from "../oracle/losses.js";
import { drawn, randomNormals } from "../oracle/random.js";
import { expectSameStart, runOf, warningsOf } from "../oracle/runs.js";

const EXAMPLES = RUNTIMES.flatMap((runtime) => NETWORKS.map((kind) => ({ ...runtime, kind, ...kind })));
const LOSSES = [
  { entropyCoefficient: 0.3, valueCoefficient: 0 },
  { entropyCoefficient: 0, valueCoefficient: 0.4 },
];

describe.each(EXAMPLES)(
  "the loss over $actions on $backend with $kernels kernels (shared trunk: $sharedTrunk)",
  ({ backend, kernels, kind }) => {
    it.each(LOSSES)("is −Σ w (Ψ − b) ln π / counted with its regularisers, and so is its gradient, with %j", async (options) => {
      const started = await startBackend(backend, kernels);
      const { network, weights } = exampleNetwork(started, kind);
      const normal = randomNormals(5);
      const steps = exampleSteps(kind.space, normal);
      const columns = () => drawn(BATCH, () => 0.2 + normal());
      const batch = { ...steps, outcome: columns(), baseline: columns(), weight: columns(), returns: columns() };
      const counted = 17;
      expectLoss({
        parameters: options.valueCoefficient > 0 ? network.parameters : splitParameters(network).policy,
        weights: options.valueCoefficient > 0 ? weights : policyWeights(weights),
        batchOf: () => {
          const { counted: scalar, ...rest } = batchTensors({ ...batch, counted: Float32Array.of(counted) }, kind.space);
          return { ...rest, counted: scalar.asScalar() } as unknown as ReinforceBatch;
        },
        lossOf: (tensors) => reinforceLoss(network, tensors, options),
        loss64: (moved) => {
          const all = { ...weights, ...moved };
          const action = rows(batch.action, sizeOf(kind.space));
          const terms = rows(batch.observation, INPUTS).map((x, i) => {
            const { logProb, entropy } = policy64(all, x, action[i] as number[], kind.space);
            const credit = (batch.weight[i] as number) * ((batch.outcome[i] as number) - (batch.baseline[i] as number));
            return { gain: credit * logProb, entropy, squared: (value64(all, x) - (batch.returns[i] as number)) ** 2 };
          });
          const policyLoss = (-mean64(terms.map(({ gain }) => gain)) * BATCH) / counted;
          const entropy = mean64(terms.map((term) => term.entropy));
          const valueLoss = mean64(terms.map(({ squared }) => squared));
          const loss = policyLoss - options.entropyCoefficient * entropy + options.valueCoefficient * valueLoss;
          return { loss, policyLoss, entropy, ...(options.valueCoefficient > 0 && { valueLoss }) };
        },
      });
      started.dispose();
    });
  },
);

/** Those that the policy depends on, in the network's order. */
function policyWeights(weights: Weights): Weights {
  return Object.fromEntries(Object.entries(weights).filter(([name]) => !name.startsWith("critic")));
}

const SHORT = { algo: "reinforce", seed: 3, totalSteps: 400, numEnvs: 5, steps: 40, batchSize: 50, criticEpochs: 2, hidden: [8] } as const;

/** So that episodes end, and some of them with a reward: Pendulum's all last 200 steps, one in 70 on the lake gets there by chance. */
describe.each([
  ["CartPole-v1", 40],
  ["Pendulum-v1", 200],
  ["FrozenLake-v1", 200],
] as const)("training on %s", (env, steps) => {
  const short = { ...SHORT, env, steps, totalSteps: 2 * steps * SHORT.numEnvs };

  it.each(["none", "average", "optimal", "value"] as const)("replays its updates with baseline %s, and learns", async (baseline) => {
    const variants = [
      { returns: "whole" },
      { discountSteps: true, sharedTrunk: true },
      { stateDependentStd: true, entropyCoefficient: 0.01 },
    ] as const;
    const still = await runOf({ ...short, baseline, learningRate: 0, criticLearningRate: 0 });
    const warnings = await warningsOf(async () => {
      for (const variant of variants) {
        const { weights, tensors } = await runOf({ ...short, baseline, ...variant });
        expect(weights).not.toBe(still.weights);
        expect(Object.keys(tensors).some((name) => name.startsWith("critic"))).toBe(baseline === "value");
      }
    });
    expect(warnings).toEqual([]);
  });

  it.each(RUNTIMES.slice(1).flatMap((runtime) => (["optimal", "value"] as const).map((baseline) => ({ ...runtime, baseline }))))(
    "begins in the same way on $backend with $kernels kernels and baseline $baseline",
    async ({ baseline, ...runtime }) => {
      await expectSameStart({ ...short, baseline, totalSteps: 1 }, runtime);
    },
  );
});

describe("an iteration", () => {
  it("begins new episodes, other ones each time", async () => {
    const { metrics } = await runOf({ ...SHORT, env: "Pendulum-v1", steps: 200, totalSteps: 3000, learningRate: 0, batchSize: 200 });
    expect(metrics.map(({ episodes, meanLength }) => [episodes, meanLength])).toEqual([
      [5, 200],
      [10, 200],
      [15, 200],
    ]);
    expect(new Set(metrics.map(({ meanReturn }) => meanReturn)).size).toBe(3);
  });

  it("learns nothing where no episode ended, unless a value function stands for what isn't seen", async () => {
    const cut = { ...SHORT, env: "Pendulum-v1", totalSteps: 1, learningRate: 0.01, criticLearningRate: 0 } as const;
    for (const baseline of ["none", "average", "optimal"] as const) {
      expect((await runOf({ ...cut, baseline })).weights).toBe((await runOf({ ...cut, baseline, learningRate: 0 })).weights);
    }
    expect((await runOf(cut)).weights).not.toBe((await runOf({ ...cut, learningRate: 0 })).weights);
  });
});

describe("options that can't be right are refused:", () => {
  it("whole returns that count γ^t once more", () => {
    const start = () => train({ ...SHORT, env: "CartPole-v1", returns: "whole", discountSteps: true });
    expect(start).toThrow(UsageError);
    expect(start).toThrow("discountSteps goes with returns=rewardToGo");
  });

  it("minibatches that don't divide a rollout, where there is a regression", () => {
    expect(() => train({ ...SHORT, env: "CartPole-v1", batchSize: 64 })).toThrow("batchSize 64 does not divide the 200 transitions");
    expect(() => train({ ...SHORT, env: "CartPole-v1", batchSize: 64, baseline: "none" })).not.toThrow();
  });
});
