/** tanh of normals against its formulas in float64, far into the tails, and both estimators of its gradients against integrals. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { Gaussian, gaussian, LOG_STD_RANGE } from "../../src/nn/distributions.js";
import { policyGradientLoss } from "../../src/nn/losses.js";
import { logSlope, SquashedGaussian, squashedGaussian } from "../../src/nn/squashed-gaussian.js";
import { logSlope64, squashed64 } from "../oracle/actor-critics.js";
import { clip64, RUNTIMES, rows } from "../oracle/losses.js";
import { logDensity64 } from "../oracle/network.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** Sums of a few float32 terms, elementary functions included, relative to the result or 1. Measured: 1e-7. */
const FLOAT32_TOLERANCE = 1e-6;
/** The same for gradients, relative to the largest of them; differences of step 1e-5 in float64. Measured: 1.3e-7. */
const GRADIENT_TOLERANCE = 1e-6;
const STEP = 1e-5;
/** How many standard errors an estimate may be off: one test in 10⁶ fails by chance, and the seed is fixed. */
const SIGMAS = 5;

const SIZE = 3;
const BATCH = 40;

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const error = (got: ArrayLike<number>, wanted: readonly number[]) =>
  Math.max(...wanted.map((x, i) => Math.abs((got[i] ?? Number.NaN) - x) / (1 + Math.abs(x))));

/** Random outputs, whose log-deviations go beyond their bounds on both sides, and noise. */
function example() {
  const normal = randomNormals(5);
  const head = drawn(BATCH * 2 * SIZE, () => 2 * normal());
  head[SIZE] = 7;
  head[SIZE + 1] = -30;
  const noise = drawn(BATCH * SIZE, normal);
  return { head, noise, noise64: rows(noise, SIZE) };
}

/** What rows of outputs stand for. */
function sampled64(head: ArrayLike<number>, noise64: readonly number[][]) {
  return rows(head, 2 * SIZE).map((row, i) => {
    const logStd = row.slice(SIZE).map((l) => clip64(l, LOG_STD_RANGE.min, LOG_STD_RANGE.max));
    return squashed64(row.slice(0, SIZE), logStd, noise64[i] as number[]);
  });
}

