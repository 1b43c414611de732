/** Whole computations on our kernels: gradients against finite differences, gradients of gradients and layers against stock kernels. */
import * as tf from "@tensorflow/tfjs";
import { beforeAll, describe, expect, it } from "vitest";
import { type KernelChoice, startBackend } from "../../../src/nn/backend.js";
import { dense } from "../../../src/nn/dense.js";
import { categorical, gaussian } from "../../../src/nn/distributions.js";
import { hasKernels } from "../../../src/nn/kernels/register.js";
import { pick } from "../../../src/nn/pick.js";
import { drawn, randomNormals } from "../../oracle/random.js";

/** float32 against central differences of float32 values: half of their digits. Measured: 1.7e-4. */
const DIFFERENCE_TOLERANCE = 1e-3;
const STEP = 1e-2;
/** Two float32 implementations of a few layers and their derivatives. Measured: 1.2e-6. */
const AGREEMENT_TOLERANCE = 1e-5;

const BATCH = 6;
const INPUTS = 3;
const ACTIONS = 4;

type Loss = (...parameters: tf.Tensor[]) => tf.Scalar;

const normals = (shape: number[], seed: number) =>
  tf.tensor(
    drawn(
      shape.reduce((a, b) => a * b, 1),
      randomNormals(seed),
    ),
    shape,
  );
/** Lives on the running backend, as a rollout's column does. */
let observation: tf.Tensor2D;
const action = () => tf.tensor1d([0, 3, 1, 2, 2, 0], "int32");

/** A policy's logits or means from a hidden layer's parameters and a head's. */
function head(activation: "tanh" | "relu", [w0, b0, w1, b1]: tf.Tensor[]): tf.Tensor2D {
  const hidden = dense(observation, w0 as tf.Tensor2D, b0 as tf.Tensor, activation, "parameters");
  return dense(hidden, w1 as tf.Tensor2D, b1 as tf.Tensor, "linear", "both");
}

const SHAPES = [[INPUTS, 5], [5], [5, ACTIONS], [ACTIONS]];

const LOSSES: Readonly<Record<string, Loss>> = {
  "the log-probability of choices": (...p) => tf.mean(categorical(head("tanh", p)).logProb(action())),
  "the entropy of choices": (...p) => tf.mean(categorical(head("relu", p)).entropy()),
  "the log-density of a Gaussian, log-deviations from a head": (...p) => {
    const [mean, logStd] = tf.split(head("tanh", p), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    return tf.mean(gaussian(mean, tf.clipByValue(logStd, -3, 3)).logProb(normals([BATCH, 2], 9)));
  },
  "a squashed action's log-density": (...p) => {
    const [mean, logStd] = tf.split(head("tanh", p), 2, 1) as [tf.Tensor2D, tf.Tensor2D];
    const raw = tf.add(mean, tf.mul(tf.exp(logStd), normals([BATCH, 2], 8)));
    const squash = tf.mul(2, tf.sub(Math.LN2, tf.add(raw, tf.softplus(tf.mul(-2, raw)))));
    return tf.mean(tf.sub(gaussian(mean, logStd).logProb(raw), tf.sum(squash, -1)));
  },
  "temporal differences of chosen values, with Huber's loss": (...p) =>
    tf.losses.huberLoss(normals([BATCH], 7), pick(head("relu", p), action())) as tf.Scalar,
  "a critic of states and actions side by side": (...p) => {
    const both = tf.concat([tf.tanh(head("tanh", p)), observation], 1);
    return tf.mean(tf.square(tf.sum(tf.elu(both), 1)));
  },
  "two critics and the smaller of both": (...p) => {
    const values = tf.stack([tf.sum(head("tanh", p), 1), tf.sum(tf.sigmoid(head("relu", p)), 1)]);
    return tf.mean(tf.min(values, 0));
  },
};

const parameters = () => SHAPES.map((shape, i) => normals(shape, 20 + i));
const numbersOf = (tensors: readonly tf.Tensor[]) => tensors.map((tensor) => [...tensor.dataSync()]);

function inScope<T>(work: () => T): T {
  tf.engine().startScope();
  try {
    return work();
  } finally {
    tf.engine().endScope();
  }
}

/** The largest difference of two lists of numbers, relative to the second's size. */
function difference(got: readonly (readonly number[])[], wanted: readonly (readonly number[])[]): number {
  const size = Math.max(1e-3, ...wanted.flat().map(Math.abs));
  const errors = wanted.flatMap((numbers, i) => numbers.map((value, j) => Math.abs((got[i]?.[j] ?? Number.NaN) - value)));
  return errors.reduce((worst, error) => (error <= worst ? worst : error), 0) / size;
}

async function on<T>(kernels: KernelChoice, work: () => T | Promise<T>): Promise<T> {
  const backend = await startBackend("wasm", kernels);
  expect(hasKernels()).toBe(kernels === "lanewise");
  observation = normals([BATCH, INPUTS], 1) as tf.Tensor2D;
  const result = await work();
  observation.dispose();
  backend.dispose();
  return result;
}

describe.each(Object.entries(LOSSES))("%s", (_, loss) => {
  it("has the gradient of its finite differences, and of stock kernels", async () => {
    const gradient = () => inScope(() => numbersOf(tf.grads(loss)(parameters())));
    const got = await on("lanewise", gradient);
    expect(difference(got, await on("stock", gradient))).toBeLessThan(AGREEMENT_TOLERANCE);
    const differences = await on("lanewise", () =>
      SHAPES.map((shape, k) =>
        Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => {
          const at = (by: number) =>
            inScope(() => {
              const moved = parameters();
              const values = (moved[k] as tf.Tensor).dataSync().slice();
              values[i] = (values[i] as number) + by;
              moved[k] = tf.tensor(values, shape);
              return loss(...moved).dataSync()[0] as number;
            });
          return (at(STEP) - at(-STEP)) / (2 * STEP);
        }),
      ),
    );
    expect(difference(got, differences)).toBeLessThan(DIFFERENCE_TOLERANCE);
  });
});

