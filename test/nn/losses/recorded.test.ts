/** Losses of many kinds of algorithms: recorded without obstacle, replayed with the bits of the ordinary path, differentiated as on stock kernels. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { adam } from "../../../src/nn/adam.js";
import { type Backend, type KernelChoice, startBackend } from "../../../src/nn/backend.js";
import { LayerBuilder } from "../../../src/nn/mlp.js";
import { Parameters } from "../../../src/nn/parameters.js";
import { updater } from "../../../src/nn/update.js";
import { type Column, column } from "../../../src/wasm/heap.js";
import { bitsOf } from "../../oracle/bits.js";
import { drawn, randomNormals } from "../../oracle/random.js";
import { ACTIONS, BATCH, INPUTS, type Learned, type Minibatch, PROBLEMS, type Problem } from "./problems.js";

const STEPS = 6;
/** Gradients by two float32 implementations, relative to the largest number among them. Measured: 1.9e-7. */
const TOLERANCE = 2e-6;

let backend: Backend;

afterEach(() => backend.dispose());

function learnedBy(parameters: Parameters, seed: number): Learned {
  const builder = new LayerBuilder(parameters, seed);
  const hidden = { hidden: [8, 6], activation: "relu" } as const;
  return {
    network: (name, inputs, outputs) => builder.mlp(name, inputs, outputs, hidden, { last: { kind: "fanIn" } }),
    parameter: (name, values) => parameters.add(name, [values.length], values).tensor,
  };
}

/** A minibatch in columns, and a way to draw it anew. */
function columnsOf({ heap }: Backend) {
  const columns: Record<keyof Minibatch, Column> = {
    observation: column(heap, [BATCH, INPUTS]),
    noise: column(heap, [BATCH, ACTIONS]),
    target: column(heap, [BATCH]),
    weight: column(heap, [BATCH]),
    choice: column(heap, [BATCH], "int32"),
    temperature: column(heap, []),
  };
  const draw = (step: number) => {
    const normal = randomNormals(step);
    for (const { data, length } of Object.values(columns)) data.set(drawn(length, normal));
    for (const positive of [columns.weight, columns.temperature]) positive.data.set([...positive.data].map((x) => 0.1 + Math.abs(x)));
    columns.choice.data.set(drawn(BATCH, () => Math.floor(Math.abs(4 * normal())) % 4));
  };
  return { columns, draw };
}

/** The problem's networks on a backend, and its loss of what stands in the columns. */
function posed(problem: Problem, on: Backend) {
  const parameters = new Parameters(on);
  const lossOf = problem(learnedBy(parameters, 1), learnedBy(new Parameters(on), 2));
  const { columns, draw } = columnsOf(on);
  draw(0);
  const tensors = () => Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, on.tensor(of)])) as unknown as Minibatch;
  return { parameters, draw, loss: () => tf.reshape(lossOf(tensors()), []) as tf.Scalar };
}

/** What some steps on changing minibatches leave in the parameters, and their mean loss. */
async function learn(problem: Problem, isRecorded: boolean) {
  backend = await startBackend("wasm");
  const on: Backend = isRecorded ? backend : { ...backend, record: (work) => ({ result: work(), program: undefined, obstacle: "a wish" }) };
  const { parameters, draw, loss } = posed(problem, on);
  const gradient = updater(on, parameters, adam(parameters), () => {
    const scalar = loss();
    return { loss: scalar, diagnostics: { loss: scalar } };
  });
  for (let step = 1; step <= STEPS; step++) {
    draw(step);
    gradient.step(0.01);
  }
  const bits = bitsOf(...parameters.list.map(({ column: { data } }) => data.slice()));
  return { bits, means: await gradient.means(), obstacle: gradient.obstacle };
}

async function gradients(problem: Problem, kernels: KernelChoice): Promise<number[]> {
  backend = await startBackend("wasm", kernels);
  const { parameters, loss } = posed(problem, backend);
  const { value, grads } = tf.valueAndGrads(loss)(parameters.tensors);
  const numbers = [value, ...grads].flatMap((tensor) => [...tensor.dataSync()]);
  tf.dispose([value, ...grads]);
  return numbers;
}

describe.each(Object.entries(PROBLEMS))("%s", (_, problem) => {
  it("is recorded, and its replays have the bits of the ordinary path", async () => {
    const recorded = await learn(problem, true);
    expect(recorded.obstacle).toBeUndefined();
    backend.dispose();
    const ordinary = await learn(problem, false);
    expect(recorded.bits).toBe(ordinary.bits);
    expect(recorded.means).toEqual(ordinary.means);
  });

  it("has the gradient of stock kernels", async () => {
    const got = await gradients(problem, "lanewise");
    backend.dispose();
    const wanted = await gradients(problem, "stock");
    const size = Math.max(...wanted.map(Math.abs));
    const errors = wanted.map((value, i) => Math.abs((got[i] ?? Number.NaN) - value) / size);
    expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
  });
});