describe.each(RUNTIMES)("on $backend with $kernels kernels", ({ backend: name, kernels }) => {
  let backend: Backend;

  beforeEach(async () => {
    backend = await startBackend(name, kernels);
    tf.engine().startScope();
  });

  afterEach(() => {
    tf.engine().endScope();
    backend.dispose();
  });

  it("samples are tanh of normals, with the log-density that they have there", () => {
    const { head, noise, noise64 } = example();
    const { action, logProb } = squashedGaussian(tf.tensor2d(head, [BATCH, 2 * SIZE])).rsample(tf.tensor2d(noise, [BATCH, SIZE]));
    const wanted = sampled64(head, noise64);
    expect(
      error(
        action.dataSync(),
        wanted.flatMap((one) => one.action),
      ),
    ).toBeLessThan(FLOAT32_TOLERANCE);
    expect(
      error(
        logProb.dataSync(),
        wanted.map((one) => one.logProb),
      ),
    ).toBeLessThan(FLOAT32_TOLERANCE);
  });

  it("samples have the pathwise gradient of actions and log-densities", () => {
    const { head, noise, noise64 } = example();
    const normal = randomNormals(9);
    const [ofAction, ofLogProb] = [drawn(BATCH * SIZE, normal), drawn(BATCH, normal)];
    const objective = (outputs: tf.Tensor) => {
      const { action, logProb } = squashedGaussian(outputs as tf.Tensor2D).rsample(tf.tensor2d(noise, [BATCH, SIZE]));
      const actions = tf.sum(tf.mul(action, tf.tensor2d(ofAction, [BATCH, SIZE])));
      return tf.add(actions, tf.sum(tf.mul(logProb, tf.tensor1d(ofLogProb)))) as tf.Scalar;
    };
    const objective64 = (outputs: ArrayLike<number>) => {
      const samples = sampled64(outputs, noise64);
      const actions = samples.flatMap(({ action }) => action);
      return sum(actions.map((a, i) => a * (ofAction[i] as number))) + sum(samples.map((one, i) => one.logProb * (ofLogProb[i] as number)));
    };
    const got = tf
      .grad(objective)(tf.tensor2d(head, [BATCH, 2 * SIZE]))
      .dataSync();
    const at = (i: number, by: number) => objective64(Array.from(head, (x, k) => (k === i ? x + by : x)));
    const wanted = Array.from(head, (_, i) => (at(i, STEP) - at(i, -STEP)) / (2 * STEP));
    const largest = Math.max(...wanted.map(Math.abs));
    expect(Math.max(...wanted.map((d, i) => Math.abs(d - (got[i] as number)))) / largest).toBeLessThan(GRADIENT_TOLERANCE);
    expect([got[SIZE], got[SIZE + 1]]).toEqual([0, 0]); // beyond their bounds nothing moves
  });

  it("the slope of tanh is exact far into its tails, and so is its gradient", () => {
    const u = [0, 1e-6, -1e-3, 0.5, -0.5, 3, -3, 8.9, -8.9, 9.5, -9.5, 20, -20, 44, -44, 87, -87, 104, -104, 1e3, -1e3, 1e6, -1e6];
    const x = tf.tensor1d(u);
    expect(error(logSlope(x).dataSync(), u.map(logSlope64))).toBeLessThan(FLOAT32_TOLERANCE);
    const slopes = tf
      .grad((v: tf.Tensor) => tf.sum(logSlope(v)))(x)
      .dataSync();
    expect(
      error(
        slopes,
        u.map((v) => -2 * Math.tanh(v)),
      ),
    ).toBeLessThan(FLOAT32_TOLERANCE);
  });

  it("given actions have the log-density of the samples that they were", () => {
    const normal = randomNormals(6);
    const [mean, logStd] = [drawn(BATCH * SIZE, normal), drawn(BATCH * SIZE, () => 0.3 * normal() - 1)];
    const policy = new SquashedGaussian(new Gaussian(tf.tensor2d(mean, [BATCH, SIZE]), tf.tensor2d(logStd, [BATCH, SIZE])));
    const action = drawn(BATCH * SIZE, () => Math.tanh(normal()));
    const wanted = rows(action, SIZE).map((row, i) => {
      const noise = row.map((a, k) => (Math.atanh(a) - (mean[i * SIZE + k] as number)) / Math.exp(logStd[i * SIZE + k] as number));
      return logDensity64(noise, logStd.subarray(i * SIZE, (i + 1) * SIZE)) - sum(row.map((a) => Math.log1p(-a * a)));
    });
    const got = policy.logProb(tf.tensor2d(action, [BATCH, SIZE])).dataSync();
    expect(error(got, wanted)).toBeLessThan(3 * FLOAT32_TOLERANCE); // the artanh of actions near ±1 magnifies roundings. Measured: 3.1e-7
  });

  it("densities add up to 1 over all actions", () => {
    const cells = 20_000;
    const actions = Float32Array.from({ length: cells }, (_, i) => (2 * (i + 0.5)) / cells - 1);
    for (const [mean, logStd] of [
      [0, 0],
      [0.7, -1],
      [-1.2, 0.4],
    ] as const) {
      const policy = new SquashedGaussian(gaussian(tf.fill([cells, 1], mean), tf.fill([cells, 1], logStd)));
      const densities = tf.exp(policy.logProb(tf.tensor2d(actions, [cells, 1]))).dataSync();
      expect(Math.abs(sum(Array.from(densities)) * (2 / cells) - 1)).toBeLessThan(1e-3); // the midpoint rule, coarse near ±1. Measured: 1.6e-4
    }
  });

  it("actions of exactly ±1 have finite densities", () => {
    const policy = squashedGaussian(tf.tensor2d([[0, 0]]));
    for (const edge of [1, -1]) expect(Number.isFinite(policy.logProb(tf.tensor2d([[edge]])).dataSync()[0])).toBe(true);
  });
});