it("gradients of gradients are those of stock kernels, where these have them", async () => {
  // TensorFlow.js loses the second derivative of all that saves its result: tanh, sigmoid, exp, softmax.
  const f: Loss = (x) => {
    const parts = tf.concat([tf.softplus(x as tf.Tensor), tf.tile(tf.square(tf.slice(x as tf.Tensor, [0, 1], [-1, 2])), [1, 2])], 1);
    return tf.sum(tf.square(tf.mul(parts, tf.log(tf.add(tf.square(parts), 1)))));
  };
  const second = () =>
    inScope(() => {
      const length: Loss = (x) => tf.sum(tf.square(tf.grad(f as (x: tf.Tensor) => tf.Tensor)(x as tf.Tensor)));
      return numbersOf([tf.grad(length as (x: tf.Tensor) => tf.Tensor)(normals([4, 3], 40))]);
    });
  expect(difference(await on("lanewise", second), await on("stock", second))).toBeLessThan(AGREEMENT_TOLERANCE);
});

describe("a model of layers", () => {
  const ACTIVATIONS = ["relu", "tanh", "elu", "sigmoid", "softplus", "linear"] as const;

  function modelOf(activation: (typeof ACTIVATIONS)[number]): tf.Sequential {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({ inputShape: [INPUTS], units: 7, activation }),
        tf.layers.dense({ units: 5, activation }),
        tf.layers.dense({ units: 2, activation: "softmax" }),
      ],
    });
    model.setWeights(model.getWeights().map(({ shape }, i) => normals(shape, 30 + i)));
    return model;
  }

  const target = () => tf.tensor2d([1, 0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 1], [BATCH, 2]);

  it.each(ACTIVATIONS)("with %s predicts and learns on our kernels as on stock ones", async (activation) => {
    const run = async () => {
      const model = modelOf(activation);
      const predictions = numbersOf([model.predict(observation) as tf.Tensor]);
      model.compile({ optimizer: tf.train.adam(0.01), loss: "categoricalCrossentropy" });
      const { history } = await model.fit(observation, target(), { batchSize: BATCH, epochs: 1, shuffle: false });
      return [...predictions, history["loss"] as number[], ...numbersOf(model.getWeights())];
    };
    expect(difference(await on("lanewise", run), await on("stock", run))).toBeLessThan(AGREEMENT_TOLERANCE);
  });
});

