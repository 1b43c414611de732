/** Operations of TensorFlow.js, their values and their gradients: the same on our kernels as on stock ones, and recordable. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Backend, type BackendName, type KernelChoice, startBackend } from "../../../src/nn/backend.js";
import { type Column, column } from "../../../src/wasm/heap.js";
import { drawn, randomNormals } from "../../oracle/random.js";
import { CASES, type Case } from "./operations/index.js";

/** Two float32 implementations of functions, and sums of up to some forty terms, of numbers near 1. Measured: 4.9e-7. */
const TOLERANCE = 3e-6;

interface Result {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly numbers: readonly number[];
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Random numbers for each input. */
function numbersFor({ shapes, draw = (normal) => normal() }: Case, seed = 5): Float32Array[] {
  const normal = randomNormals(seed);
  return shapes.map((shape) => drawn(sizeOf(shape), () => draw(normal)));
}

/** All results, and the gradients of their sum under fixed weights. */
function compute(of: Case, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const values = [of.run(...inputs)].flat();
  if (of.isFlat) return values;
  const normal = randomNormals(6);
  const weights = values.map(({ shape, size }) => tf.tensor(drawn(size, normal), shape));
  const total = (...xs: tf.Tensor[]) =>
    tf.addN([of.run(...xs)].flat().map((value, i) => tf.sum(tf.mul(value, weights[i] as tf.Tensor)))) as tf.Scalar;
  return [...values, ...tf.grads(total)([...inputs])];
}

function resultsOf(of: Case, numbers = numbersFor(of)): Result[] {
  tf.engine().startScope();
  try {
    const inputs = of.shapes.map((shape, i) => tf.tensor(numbers[i] as Float32Array, [...shape]));
    return compute(of, inputs).map((value) => ({ shape: value.shape, dtype: value.dtype, numbers: [...value.dataSync()] }));
  } finally {
    tf.engine().endScope();
  }
}

/** What tensors there are, and memory for their numbers. */
function living(): unknown {
  const { numTensors, numDataBuffers } = tf.memory();
  return { numTensors, numDataBuffers };
}

const wanted = new Map<Case, Result[]>();
let ours: Backend;

async function learn(cases: readonly Case[], name: BackendName, kernels: KernelChoice): Promise<void> {
  const backend = await startBackend(name, kernels);
  for (const of of cases) wanted.set(of, resultsOf(of));
  backend.dispose();
}

beforeAll(async () => {
  await learn(CASES.filter(({ reference }) => reference === "cpu"), "cpu", "stock"); // biome-ignore format: one line each
  await learn(CASES.filter(({ reference }) => reference === undefined), "wasm", "stock"); // biome-ignore format: one line each
  ours = await startBackend("wasm");
});

afterAll(() => ours.dispose());

it("every case has its own name", () => {
  expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
});

describe.each(CASES)("$name", (of) => {
  it("has stock values and gradients", () => {
    const got = resultsOf(of);
    const reference = wanted.get(of) as Result[];
    const kinds = (results: readonly Result[]) => results.map(({ shape, dtype }) => ({ shape, dtype }));
    expect(kinds(got)).toEqual(kinds(reference));
    for (const [i, { numbers }] of reference.entries()) {
      const errors = numbers.map((value, j) => Math.abs((got[i]?.numbers[j] ?? Number.NaN) - value) / (1 + Math.abs(value)));
      expect(Math.max(0, ...errors), `result ${i}: ${got[i]?.numbers}, not ${numbers}`).toBeLessThan(TOLERANCE);
    }
  });

  it("leaves nothing behind", () => {
    const inputs = of.shapes.map((shape, i) => tf.tensor(numbersFor(of)[i] as Float32Array, [...shape]));
    const before = living();
    tf.tidy(() => void of.run(...inputs));
    expect(living()).toEqual(before);
    tf.dispose(inputs);
  });

  it(of.obstacle ? "can't be recorded" : "can be recorded, and its replay on other numbers has the bits that these give", () => {
    const columns: Column<"float32">[] = of.shapes.map((shape) => column(ours.heap, shape));
    const fill = (numbers: readonly Float32Array[]) => {
      for (const [i, { data }] of columns.entries()) data.set(numbers[i] as Float32Array);
    };
    fill(numbersFor(of));
    const { result, program, obstacle } = ours.record(() => tf.tidy(() => compute(of, columns.map((made) => ours.tensor(made))))); // biome-ignore format: one line
    expect(obstacle).toBe(of.obstacle);
    const others = numbersFor(of, 7);
    fill(others);
    program?.replay();
    if (program) expect(result.map((value) => [...value.dataSync()])).toEqual(resultsOf(of, others).map(({ numbers }) => numbers));
    tf.dispose(result);
  });
});
