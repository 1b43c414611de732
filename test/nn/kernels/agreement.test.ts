/** Operations of TensorFlow.js, their values and their gradients: the same on our kernels as on stock ones, and all of them recordable. */
import * as tf from "@tensorflow/tfjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Backend, type BackendName, type KernelChoice, startBackend } from "../../../src/nn/backend.js";
import { drawn, randomNormals } from "../../oracle/random.js";
import { CASES, type Case } from "./operations.js";

/** Two float32 implementations of functions, and sums of up to some forty terms, of numbers near 1. Measured: 4.9e-7. */
const TOLERANCE = 3e-6;

interface Result {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly numbers: readonly number[];
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function inputsOf({ shapes, draw = (normal) => normal() }: Case): tf.Tensor[] {
  const normal = randomNormals(5);
  return shapes.map((shape) =>
    tf.tensor(
      drawn(sizeOf(shape), () => draw(normal)),
      [...shape],
    ),
  );
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

function resultsOf(of: Case): Result[] {
  tf.engine().startScope();
  try {
    return compute(of, inputsOf(of)).map((value) => ({ shape: value.shape, dtype: value.dtype, numbers: [...value.dataSync()] }));
  } finally {
    tf.engine().endScope();
  }
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

  it("can be recorded, and its replay has the same bits", () => {
    const inputs = inputsOf(of);
    const { result, program, obstacle } = ours.record(() => tf.tidy(() => compute(of, inputs)));
    expect(obstacle).toBeUndefined();
    const numbers = () => result.map((value) => [...value.dataSync()]);
    const once = numbers();
    program?.replay();
    expect(numbers()).toEqual(once);
    tf.dispose([...inputs, ...result]);
  });
});
