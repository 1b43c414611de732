/** Our kernels under TensorFlow.js against its plain JavaScript backend: every operation that they take, and some that they leave. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type BackendName, startBackend } from "../../src/nn/backend.js";
import { drawn, randomNormals, randomNumbers } from "../oracle/random.js";

/** Sums of up to 300 float32 numbers near 1 in another order, relative to the result or to 1. Measured: 3.5e-6. */
const FLOAT32_TOLERANCE = 1e-5;

interface Input {
  readonly data: readonly number[];
  readonly shape: number[];
  readonly dtype: "float32" | "int32" | "bool";
}

interface Case {
  readonly name: string;
  readonly inputs: readonly Input[];
  run(...tensors: tf.Tensor[]): tf.Tensor;
}

const normal = randomNormals(1);
const random = randomNumbers(2);
const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
const floats = (shape: readonly number[], draw = normal): Input => ({
  data: [...drawn(sizeOf(shape), draw)],
  shape: [...shape],
  dtype: "float32",
});
/** Numbers for which every elementary function is defined, none near its pole. */
const positive = (shape: readonly number[]) => floats(shape, () => 0.1 + 3 * random());
const integers = (...data: number[]): Input => ({ data, shape: [data.length], dtype: "int32" });

/** Operands of equal shapes, of rows and columns, of scalars, and of patterns that no two runs of dimensions describe. */
const PAIRS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[5], [5]],
  [[3, 5], [5]],
  [
    [3, 5],
    [3, 5],
  ],
  [
    [3, 1],
    [1, 5],
  ],
  [
    [4, 1],
    [1, 4],
  ],
  [[1], [7]],
  [[], [7]],
  [[], []],
  [[0, 3], [3]],
  [[2, 3, 4], [4]],
  [
    [2, 3, 4],
    [3, 4],
  ],
  [
    [2, 3, 4],
    [2, 1, 4],
  ],
  [
    [2, 3, 4],
    [1, 3, 1],
  ],
  [
    [4, 1, 2, 1],
    [3, 1, 5],
  ],
  [
    [6, 9],
    [6, 1],
  ],
];
/** Lengths around the vectors' four lanes, and higher ranks. */
const SHAPES = [[1], [2], [3], [4], [5], [8], [9], [33], [7, 3], [2, 3, 4]];

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Reduction = (x: tf.Tensor, axis: number | number[], keepDims: boolean) => tf.Tensor;

const arithmetic = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  minimum: tf.minimum,
  maximum: tf.maximum,
  squaredDifference: tf.squaredDifference,
};
const comparisons = {
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  equal: tf.equal,
  notEqual: tf.notEqual,
};
const logic = { logicalAnd: tf.logicalAnd, logicalOr: tf.logicalOr };
const functions: Readonly<Record<string, Unary>> = {
  neg: tf.neg,
  abs: tf.abs,
  square: tf.square,
  sqrt: tf.sqrt,
  exp: tf.exp,
  log: tf.log,
  tanh: tf.tanh,
  relu: tf.relu,
  sigmoid: tf.sigmoid,
  softplus: tf.softplus,
  elu: tf.elu,
  expm1: tf.expm1,
  log1p: tf.log1p,
  reciprocal: tf.reciprocal,
  rsqrt: tf.rsqrt,
  zerosLike: tf.zerosLike,
  onesLike: tf.onesLike,
  softmax: tf.softmax,
  logSoftmax: tf.logSoftmax,
  logSumExp: tf.logSumExp,
  sin: tf.sin,
  transpose: tf.transpose,
};
const reductions: Readonly<Record<string, Reduction>> = { sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min };

const binaryCases = (table: Readonly<Record<string, Binary>>, wrap = (x: tf.Tensor) => x): Case[] =>
  Object.entries(table).flatMap(([name, operation]) =>
    PAIRS.flatMap(
      ([a, b]) =>
        [
          { name: `${name}([${a}], [${b}])`, inputs: [floats(a), positive(b)], run: (x, y) => operation(wrap(x), wrap(y)) },
          { name: `${name}([${b}], [${a}])`, inputs: [positive(b), floats(a)], run: (x, y) => operation(wrap(x), wrap(y)) },
        ] satisfies Case[],
    ),
  );

const unaryCases = Object.entries(functions).flatMap(([name, operation]) =>
  SHAPES.map((shape) => ({ name: `${name}([${shape}])`, inputs: [positive(shape)], run: (x: tf.Tensor) => operation(x) })),
);

const reductionCases = Object.entries(reductions).flatMap(([name, operation]) =>
  [0, 1, 2, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2]].flatMap((axis) =>
    [true, false].map((keepDims) => ({
      name: `${name} over ${axis}, ${keepDims ? "kept" : "dropped"}`,
      inputs: [floats([3, 5, 7])],
      run: (x: tf.Tensor) => operation(x, axis, keepDims),
    })),
  ),
);

