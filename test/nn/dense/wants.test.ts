/** Layers that are asked for some of their gradients only: the same numbers as of all of them, and no work for the others. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { type Backend, startBackend } from "../../../src/nn/backend.js";
import { dense, type Wants } from "../../../src/nn/dense.js";
import { LayerBuilder } from "../../../src/nn/mlp.js";
import { Parameters } from "../../../src/nn/parameters.js";
import { ACTIVATION, type Activation } from "../../../src/wasm/layers.js";
import { drawn, randomNormals } from "../../oracle/random.js";

const ACTIVATIONS = Object.keys(ACTIVATION) as Activation[];
const [BATCH, INPUTS, OUTPUTS] = [7, 5, 6];

/** Two float32 implementations of a layer's gradients, whose numbers are about 1. Measured: 7.2e-7. */
const TOLERANCE = 2e-6;

let backend: Backend;

afterEach(() => backend.dispose());

const normals = (shape: number[], seed: number) =>
  tf.tensor(
    drawn(
      shape.reduce((a, b) => a * b, 1),
      randomNormals(seed),
    ),
    shape,
  );

/** The gradients of x, w and b by which a layer is asked, as numbers. */
function gradients(activation: Activation, wants: Wants, of: readonly ("x" | "w" | "b")[]): number[][] {
  tf.engine().startScope();
  try {
    const given = { x: normals([BATCH, INPUTS], 1), w: normals([INPUTS, OUTPUTS], 2), b: normals([OUTPUTS], 3) };
    const dy = normals([BATCH, OUTPUTS], 4);
    const loss = (...moved: tf.Tensor[]) => {
      const { x, w, b } = { ...given, ...Object.fromEntries(of.map((name, i) => [name, moved[i] as tf.Tensor])) };
      return tf.sum(tf.mul(dense(x as tf.Tensor2D, w as tf.Tensor2D, b, activation, wants), dy));
    };
    return tf
      .grads(loss)(of.map((name) => given[name]))
      .map((gradient) => [...gradient.dataSync()]);
  } finally {
    tf.engine().endScope();
  }
}

describe.each(ACTIVATIONS)("a layer followed by %s", (activation) => {
  it("has the gradients of stock operations, whichever are wanted", async () => {
    backend = await startBackend("wasm", "stock");
    const [dx, dw, db] = gradients(activation, "both", ["x", "w", "b"]) as [number[], number[], number[]];
    backend.dispose();
    backend = await startBackend("wasm");
    const expectClose = (got: number[][], wanted: number[][]) => {
      const errors = wanted.flatMap((numbers, i) => numbers.map((value, j) => Math.abs((got[i]?.[j] ?? Number.NaN) - value)));
      expect(Math.max(...errors)).toBeLessThan(TOLERANCE);
    };
    const all = gradients(activation, "both", ["x", "w", "b"]);
    expectClose(all, [dx, dw, db]);
    expect(gradients(activation, "input", ["x"])).toEqual(all.slice(0, 1));
    expect(gradients(activation, "parameters", ["w", "b"])).toEqual(all.slice(1));
  });
});

it("a gradient that was not wanted is missed, not taken for zero", async () => {
  backend = await startBackend("wasm");
  expect(() => gradients("tanh", "input", ["x", "w"])).toThrow("Cannot compute gradient");
  expect(() => gradients("tanh", "parameters", ["x"])).toThrow("Cannot compute gradient");
});

describe("a network", () => {
  /** The addresses of dx and dw, or 0, in each call of the gradient's kernel, from the last layer to the first. */
  function backwardCalls(wants: Wants | undefined): (readonly [dx: boolean, dw: boolean])[] {
    const parameters = new Parameters(backend);
    const mlp = new LayerBuilder(parameters, 1).mlp("q", INPUTS, 1, { hidden: [8, 8], activation: "relu" }, { last: { kind: "fanIn" } });
    const observation = normals([BATCH, INPUTS], 5) as tf.Tensor2D;
    const differentiated = wants === "input" ? [observation] : parameters.tensors;
    const { program } = backend.record(() =>
      tf.tidy(() => tf.dispose(tf.valueAndGrads(() => tf.mean(mlp.apply(observation, wants)))(differentiated).grads)),
    );
    observation.dispose();
    const calls = program?.calls.filter(({ name }) => name === "DenseBackward") ?? [];
    return calls.map(({ args: [dx, dw] }) => [dx !== 0, dw !== 0]);
  }

  it.each([
    [undefined, [true, true, false], true],
    ["parameters", [true, true, false], true],
    ["both", [true, true, true], true],
    ["input", [true, true, true], false],
  ] as const)("asked for %s works out no other gradient", async (wants, dx, dw) => {
    backend = await startBackend("wasm");
    expect(backwardCalls(wants)).toEqual(dx.map((hasInput) => [hasInput, dw]));
  });
});
