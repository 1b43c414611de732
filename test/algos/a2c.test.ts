/** The actor-critic loss against a second implementation in float64, its gradient against finite differences, and A2C's runs. */
import { describe, expect, it } from "vitest";
import { type ActorCriticBatch, actorCriticLoss } from "../../src/algos/on-policy.js";
import { type Space, sizeOf } from "../../src/core/spaces.js";
import { startBackend } from "../../src/nn/backend.js";
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
  standardise64,
  value64,
  type Weights,
} from "../oracle/losses.js";
import { drawn, randomNormals } from "../oracle/random.js";
import { expectSameStart, runOf, warningsOf } from "../oracle/runs.js";

type LossOptions = Parameters<typeof actorCriticLoss>[2];
type Batch = { readonly [K in keyof ActorCriticBatch]: Float32Array };

/** −E[ln π Â] + c₁ E[(V − return)²] − c₂ E[H] on plain numbers. */
function loss64(weights: Weights, batch: Batch, space: Space, options: LossOptions) {
  const action = rows(batch.action, sizeOf(space));
  const advantage = options.normalizeAdvantage ? standardise64(Array.from(batch.advantage)) : batch.advantage;
  const terms = rows(batch.observation, INPUTS).map((x, i) => {
    const { logProb, entropy } = policy64(weights, x, action[i] as number[], space);
    return { gain: logProb * (advantage[i] as number), entropy, squared: (value64(weights, x) - (batch.returns[i] as number)) ** 2 };
  });
  const policyLoss = -mean64(terms.map(({ gain }) => gain));
  const valueLoss = mean64(terms.map(({ squared }) => squared));
  const entropy = mean64(terms.map((term) => term.entropy));
  const loss = policyLoss + options.valueCoefficient * valueLoss - options.entropyCoefficient * entropy;
  return { loss, policyLoss, valueLoss, entropy };
}

const LOSSES: readonly LossOptions[] = [
  { entropyCoefficient: 0, valueCoefficient: 0.5, normalizeAdvantage: false },
  { entropyCoefficient: 0.3, valueCoefficient: 0.2, normalizeAdvantage: true },
];
const EXAMPLES = RUNTIMES.flatMap((runtime) => NETWORKS.map((kind) => ({ ...runtime, kind, ...kind })));

describe.each(EXAMPLES)(
  "the loss over $actions on $backend with $kernels kernels (shared trunk: $sharedTrunk)",
  ({ backend, kernels, kind }) => {
    it.each(LOSSES)("is the paper's, and so is its gradient, with %j", async (options) => {
      const started = await startBackend(backend, kernels);
      const { network, weights } = exampleNetwork(started, kind);
      const normal = randomNormals(5);
      const steps = exampleSteps(kind.space, normal);
      const batch = { ...steps, advantage: drawn(BATCH, () => 0.3 + normal()), returns: drawn(BATCH, normal) };
      expectLoss({
        parameters: network.parameters,
        weights,
        batchOf: () => batchTensors(batch, kind.space) as unknown as ActorCriticBatch,
        lossOf: (tensors) => actorCriticLoss(network, tensors, options),
        loss64: (moved) => loss64(moved, batch, kind.space, options),
      });
      started.dispose();
    });
  },
);

const SHORT = { algo: "a2c", seed: 3, totalSteps: 200, numEnvs: 5, steps: 4, hidden: [8] } as const;

describe.each(["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const)("training on %s", (env) => {
  it("replays its updates with every network, optimizer and kind of σ", async () => {
    const variants = [{}, { sharedTrunk: true }, { optimizer: "adam" }, { stateDependentStd: true, normalizeAdvantage: true }] as const;
    const warnings = await warningsOf(async () => {
      for (const variant of variants) await runOf({ ...SHORT, env, ...variant });
    });
    expect(warnings).toEqual([]);
  });

  it.each(RUNTIMES.slice(1))("begins in the same way on $backend with $kernels kernels", async (runtime) => {
    await expectSameStart({ ...SHORT, env, totalSteps: 20 }, runtime);
  });
});

it("takes one step of its optimizer after every n steps of the environments, against the paper's gradient", async () => {
  const still = await runOf({ ...SHORT, env: "CartPole-v1", totalSteps: 20, learningRate: 0 });
  const moved = await runOf({ ...SHORT, env: "CartPole-v1", totalSteps: 20, learningRate: 1e-3 });
  const changes = Object.entries(still.tensors).map(([name, before]) =>
    Math.max(...before.map((x, i) => Math.abs(x - (moved.tensors[name]?.[i] as number)))),
  );
  // RMSProp's first step is α g / √((1 − ρ) g²) = 10 α at most, with ρ = 0.99
  for (const change of changes) expect(change).toBeLessThan(10.01e-3);
  expect(Math.max(...changes)).toBeGreaterThan(9e-3);
});