const productCases = [
  [1, 1, 1],
  [3, 5, 7],
  [9, 33, 4],
  [5, 300, 17],
].flatMap(([m = 0, k = 0, n = 0]) =>
  [0, 1, 2, 3].map((flags) => {
    const [transposeA, transposeB] = [(flags & 1) === 1, (flags & 2) === 2];
    return {
      name: `matMul [${m},${k}]·[${k},${n}], transposed: ${transposeA}, ${transposeB}`,
      inputs: [floats(transposeA ? [k, m] : [m, k]), floats(transposeB ? [n, k] : [k, n])],
      run: (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB),
    };
  }),
);

const batch = (a: readonly number[], b: readonly number[]): Case => ({
  name: `matMul of batches [${a}], [${b}]`,
  inputs: [floats(a), floats(b)],
  run: (x, y) => tf.matMul(x, y),
});

const bent = (x: tf.Tensor) => tf.sum(tf.minimum(tf.square(x), tf.maximum(tf.mul(x, 2), tf.abs(x))));

const others: Case[] = [
  batch([2, 3, 4], [2, 4, 5]),
  batch([2, 3, 4], [1, 4, 5]),
  batch([1, 3, 4], [1, 4, 5]),
  { name: "clipByValue", inputs: [floats([9])], run: (x) => tf.clipByValue(x, -0.5, 0.5) },
  { name: "where", inputs: [floats([9]), floats([9])], run: (x, y) => tf.where(tf.greater(x, 0), x, y) },
  { name: "where, broadcast", inputs: [floats([3, 1]), floats([3, 4]), floats([4])], run: (c, x, y) => tf.where(tf.greater(c, 0), x, y) },
  { name: "logicalNot", inputs: [floats([9])], run: (x) => tf.logicalNot(tf.greater(x, 0)) },
  { name: "cast from bool", inputs: [floats([9])], run: (x) => tf.cast(tf.greater(x, 0), "float32") },
  { name: "cast from int32", inputs: [integers(3, -4, 7, 0, 1)], run: (x) => tf.cast(x, "float32") },
  { name: "cast to int32", inputs: [floats([9])], run: (x) => tf.cast(x, "int32") },
  { name: "sum of int32", inputs: [integers(1, 2, 4)], run: (x) => tf.sum(x) },
  { name: "add of int32", inputs: [integers(1, 2, 4), integers(5)], run: (x, y) => tf.add(x, y) },
  { name: "oneHot", inputs: [integers(0, 1, 4, -1, 9)], run: (x) => tf.cast(tf.oneHot(x as tf.Tensor1D, 5), "float32") },
  { name: "transpose of rank 3", inputs: [floats([2, 3, 4])], run: (x) => tf.transpose(x, [2, 0, 1]) },
  { name: "fill", inputs: [], run: () => tf.fill([2, 3], 4) },
  { name: "concat", inputs: [floats([3, 4]), floats([2, 4])], run: (x, y) => tf.concat([x, y], 0) },
  { name: "a gradient through bends", inputs: [floats([9])], run: (x) => tf.grad(bent)(x) },
];

const CASES: readonly Case[] = [
  ...binaryCases(arithmetic),
  ...binaryCases(comparisons),
  ...binaryCases(logic, (x) => tf.greater(x, 0.5)),
  ...unaryCases,
  ...reductionCases,
  ...productCases,
  ...others,
];

/** The result of every case on one backend: its shape, its type and its numbers. */
async function resultsOn(name: BackendName) {
  const backend = await startBackend(name);
  const tensors = tf.memory().numTensors;
  const results = CASES.map(({ inputs, run }) =>
    tf.tidy(() => {
      const y = run(...inputs.map(({ data, shape, dtype }) => tf.tensor([...data], shape, dtype)));
      return { shape: [...y.shape], dtype: y.dtype, data: Array.from(y.dataSync()) };
    }),
  );
  expect(tf.memory().numTensors).toBe(tensors);
  backend.dispose();
  return results;
}

describe("TensorFlow.js on our kernels", async () => {
  const [ours, theirs] = [await resultsOn("wasm"), await resultsOn("cpu")];

  it.each(CASES.map(({ name }, i) => ({ name, i })))("gives the result of its own: $name", ({ i }) => {
    const [got, wanted] = [ours[i], theirs[i]] as [(typeof ours)[number], (typeof theirs)[number]];
    expect(got.shape).toEqual(wanted.shape);
    expect(got.dtype).toBe(wanted.dtype);
    expect(got.data).toHaveLength(wanted.data.length);
    const errors = wanted.data.map((x, k) => (Object.is(got.data[k], x) ? 0 : Math.abs((got.data[k] as number) - x) / (1 + Math.abs(x))));
    expect(Math.max(0, ...errors)).toBeLessThan(FLOAT32_TOLERANCE);
  });
});
