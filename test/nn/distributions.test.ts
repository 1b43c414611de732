/** Distributions against their formulas in float64, and their gradients against finite differences. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { categorical, gaussian } from "../../src/nn/distributions.js";
import { logDensity64, logSoftmax64 } from "../oracle/network.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** A few float32 roundings, elementary functions included, relative to the number or to 1. Measured: 1.8e-7. */
const FLOAT32_TOLERANCE = 2e-6;
/** The same for gradients, relative to the largest of them; differences of step 1e-5 in float64. Measured: 6e-7. */
const GRADIENT_TOLERANCE = 4e-6;
const STEP = 1e-5;

const BATCH = 9;
const RUNTIMES = [
  { backend: "wasm", kernels: "lanewise" },
  { backend: "wasm", kernels: "stock" },
  { backend: "cpu", kernels: "stock" },
] as const;

const rowsOf = (data: ArrayLike<number>, width: number) =>
  Array.from({ length: data.length / width }, (_, i) => Array.from({ length: width }, (_, k) => data[i * width + k] as number));

const error = (got: ArrayLike<number>, wanted: readonly number[]) =>
  Math.max(...wanted.map((x, i) => Math.abs((got[i] ?? Number.NaN) - x) / (1 + Math.abs(x))));

const entropyOfLogits = (logits: readonly number[]) =>
  -logSoftmax64(logits).reduce((sum, l) => sum + (l === -Infinity ? 0 : l * Math.exp(l)), 0);
const entropyOfNormals = (logStd: readonly number[]) => logStd.reduce((sum, l) => sum + l + 0.5 * Math.log(2 * Math.PI * Math.E), 0);

/** Central differences of f at x. */
function differences(f: (x: readonly number[]) => number, x: readonly number[]): number[] {
  return x.map((_, i) => {
    const moved = (by: number) => f(x.map((value, k) => (k === i ? value + by : value)));
    return (moved(STEP) - moved(-STEP)) / (2 * STEP);
  });
}