describe("our kernels", () => {
  let names: readonly string[];

  beforeAll(async () => {
    await startBackend("wasm", "stock");
    names = tf.getKernelsForBackend("wasm").map(({ kernelName }) => kernelName);
  });

  it("come and go without a trace", async () => {
    const state = () => ({
      kernels: tf.getKernelsForBackend("wasm").map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc] as const),
      gradients: names.map((name) => tf.getGradient(name)),
    });
    const sorted = ({ kernels, gradients }: ReturnType<typeof state>) => ({ kernels: new Map(kernels), gradients });
    const before = sorted(state());
    for (let i = 0; i < 3; i++) {
      (await startBackend("wasm")).dispose();
      expect(tf.getKernelsForBackend("wasm").length).toBeGreaterThan(names.length);
      (await startBackend("wasm", "stock")).dispose();
      expect(sorted(state())).toEqual(before);
    }
  });

  it("leave other backends' gradients alone", async () => {
    (await startBackend("wasm")).dispose();
    const other = await startBackend("cpu");
    observation = normals([BATCH, INPUTS], 1) as tf.Tensor2D;
    const gradient = inScope(() => numbersOf(tf.grads(LOSSES["the entropy of choices"] as Loss)(parameters())));
    observation.dispose();
    const wanted = await on("stock", () => inScope(() => numbersOf(tf.grads(LOSSES["the entropy of choices"] as Loss)(parameters()))));
    expect(difference(gradient, wanted)).toBeLessThan(AGREEMENT_TOLERANCE);
    other.dispose();
  });

  it("refuse an index that points outside, as stock ones do", async () => {
    await on("lanewise", () => {
      expect(() => tf.tidy(() => tf.gather(tf.tensor1d([1, 2, 3]), tf.tensor1d([0, 3], "int32")))).toThrow(
        "gather: index 3 is not in [0, 2]",
      );
      expect(() => tf.tidy(() => tf.gather(tf.tensor1d([1, 2, 3]), tf.tensor1d([-1], "int32")))).toThrow(
        "gather: index -1 is not in [0, 2]",
      );
    });
  });

  it("keep a NaN, and make something of nothing", async () => {
    await on("lanewise", () =>
      inScope(() => {
        const [nan, x] = [tf.tensor1d([Number.NaN, 1]), tf.tensor1d([1, Number.NaN])];
        const functions = [tf.relu, tf.relu6, tf.sign, tf.tanh, tf.sigmoid, tf.softplus, tf.elu, tf.exp, tf.abs, tf.step];
        for (const of of functions) expect(of(nan).dataSync()[0], of.name).toBeNaN();
        for (const of of [tf.minimum, tf.maximum, tf.add]) expect([...of(nan, x).dataSync()], of.name).toEqual([Number.NaN, Number.NaN]);
        expect(tf.clipByValue(nan, -1, 1).dataSync()[0]).toBeNaN();
        for (const of of [tf.max, tf.min, tf.sum, tf.mean]) expect(of(nan).dataSync()[0], of.name).toBeNaN();
        const nothing = tf.zeros([2, 0]);
        expect([...tf.sum(nothing, 1).dataSync()]).toEqual([0, 0]);
        expect([...tf.prod(nothing, 1).dataSync()]).toEqual([1, 1]);
        expect([...tf.max(nothing, 1).dataSync()]).toEqual([-Infinity, -Infinity]);
        expect([...tf.min(nothing, 1).dataSync()]).toEqual([Infinity, Infinity]);
        expect(tf.softmax(nothing).shape).toEqual([2, 0]);
        expect([...tf.matMul(nothing as tf.Tensor2D, tf.zeros([0, 3])).dataSync()]).toEqual([0, 0, 0, 0, 0, 0]);
        expect(tf.concat([nothing, tf.ones([2, 1])], 1).shape).toEqual([2, 1]);
        expect(tf.mul(nothing, tf.ones([2, 1])).shape).toEqual([2, 0]);
      }),
    );
  });
});
