/** Networks of action values against float64, their gradients against finite differences, and what dueling promises. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { QNetwork } from "../../src/nn/q-network.js";
import type { LossReport } from "../../src/nn/update.js";
import { expectLoss, HIDDEN, INPUTS, RUNTIMES, rows } from "../oracle/losses.js";
import { forward64 } from "../oracle/network.js";
import { ACTIONS, exampleQNetwork, values64 } from "../oracle/q-network.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** Sums of a few float32 products through three layers. Measured: 4e-7. */
const TOLERANCE = 2e-6;
const BATCH = 24;

let backend: Backend;
afterEach(() => backend.dispose());

const normal = randomNormals(3);
const observations = drawn(BATCH * INPUTS, () => 2 * normal());
const ROWS = rows(observations, INPUTS);

/** Q(observation, ·) of every row, by the network. */
function valuesOf(network: QNetwork): number[][] {
  const flat = tf.tidy(() => network.values(tf.tensor2d(observations, [BATCH, INPUTS])).dataSync<"float32">());
  return rows(flat, ACTIONS.n);
}

function expectNear(got: readonly (readonly number[])[], wanted: readonly (readonly number[])[]): void {
  const errors = got.flatMap((row, i) => row.map((value, a) => Math.abs(value - (wanted[i]?.[a] ?? Number.NaN))));
  expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
}

describe.each(RUNTIMES.flatMap((runtime) => [false, true].map((dueling) => ({ ...runtime, dueling }))))(
  "values on $backend with $kernels kernels (dueling: $dueling)",
  ({ dueling, ...runtime }) => {
    it("are those of a float64 forward pass", async () => {
      backend = await startBackend(runtime.backend, runtime.kernels);
      const { network, weights } = exampleQNetwork(backend, dueling, 5);
      const wanted = ROWS.map((row) => values64(weights, row));
      expectNear(valuesOf(network), wanted);
      expect(Math.max(...wanted.flat()) - Math.min(...wanted.flat())).toBeGreaterThan(0.5);
    });

    it("have the gradient of finite differences", async () => {
      backend = await startBackend(runtime.backend, runtime.kernels);
      const { network, weights } = exampleQNetwork(backend, dueling, 6);
      const coefficients = drawn(BATCH * ACTIONS.n, randomNormals(8));
      const batchOf = () => [tf.tensor2d(observations, [BATCH, INPUTS]), tf.tensor2d(coefficients, [BATCH, ACTIONS.n])] as const;
      const lossOf = ([observation, coefficient]: ReturnType<typeof batchOf>): LossReport => {
        const loss = tf.sum(tf.mul(network.values(observation), coefficient)) as tf.Scalar;
        return { loss, diagnostics: { loss } };
      };
      const loss64 = (moved: typeof weights) => ({
        loss: ROWS.flatMap((row) => values64(moved, row)).reduce((sum, value, i) => sum + value * (coefficients[i] as number), 0),
      });
      expectLoss({ parameters: network.parameters, weights, batchOf, lossOf, loss64 });
    });
  },
);

describe("a dueling network", () => {
  it("doesn't change with a number added to all advantages, which a plain one does", async () => {
    backend = await startBackend("wasm");
    for (const [dueling, name] of [
      [true, "advantage.1.bias"],
      [false, "q.2.bias"],
    ] as const) {
      const { network } = exampleQNetwork(backend, dueling, 5);
      const before = valuesOf(network);
      const bias = network.parameters.list.find((parameter) => parameter.name === name);
      const column = bias?.column.data ?? new Float32Array();
      for (const i of column.keys()) column[i] = (column[i] as number) + 0.75;
      backend.markWritten(bias?.tensor as tf.Tensor);
      expectNear(
        valuesOf(network),
        before.map((row) => row.map((value) => value + (dueling ? 0 : 0.75))),
      );
    }
  });

  it.each([[[5, 4]], [[5]], [[]], [[6, 5, 4]]])(
    "with hidden layers %j acts by advantages that differ from its values by V − mean A",
    async (hidden) => {
      backend = await startBackend("wasm");
      const { network } = exampleQNetwork(backend, true, 17, hidden);
      const advantages = ROWS.map((row) => forward64(network.acting.actor, row));
      const shifts = valuesOf(network).map((row, i) => row.map((value, a) => value - (advantages[i]?.[a] as number)));
      expectNear(
        shifts,
        shifts.map(([first = 0]) => shifts[0]?.map(() => first) as number[]),
      );
      const best = (row: readonly number[]) => row.indexOf(Math.max(...row));
      expect(advantages.map(best)).toEqual(valuesOf(network).map(best));
      expect(new Set(advantages.map(best)).size).toBeGreaterThan(1);
      expect(new Set(shifts.map(([first = 0]) => first.toFixed(4))).size).toBeGreaterThan(1);
    },
  );

  it("gives each stream the last hidden layer for itself", async () => {
    backend = await startBackend("wasm");
    const shapes = ({ parameters }: QNetwork) => Object.fromEntries(parameters.list.map(({ name, column }) => [name, column.shape]));
    expect(shapes(exampleQNetwork(backend, true, 5, HIDDEN).network)).toEqual({
      ...{ "trunk.0.weight": [3, 5], "trunk.0.bias": [5] },
      ...{ "value.0.weight": [5, 4], "value.0.bias": [4], "value.1.weight": [4, 1], "value.1.bias": [1] },
      ...{ "advantage.0.weight": [5, 4], "advantage.0.bias": [4], "advantage.1.weight": [4, 3], "advantage.1.bias": [3] },
    });
    expect(shapes(exampleQNetwork(backend, true, 5, []).network)).toEqual({
      ...{ "value.0.weight": [3, 1], "value.0.bias": [1] },
      ...{ "advantage.0.weight": [3, 3], "advantage.0.bias": [3] },
    });
  });
});

describe("first weights", () => {
  const options = { hidden: [40, 30], activation: "relu", dueling: true } as const;
  const weightsOf = (seed: number) =>
    new QNetwork(backend, 16, ACTIONS.n, options, seed).parameters.list.map(({ name, column }) => ({
      name,
      inputs: column.shape,
      data: [...column.data],
    }));

  it("are uniform within ±1/√inputs, biases too, and the seed's own", async () => {
    backend = await startBackend("wasm");
    const drawn = weightsOf(1);
    const inputs: Readonly<Record<string, number>> = { trunk: 16, "value.0": 40, "value.1": 30, "advantage.0": 40, "advantage.1": 30 };
    for (const { name, data } of drawn) {
      const bound = 1 / Math.sqrt(Object.entries(inputs).find(([layer]) => name.startsWith(layer))?.[1] ?? Number.NaN);
      expect(Math.max(...data.map(Math.abs)), name).toBeLessThanOrEqual(bound);
      if (data.length > 100) expect(Math.max(...data.map(Math.abs)), name).toBeGreaterThan(0.95 * bound);
      expect(new Set(data).size, name).toBe(data.length);
    }
    expect(weightsOf(1)).toEqual(drawn);
    expect(weightsOf(2)).not.toEqual(drawn);
  });
});
