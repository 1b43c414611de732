/** Fitted Q iteration's loss against float64, its regressions against exact backups of a table, and runs from outside. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type FqiOptions, regressionLoss } from "../../src/algos/fqi.js";
import type { TransitionBatch } from "../../src/algos/off-policy.js";
import { UsageError } from "../../src/core/errors.js";
import type { Metrics } from "../../src/core/metrics.js";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { weightsSha256 } from "../../src/policy/encode.js";
import { decodePolicy } from "../../src/policy/format.js";
import { type TrainOptions, train } from "../../src/run/train.js";
import { ALIVE, alive, farthest, GAMMA, GRID, OPTIMUM } from "../oracle/grid.js";
import { BATCH, expectLoss, INPUTS, mean64, RUNTIMES, rows, type Weights } from "../oracle/losses.js";
import { worths } from "../oracle/planning.js";
import { ACTIONS, exampleQNetwork, values64 } from "../oracle/q-network.js";
import { drawn, randomNormals, randomNumbers } from "../oracle/random.js";

/** Action values near 1, which one weight each can be equal to. Measured: below 1e-4. */
const BACKUP_TOLERANCE = 1e-3;
/** A dozen updates in float32. Measured: 4e-7. */
const SAME_ROUND_TOLERANCE = 3e-6;

let backend: Backend | undefined;
afterEach(() => backend?.dispose());

describe.each(RUNTIMES)("on $backend with $kernels kernels", (runtime) => {
  it("the loss is the mean of the squared errors, and so is its gradient", async () => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const { network, weights } = exampleQNetwork(backend, false, 4);
    const [normal, random] = [randomNormals(5), randomNumbers(5)];
    const observation = drawn(BATCH * INPUTS, normal);
    const action = drawn(BATCH, () => Math.floor(ACTIONS.n * random()));
    const y = drawn(BATCH, normal);
    const values = (moved: Weights) => rows(observation, INPUTS).map((row, i) => values64(moved, row)[action[i] as number] as number);
    expectLoss({
      parameters: network.parameters,
      weights,
      batchOf: () => ({
        mb: { observation: tf.tensor2d(observation, [BATCH, INPUTS]), action: tf.tensor1d(Int32Array.from(action), "int32") },
        y: tf.tensor1d(y),
      }),
      lossOf: ({ mb, y }) => regressionLoss(network, mb as unknown as TransitionBatch, y),
      loss64: (moved) => {
        const errors = values(moved).map((value, i) => (y[i] as number) - value);
        return { loss: mean64(errors.map((error) => error ** 2)), tdError: mean64(errors.map(Math.abs)), meanQ: mean64(values(moved)) };
      },
    });
  });
});

/** One fixed batch of uniform actions, and a layer that has a weight for each state and action. */
const TABULAR = {
  ...{ algo: "fqi", env: GRID, seed: 1, totalSteps: 2000, numEnvs: 8, trainFrequency: 250, learningStarts: 2000 },
  ...{ batchSize: 128, iterations: 1, gradientSteps: 600, hidden: [], gamma: GAMMA, bufferSize: 2000, learningRate: 0.01 },
} as const satisfies TrainOptions;

/** Q(s, ·) of the states that are alive, after each regression. */
async function valuesAfterEach(options: TrainOptions): Promise<number[][][]> {
  const training = train(options);
  const seen: number[][][] = [];
  for await (const _ of training) {
    const policy = await training.policy();
    seen.push(ALIVE.map((state) => [...policy.logits(Float32Array.of(state))]));
  }
  return seen;
}

describe("a table, as one layer", () => {
  it("is backed up once by each regression, from the first weights on", async () => {
    const training = train({ ...TABULAR, learningRate: 0 });
    for await (const _ of training);
    const first = await training.policy();
    const states = Array.from({ length: GRID.table.states }, (_, state) => [...first.logits(Float32Array.of(state))]);
    const after = await valuesAfterEach({ ...TABULAR, iterations: 3 });
    expect(after).toHaveLength(3);
    let values = states.map((row) => Math.max(...row));
    for (const [k, got] of after.entries()) {
      const backedUp = worths(GRID.table, values, GAMMA);
      expect(farthest(got, alive(backedUp)), `regression ${k + 1}`).toBeLessThan(BACKUP_TOLERANCE);
      values = backedUp.map((row) => Math.max(...row));
    }
    expect(farthest(after[0], OPTIMUM), "one backup is not the end").toBeGreaterThan(0.05);
  });

  it.each([
    ["a fixed batch", { iterations: 40, gradientSteps: 200, learningRate: "linear(0.02,0.001)" }],
    ["a batch that grows", { iterations: 10, gradientSteps: 100, trainFrequency: 25, epsilon: 1, learningRate: "linear(0.02,0.001)" }],
  ] as const)("comes to the optimal action values on %s", async (_, how) => {
    const after = await valuesAfterEach({ ...TABULAR, ...how });
    expect(farthest(after.at(-1), OPTIMUM)).toBeLessThan(BACKUP_TOLERANCE);
  });
});

