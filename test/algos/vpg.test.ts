/** The vanilla policy gradient: which parameters each of its two optimizers moves, its critic's regression, and its runs. */
import { describe, expect, it } from "vitest";
import { fittedCritic, splitParameters } from "../../src/algos/critic.js";
import { setUpOnPolicy } from "../../src/algos/on-policy.js";
import { UsageError } from "../../src/core/errors.js";
import { environments } from "../../src/envs/registry.js";
import { startBackend } from "../../src/nn/backend.js";
import { train } from "../../src/run/train.js";
import { exampleNetwork, NETWORKS, RUNTIMES } from "../oracle/losses.js";
import { expectSameStart, type Run, runOf, warningsOf } from "../oracle/runs.js";

const SHORT = { algo: "vpg", seed: 3, totalSteps: 200, numEnvs: 5, steps: 20, batchSize: 25, criticEpochs: 2, hidden: [8] } as const;

/** Which tensors differ between two runs. */
const changed = (a: Run, b: Run) => Object.keys(a.tensors).filter((name) => String(a.tensors[name]) !== String(b.tensors[name]));

describe.each(NETWORKS)("the parameters over $actions (shared trunk: $sharedTrunk)", (kind) => {
  it("belong to the policy's gradient or to the regression, a shared trunk to the policy's", async () => {
    const backend = await startBackend("wasm");
    const { network } = exampleNetwork(backend, kind);
    const { policy, value } = splitParameters(network);
    const names = ({ list }: { list: readonly { name: string }[] }) => list.map(({ name }) => name);
    expect([...names(policy), ...names(value)].sort()).toEqual(names(network.parameters).sort());
    expect(names(value)).toEqual(
      kind.sharedTrunk
        ? ["critic.2.weight", "critic.2.bias"]
        : ["critic.0.weight", "critic.0.bias", "critic.1.weight", "critic.1.bias", "critic.2.weight", "critic.2.bias"],
    );
    backend.dispose();
  });
});

describe("a fitted critic", () => {
  it("lowers the squared error over the rollout, nearly to what is left of it by the best straight line", async () => {
    const backend = await startBackend("wasm");
    const session = { spec: environments["Pendulum-v1"], backend, seed: 1, totalSteps: 0 };
    const network = { hidden: [], activation: "tanh", sharedTrunk: false, stateDependentStd: false, logStdInit: 0 } as const;
    const setup = await setUpOnPolicy(session, { ...network, numEnvs: 8, steps: 64 });
    await setup.rollout.collect();
    const { observation, returns } = setup.rollout.columns;
    const [x, y] = [observation.data, returns.data];
    for (let i = 0; i < y.length; i++) y[i] = 2 + 3 * (x[3 * i] as number) - (x[3 * i + 2] as number);
    const options = { criticLearningRate: "linear(0.1,0.001)", criticEpochs: 100, batchSize: 64 } as const;
    const critic = fittedCritic(setup.network, splitParameters(setup.network).value, setup.rollout, session, options);
    critic.fit(0);
    const first = (await critic.metrics())["valueLoss"] as number;
    critic.fit(1);
    const last = (await critic.metrics())["valueLoss"] as number;
    expect(first).toBeGreaterThan(0.1);
    expect(last).toBeLessThan(1e-4);
    backend.dispose();
  });
});

describe.each(["CartPole-v1", "Pendulum-v1", "FrozenLake-v1"] as const)("training on %s", (env) => {
  it.each([false, true])("moves policy and critic apart from each other (shared trunk: %s)", async (sharedTrunk) => {
    const options = { ...SHORT, env, sharedTrunk, totalSteps: 100 };
    const still = await runOf({ ...options, learningRate: 0, criticLearningRate: 0 });
    const policyAlone = changed(still, await runOf({ ...options, criticLearningRate: 0 }));
    const criticAlone = changed(still, await runOf({ ...options, learningRate: 0 }));
    const critic = sharedTrunk
      ? ["critic.1.bias", "critic.1.weight"]
      : Object.keys(still.tensors).filter((name) => name.startsWith("critic"));
    expect(criticAlone.sort()).toEqual(critic.sort());
    expect(policyAlone.filter((name) => critic.includes(name))).toEqual([]);
    expect(policyAlone).toContain("actor.1.bias");
    if (sharedTrunk) expect(policyAlone).toContain("trunk.0.weight");
  });

  it("replays its updates with every network and kind of σ", async () => {
    const variants = [{}, { sharedTrunk: true }, { stateDependentStd: true, normalizeAdvantage: false, entropyCoefficient: 0.01 }] as const;
    const warnings = await warningsOf(async () => {
      for (const variant of variants) await runOf({ ...SHORT, env, ...variant });
    });
    expect(warnings).toEqual([]);
  });

  it.each(RUNTIMES.slice(1))("begins in the same way on $backend with $kernels kernels", async (runtime) => {
    await expectSameStart({ ...SHORT, env, totalSteps: 100 }, runtime);
  });
});

it("refuses minibatches of the regression that don't divide a rollout", () => {
  const start = () => train({ ...SHORT, env: "CartPole-v1", batchSize: 64 });
  expect(start).toThrow(UsageError);
  expect(start).toThrow("batchSize 64 does not divide the 100 transitions of a rollout (20 steps × 5 environments); 50 does");
});