function expectGradient(got: tf.Tensor, f: (x: readonly number[]) => number, x: ArrayLike<number>): void {
  const wanted = differences(f, Array.from(x));
  const largest = Math.max(...wanted.map(Math.abs));
  const gradient = got.dataSync();
  expect(Math.max(...wanted.map((d, i) => Math.abs(d - (gradient[i] ?? Number.NaN)))) / largest).toBeLessThan(GRADIENT_TOLERANCE);
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe.each(RUNTIMES)("on $backend with $kernels kernels", ({ backend: name, kernels }) => {
  let backend: Backend;
  let tensorsBefore: number;

  beforeEach(async () => {
    backend = await startBackend(name, kernels);
    tensorsBefore = tf.memory().numTensors;
    tf.engine().startScope();
  });

  afterEach(() => {
    tf.engine().endScope();
    expect(tf.memory().numTensors).toBe(tensorsBefore);
    backend.dispose();
  });

  describe.each([2, 3, 18])("a choice of %i", (n) => {
    const normal = randomNormals(n);
    const logits = drawn(BATCH * n, () => 3 * normal());
    const action = Int32Array.from({ length: BATCH }, (_, i) => (7 * i) % n);
    const logits64 = rowsOf(logits, n);

    it("has the log-probabilities and the entropy of a softmax", () => {
      const policy = categorical(tf.tensor2d(logits, [BATCH, n]));
      const wanted = logits64.map((row, i) => logSoftmax64(row)[action[i] as number] as number);
      expect(error(policy.logProb(tf.tensor1d(action, "int32")).dataSync(), wanted)).toBeLessThan(FLOAT32_TOLERANCE);
      expect(error(policy.entropy().dataSync(), logits64.map(entropyOfLogits))).toBeLessThan(FLOAT32_TOLERANCE);
    });

    it("has their gradients", () => {
      const x = tf.tensor2d(logits, [BATCH, n]);
      const weights = drawn(BATCH, randomNormals(99));
      const weighted = (values: tf.Tensor) => tf.sum(tf.mul(values, tf.tensor1d(weights))) as tf.Scalar;
      const ofLogProb = tf.grad((l: tf.Tensor) => weighted(categorical(l as tf.Tensor2D).logProb(tf.tensor1d(action, "int32"))))(x);
      expectGradient(
        ofLogProb,
        (l) => sum(rowsOf(l, n).map((row, i) => (weights[i] as number) * (logSoftmax64(row)[action[i] as number] as number))),
        logits,
      );
      const ofEntropy = tf.grad((l: tf.Tensor) => weighted(categorical(l as tf.Tensor2D).entropy()))(x);
      expectGradient(ofEntropy, (l) => sum(rowsOf(l, n).map((row, i) => (weights[i] as number) * entropyOfLogits(row))), logits);
    });
  });

  it("logits far apart, or far from 0, give finite numbers", () => {
    const logits = [1000, 0, -1000, 1e6, 1e6, 1e6, -1e6, -1e6 + 1, -1e6];
    const policy = categorical(tf.tensor2d(logits, [3, 3]));
    const wanted = rowsOf(logits, 3);
    const logProb = policy.logProb(tf.tensor1d([2, 1, 1], "int32")).dataSync();
    expect(
      error(
        logProb,
        wanted.map((row, i) => logSoftmax64(row)[[2, 1, 1][i] as number] as number),
      ),
    ).toBeLessThan(FLOAT32_TOLERANCE);
    expect(error(policy.entropy().dataSync(), wanted.map(entropyOfLogits))).toBeLessThan(FLOAT32_TOLERANCE);
  });

  describe.each([1, 2, 5])("normals of %i components", (size) => {
    const normal = randomNormals(size);
    const mean = drawn(BATCH * size, normal);
    const action = drawn(BATCH * size, () => 2 * normal());
    const shared = drawn(size, normal);
    const own = drawn(BATCH * size, normal);

    const logProb64 = (means: ArrayLike<number>, logStds: ArrayLike<number>) =>
      rowsOf(means, size).map((row, i) => {
        const logStd = Array.from({ length: size }, (_, k) => logStds[logStds.length === size ? k : i * size + k] as number);
        return logDensity64(
          row.map((m, k) => ((action[i * size + k] as number) - m) / Math.exp(logStd[k] as number)),
          logStd,
        );
      });

    it.each([
      ["shared by all rows", shared, [size]],
      ["of each row", own, [BATCH, size]],
    ] as const)("with deviations %s have the log-density, the entropy and the gradients of normals", (_, logStd, shape) => {
      const [means, deviations, actions] = [
        tf.tensor2d(mean, [BATCH, size]),
        tf.tensor(logStd, [...shape]),
        tf.tensor2d(action, [BATCH, size]),
      ];
      const policy = gaussian(means, deviations);
      expect(error(policy.logProb(actions).dataSync(), logProb64(mean, logStd))).toBeLessThan(FLOAT32_TOLERANCE);
      const entropies = Array.from({ length: BATCH }, (_, i) =>
        entropyOfNormals(rowsOf(logStd, size)[shape.length === 1 ? 0 : i] as number[]),
      );
      expect(error(policy.entropy().dataSync(), entropies)).toBeLessThan(FLOAT32_TOLERANCE);

      const { grads } = tf.valueAndGrads(
        (m: tf.Tensor, l: tf.Tensor) => tf.sum(gaussian(m as tf.Tensor2D, l).logProb(actions)) as tf.Scalar,
      )([means, deviations]);
      expectGradient(grads[0] as tf.Tensor, (m) => sum(logProb64(m, logStd)), mean);
      expectGradient(grads[1] as tf.Tensor, (l) => sum(logProb64(mean, l)), logStd);
      const ofEntropy = tf.grad((l: tf.Tensor) => tf.sum(gaussian(means, l).entropy()))(deviations);
      const repeats = shape.length === 1 ? BATCH : 1;
      expectGradient(ofEntropy, (l) => repeats * entropyOfNormals(l), logStd);
    });
  });
});