/** d/dmean and d/dlogStd of E[f(action)], by Simpson's rule over the noise, and finite differences. */
function integralGradient(f: (action: number) => number, squash: (u: number) => number, mean: number, logStd: number): number[] {
  const expectation = (m: number, l: number) => {
    const [cells, width] = [4000, 10];
    const at = (i: number) => {
      const z = width * ((2 * i) / cells - 1);
      return (f(squash(m + Math.exp(l) * z)) * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
    };
    const weights = (i: number) => (i === 0 || i === cells ? 1 : i % 2 ? 4 : 2);
    return (sum(Array.from({ length: cells + 1 }, (_, i) => weights(i) * at(i))) * 2 * width) / cells / 3;
  };
  return [
    (expectation(mean + STEP, logStd) - expectation(mean - STEP, logStd)) / (2 * STEP),
    (expectation(mean, logStd + STEP) - expectation(mean, logStd - STEP)) / (2 * STEP),
  ];
}

describe("the pathwise and the score-function gradient of an expectation", () => {
  const DRAWS = 200_000;
  const [MEAN, LOG_STD] = [0.4, -0.3];
  const f = (a: number) => a * a - 1.5 * a;
  const distributions = [
    { name: "normals", squash: (u: number) => u, of: (m: tf.Tensor2D, l: tf.Tensor2D) => gaussian(m, l) },
    { name: "squashed normals", squash: Math.tanh, of: (m: tf.Tensor2D, l: tf.Tensor2D) => new SquashedGaussian(gaussian(m, l)) },
  ];

  /** Mean and standard error of the rows' gradients, which the loss gave divided by their number. */
  function estimate(grads: readonly tf.Tensor[]): { mean: number; error: number }[] {
    return grads.map((gradient) => {
      const samples = Array.from(gradient.dataSync(), (g) => g * DRAWS);
      const mean = sum(samples) / DRAWS;
      return { mean, error: Math.sqrt(sum(samples.map((g) => (g - mean) ** 2))) / DRAWS };
    });
  }

  it.each(distributions)("over $name agree with the integral's, and the first varies less", async ({ squash, of }) => {
    const backend = await startBackend("wasm");
    tf.tidy(() => {
      const noise = tf.tensor2d(drawn(DRAWS, randomNormals(21)), [DRAWS, 1]);
      const parameters = [tf.fill([DRAWS, 1], MEAN), tf.fill([DRAWS, 1], LOG_STD)];
      const sampled = (m: tf.Tensor, l: tf.Tensor) => {
        const sample = of(m as tf.Tensor2D, l as tf.Tensor2D).rsample(noise);
        return "action" in sample ? sample.action : sample;
      };
      const quadratic = (a: tf.Tensor) => tf.sub(tf.square(a), tf.mul(1.5, a));
      const action = sampled(parameters[0] as tf.Tensor, parameters[1] as tf.Tensor);
      const value = tf.reshape(quadratic(action), [-1]) as tf.Tensor1D;

      const pathwise = tf.grads((m: tf.Tensor, l: tf.Tensor) => tf.mean(quadratic(sampled(m, l))))(parameters);
      const score = tf.grads((m: tf.Tensor, l: tf.Tensor) =>
        tf.neg(policyGradientLoss(of(m as tf.Tensor2D, l as tf.Tensor2D).logProb(action), value)),
      )(parameters);

      const wanted = integralGradient(f, squash, MEAN, LOG_STD);
      const [byPath, byScore] = [estimate(pathwise), estimate(score)];
      wanted.forEach((derivative, i) => {
        for (const { mean, error } of [byPath[i], byScore[i]] as { mean: number; error: number }[]) {
          expect(Math.abs(mean - derivative)).toBeLessThan(SIGMAS * error);
          expect(Math.abs(derivative)).toBeGreaterThan(10 * error); // the test can tell it from 0
        }
        expect(byPath[i]?.error).toBeLessThan(byScore[i]?.error as number);
      });
    });
    backend.dispose();
  });
});