/** A few rounds: 5 lanes, so that there is a ragged group. */
const SHORT = {
  ...{ algo: "fqi", env: "CartPole-v1", seed: 3, totalSteps: 160, numEnvs: 5, trainFrequency: 16, iterations: 3, gradientSteps: 4 },
  ...{ learningStarts: 80, batchSize: 32, bufferSize: 100, learningRate: 3e-3, hidden: [12, 8] },
} as const satisfies TrainOptions;

async function run(options: TrainOptions) {
  const training = train(options);
  const metrics: Metrics[] = [];
  for await (const m of training) metrics.push(m);
  const { tensors, header } = await decodePolicy(await (await training.policy()).bytes());
  return { metrics, header, weights: await weightsSha256(tensors) };
}

describe.each(["CartPole-v1", "FrozenLake-v1"] as const)("training on %s", (env) => {
  it.each(["epsilon-greedy", "boltzmann"] as const)(
    "replays every operation, and repeats itself under the same seed alone (%s)",
    async (exploration) => {
      const options = { ...SHORT, env, exploration };
      const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
      const once = await run(options);
      const warnings = warn.mock.calls.map(String).filter((message) => message.startsWith("lanewise:"));
      warn.mockRestore();
      expect(warnings).toEqual([]);
      expect((await run(options)).weights).toBe(once.weights);
      expect((await run({ ...options, seed: 4 })).weights).not.toBe(once.weights);
    },
  );

  it.each(RUNTIMES.slice(1))("takes the same first round on $backend with $kernels kernels", async (runtime) => {
    const options = { ...SHORT, env, totalSteps: 80 };
    const wanted = (await run(options)).metrics;
    const got = (await run({ ...options, ...runtime })).metrics;
    for (const [k, { seconds: _, stepsPerSecond: __, ...metrics }] of wanted.entries()) {
      for (const [name, value] of Object.entries(metrics)) {
        if (Number.isNaN(value)) expect(got[k]?.[name], name).toBeNaN();
        else expect(Math.abs((got[k]?.[name] as number) - value) / (1 + Math.abs(value)), name).toBeLessThan(SAME_ROUND_TOLERANCE);
      }
    }
  });
});

describe("a run", () => {
  it("reports each regression, and a policy that is greedy", async () => {
    const { metrics, header } = await run(SHORT);
    const general = ["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"];
    for (const report of metrics) {
      expect(Object.keys(report)).toEqual([...general, "loss", "tdError", "meanQ", "epsilon", "learningRate", "bufferSize"]);
    }
    expect(metrics.map(({ iteration, steps, bufferSize }) => [iteration, steps, bufferSize])).toEqual([
      ...[1, 2, 3].map((iteration) => [iteration, 80, 80]),
      ...[4, 5, 6].map((iteration) => [iteration, 160, 100]),
    ]);
    expect(header.distribution).toEqual({ kind: "greedy" });
  });

  it("learns from a fixed batch if one round takes all steps, its schedule moving on with the regressions", async () => {
    const { metrics } = await run({ ...SHORT, totalSteps: 80, iterations: 5, learningRate: "linear(0.01)" });
    expect(metrics.map(({ steps }) => steps)).toEqual(Array<number>(5).fill(80));
    const rates = metrics.map(({ learningRate }) => Number((learningRate as number).toFixed(6)));
    expect(rates).toEqual([0.01, 0.008, 0.006, 0.004, 0.002]);
  });

  it.each(["wasm", "cpu"] as const)("on %s holds no tensors after its end, nor more from one report to the next", async (name) => {
    const before = tf.memory().numTensors;
    const counts: number[] = [];
    for await (const _ of train({ ...SHORT, hidden: [4], backend: name })) counts.push(tf.memory().numTensors);
    expect(new Set(counts.slice(1)).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([
    [{ env: "Pendulum-v1" }, "fqi needs a discrete action space; the actions of Pendulum-v1 are continuous"],
    [{ bufferSize: 79 }, "bufferSize 79 is less than the 80 transitions of a round (16 steps × 5 environments)"],
    [{ epsilon: 1.5 }, "epsilon is a probability, at most 1, not 1.5"],
  ] as const)("with %j is refused", (wrong, message) => {
    expect(() => train({ ...SHORT, ...wrong } as TrainOptions & Partial<FqiOptions>)).toThrow(new UsageError(message));
  });
});
