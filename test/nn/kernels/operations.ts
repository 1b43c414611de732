/** Operations that algorithms are written in, each with inputs to try it on: what must agree between kernels, and be recordable. */
import * as tf from "@tensorflow/tfjs";
import type { BackendName } from "../../../src/nn/backend.js";
import { logSoftmax } from "../../../src/nn/log-softmax.js";

type Shape = readonly number[];

export interface Case {
  readonly name: string;
  readonly shapes: readonly Shape[];
  run(...inputs: tf.Tensor[]): tf.Tensor | tf.Tensor[];
  /** What inputs are drawn from; standard normals if not given. */
  readonly draw?: (normal: () => number) => number;
  /** Whether there is no gradient to compare. */
  readonly isFlat?: boolean;
  /** Where stock kernels on the WASM backend can't do it, or do it wrong, the cpu backend is the reference. */
  readonly reference?: BackendName;
}

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;
type Details = Omit<Case, "name" | "shapes" | "run">;

const one = (name: string, shape: Shape, run: (x: tf.Tensor) => tf.Tensor | tf.Tensor[], details: Details = {}): Case => ({
  name,
  shapes: [shape],
  run: (x) => run(x as tf.Tensor),
  ...details,
});

const two = (name: string, a: Shape, b: Shape, run: Binary, details: Details = {}): Case => ({
  name: `${name} of [${a}] and [${b}]`,
  shapes: [a, b],
  run: (x, y) => run(x as tf.Tensor, y as tf.Tensor),
  ...details,
});

const functions = (all: Readonly<Record<string, Unary>>, details: Details = {}): Case[] =>
  Object.entries(all).map(([name, run]) => one(name, [3, 7], run, details));

const positive = (normal: () => number) => 0.2 + Math.abs(normal());

/** Away from 0, where derivatives jump. */
const apart = (normal: () => number) => {
  const x = normal();
  return x + Math.sign(x) * 0.1;
};

const FUNCTIONS: readonly Case[] = [
  ...functions({ neg: tf.neg, abs: tf.abs, square: tf.square, exp: tf.exp, expm1: tf.expm1, tanh: tf.tanh }, { draw: apart }),
  ...functions({ sigmoid: tf.sigmoid, softplus: tf.softplus, logSigmoid: tf.logSigmoid, elu: tf.elu }, { draw: apart }),
  ...functions({ relu: tf.relu, relu6: (x) => tf.relu6(tf.mul(x, 5)), leakyRelu: (x) => tf.leakyRelu(x, 0.1) }, { draw: apart }),
  ...functions({ sqrt: tf.sqrt, rsqrt: tf.rsqrt, log: tf.log, log1p: tf.log1p, reciprocal: tf.reciprocal }, { draw: positive }),
  ...functions({ sign: tf.sign, floor: tf.floor, ceil: tf.ceil, round: tf.round, step: (x) => tf.mul(x, tf.step(x, 0.3)) }),
  ...functions({ clipByValue: (x) => tf.clipByValue(x, -0.5, 0.8), ones: (x) => tf.add(tf.zerosLike(x), tf.mul(x, tf.onesLike(x))) }),
  ...[0, 1, 2, 3, 7, -1, -2, 0.5, 1.7, -0.3].map((power) => one(`pow ${power}`, [3, 7], (x) => tf.pow(x, power), { draw: positive })),
  one("a cube of negative numbers too", [9], (x) => tf.pow(x, 3), { draw: apart }),
];

/** Every layout that broadcasting knows, and more than two runs of dimensions. */
const PAIRS: readonly (readonly [Shape, Shape])[] = [
  ...([
    [[], []],
    [[5], []],
    [[], [6]],
    [[3, 5], [5]],
    [[5], [3, 5]],
    [
      [3, 5],
      [3, 1],
    ],
    [
      [3, 1],
      [3, 5],
    ],
  ] as const),
  ...([
    [
      [3, 1],
      [1, 5],
    ],
    [
      [2, 3, 4],
      [3, 4],
    ],
    [
      [2, 3, 4],
      [2, 1, 1],
    ],
    [
      [2, 9],
      [2, 9],
    ],
    [
      [2, 3, 4],
      [2, 1, 4],
    ],
  ] as const),
  ...([
    [
      [2, 1, 4],
      [1, 3, 1],
    ],
    [
      [2, 1, 3, 1],
      [4, 1, 5],
    ],
  ] as const),
];

const pairs = (all: Readonly<Record<string, Binary>>, detailsOf: (a: Shape, b: Shape) => Details = () => ({})): Case[] =>
  Object.entries(all).flatMap(([name, run]) => PAIRS.map(([a, b]) => two(name, a, b, run, detailsOf(a, b))));

/** TensorFlow.js forgets to sum these gradients over what was repeated. */
const unlessRepeated = (a: Shape, b: Shape): Details => ({ isFlat: String(a) !== String(b) });
const onWholes =
  (compare: Binary): Binary =>
  (a, b) =>
    compare(tf.round(a), tf.round(b));
const mask = (bits: string, shape: number[]) => tf.tensor([...bits].map(Number), shape, "bool");

const PAIRWISE: readonly Case[] = [
  ...pairs({ add: tf.add, sub: tf.sub, mul: tf.mul }),
  ...pairs({ div: tf.div }, () => ({ draw: positive })),
  ...pairs({ minimum: tf.minimum, maximum: tf.maximum, squaredDifference: tf.squaredDifference }, unlessRepeated),
  ...pairs({ greater: onWholes(tf.greater), greaterEqual: onWholes(tf.greaterEqual), equal: onWholes(tf.equal) }, () => ({ isFlat: true })),
  ...pairs({ less: onWholes(tf.less), lessEqual: onWholes(tf.lessEqual), notEqual: onWholes(tf.notEqual) }, () => ({ isFlat: true })),
  {
    name: "addN",
    shapes: [
      [3, 5],
      [3, 5],
      [3, 5],
    ],
    run: (...xs) => tf.square(tf.addN(xs)),
  },
  { name: "addN of one", shapes: [[5]], run: (...xs) => tf.square(tf.addN(xs)) },
  two("where", [3, 5], [3, 5], (a, b) => tf.where(mask("101100010111001", [3, 5]), tf.square(a), tf.neg(b))),
  two("where, broadcasting", [3, 1], [], (a, b) => tf.where(mask("10110", [5]), tf.square(a), b)),
  two("logic", [17], [17], (a, b) => tf.logicalOr(tf.logicalAnd(tf.greater(a, 0), tf.less(b, 0)), tf.logicalNot(tf.greater(a, 1))), {
    isFlat: true,
  }),
  one("cast of conditions", [19], (x) => tf.cast(tf.greater(x, 0), "float32"), { isFlat: true }),
  one("cast to integers and back", [19], (x) => tf.cast(tf.cast(tf.mul(x, 10), "int32"), "float32"), { isFlat: true }),
  one("fill", [4], (x) => tf.mul(x, tf.fill([3, 4], 2.5))),
];

const AXES: readonly (number | number[] | undefined)[] = [undefined, 0, 1, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2]];
const REDUCTIONS = { sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min };

const REDUCING: readonly Case[] = [
  ...Object.entries(REDUCTIONS).flatMap(([name, reduce]) =>
    AXES.flatMap((axis) =>
      [false, true].map((keep) => one(`${name} over [${axis}], ${keep}`, [3, 4, 6], (x) => tf.square(reduce(x, axis, keep)))),
    ),
  ),
  ...[0, 1, 2].map((axis) => one(`prod over ${axis}`, [3, 4, 6], (x) => tf.prod(x, axis), { isFlat: true })),
  ...[0, 1, 2].map((axis) => one(`argMax over ${axis}`, [3, 5, 6], (x) => tf.argMax(tf.round(x), axis), { isFlat: true })),
  ...[0, 1, 2].map((axis) => one(`argMin over ${axis}`, [3, 5, 6], (x) => tf.argMin(tf.round(x), axis), { isFlat: true })),
  ...[1, 2, 3, 5, 8, 33].flatMap((size) => [
    one(`softmax of ${size}`, [7, size], (x) => tf.softmax(x)),
    one(`logSoftmax of ${size}`, [7, size], (x) => tf.logSoftmax(x)),
    one(`our logSoftmax of ${size}`, [7, size], (x) => logSoftmax(x)),
  ]),
  one("logSumExp", [5, 6], (x) => tf.logSumExp(x, -1)),
  one("moments", [5, 6], (x) => Object.values(tf.moments(x, 0))),
  one("norm", [5, 6], (x) => tf.norm(x)),
  two("huberLoss", [9], [9], (a, b) => tf.losses.huberLoss(a, b)),
  two("softmaxCrossEntropy", [5, 4], [5, 4], (a, b) => tf.losses.softmaxCrossEntropy(tf.softmax(a), b)),
];

const along = (axis: number, more: number): number[] => [3, 4, 5].map((length, at) => (at === axis ? length + more : length));
const SLICES: readonly (readonly [Shape, Shape])[] = [
  ...([
    [
      [0, 0, 0],
      [3, 4, 5],
    ],
    [
      [1, 0, 0],
      [2, 4, 5],
    ],
    [
      [0, 1, 0],
      [3, 2, 5],
    ],
    [
      [0, 0, 2],
      [3, 4, 1],
    ],
  ] as const),
  ...([
    [
      [1, 1, 0],
      [2, 3, 5],
    ],
    [
      [1, 0, 1],
      [1, 4, 4],
    ],
    [
      [1, 2, 3],
      [2, 2, 2],
    ],
    [
      [1, 2, 3],
      [-1, -1, -1],
    ],
  ] as const),
];

const MOVING: readonly Case[] = [
  ...[0, 1, 2].map(
    (axis): Case => ({
      name: `concat along ${axis}`,
      shapes: [0, 1, 2].map((more) => along(axis, more)),
      run: (...xs) => tf.square(tf.concat(xs, axis)),
    }),
  ),
  {
    name: "concat with one that is empty",
    shapes: [
      [3, 0],
      [3, 2],
    ],
    run: (...xs) => tf.square(tf.concat(xs, 1)),
  },
  { name: "concat of one", shapes: [[3, 2]], run: (...xs) => tf.square(tf.concat(xs, 1)) },
  ...[0, 1, 2, -1].map(
    (axis): Case => ({
      name: `stack along ${axis}`,
      shapes: [
        [3, 5],
        [3, 5],
      ],
      run: (...xs) => tf.square(tf.stack(xs, axis)),
    }),
  ),
  ...[0, 1, -1].map((axis) => one(`unstack along ${axis}`, [3, 4], (x) => tf.unstack(x, axis).map((part) => tf.square(part)))),
  one("split into equal parts", [3, 8], (x) => tf.split(x, 4, -1).map((part) => tf.square(part))),
  one("split into parts", [6, 3], (x) => tf.split(x, [1, 3, 2], 0).map((part) => tf.square(part))),
  ...SLICES.map(([begin, size]) => one(`slice [${size}] at [${begin}]`, [3, 4, 5], (x) => tf.square(tf.slice(x, [...begin], [...size])))),
  one("slice of a vector", [9], (x) => tf.square(tf.slice(x, 3, 4))),
  one("pad", [3, 4], (x) =>
    tf.square(
      tf.pad(
        x,
        [
          [1, 2],
          [0, 3],
        ],
        1.5,
      ),
    ),
  ),
  one("pad of a vector", [5], (x) => tf.square(tf.pad(x, [[2, 1]]))),
  ...[
    [1, 1],
    [2, 1],
    [1, 3],
    [2, 3],
  ].map((reps) => one(`tile [${reps}]`, [3, 5], (x) => tf.square(tf.tile(x, reps)))),
  one("broadcastTo", [3, 1], (x) => tf.square(tf.broadcastTo(x, [2, 3, 5]))),
  one("broadcastTo of a number", [], (x) => tf.square(tf.broadcastTo(x, [70]))),
  ...[
    [0, 1, 2],
    [0, 2, 1],
    [2, 0, 1],
    [1, 2, 0],
  ].map((perm) => one(`transpose [${perm}]`, [5, 6, 9], (x) => tf.square(tf.transpose(x, perm)))),
  one("transpose of a matrix", [9, 13], (x) => tf.square(tf.transpose(x))),
  one("views", [3, 4], (x) => tf.square(tf.squeeze(tf.expandDims(tf.reshape(x, [2, 6]), 1)))),
];

const int = (values: number[], shape: number[] = [values.length]): tf.Tensor => tf.tensor(values, shape, "int32");
const cpu: Details = { reference: "cpu" };

const INDEXING: readonly Case[] = [
  one("oneHot", [3, 4], (x) => tf.mul(tf.oneHot(int([2, 0, 3]), 4), x)),
  one("oneHot in float32", [3, 4], (x) => tf.mul(tf.oneHot(int([2, 0, -1]), 4, 0.9, 0.1, "float32"), x), cpu),
  ...[0, 1, 2].map((axis) => one(`gather along ${axis}`, [3, 4, 3], (x) => tf.square(tf.gather(x, int([2, 0, 2, 1]), axis)), cpu)),
  one("gather of rows by a matrix", [4, 3], (x) => tf.square(tf.gather(x, int([3, 0, 1, 3, 3, 2], [2, 3]))), cpu),
  one("gather in each row", [3, 4], (x) => tf.square(tf.gather(x, int([3, 0, 1], [3, 1]), 1, 1)), cpu),
  one("unsortedSegmentSum", [6, 5], (x) => tf.square(tf.unsortedSegmentSum(x, int([2, 0, 2, 1, 0, 2]) as tf.Tensor1D, 4)), cpu),
  one(
    "unsortedSegmentSum with rows left out",
    [4, 2],
    (x) => tf.square(tf.unsortedSegmentSum(x, int([1, -1, 0, 1]) as tf.Tensor1D, 2)),
    cpu,
  ),
];

const FLAGS = [false, true];
const ACTIVATIONS = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu"] as const;
const BATCHES: readonly (readonly [Shape, Shape])[] = [
  ...([
    [
      [4, 3, 5],
      [4, 5, 2],
    ],
    [
      [4, 3, 5],
      [1, 5, 2],
    ],
    [
      [1, 3, 5],
      [4, 5, 2],
    ],
    [
      [2, 4, 3, 5],
      [2, 4, 5, 2],
    ],
  ] as const),
];

const MULTIPLYING: readonly Case[] = [
  ...FLAGS.flatMap((a) =>
    FLAGS.map((b) => two(`matMul (${a}, ${b})`, a ? [9, 5] : [5, 9], b ? [13, 9] : [9, 13], (x, y) => tf.square(tf.matMul(x, y, a, b)))),
  ),
  ...BATCHES.map(([a, b]) => two("matMul", a, b, (x, y) => tf.square(tf.matMul(x, y)), { isFlat: a[0] !== b[0] })), // as unlessRepeated
  ...ACTIVATIONS.flatMap((activation) =>
    FLAGS.map(
      (transposeB): Case => ({
        name: `fused matMul followed by ${activation} (${transposeB})`,
        shapes: [[6, 5], transposeB ? [7, 5] : [5, 7], [7]],
        run: (a, b, bias) => tf.fused.matMul({ a, b, bias, activation, transposeB, leakyreluAlpha: 0.2 } as never),
        isFlat: true, // in gradients TensorFlow.js takes it apart
        ...cpu,
      }),
    ),
  ),
  {
    name: "fused matMul with a gradient",
    shapes: [[6, 5], [5, 7], [7]],
    run: (a, b, bias) => tf.square(tf.fused.matMul({ a, b, bias, activation: "linear" } as never)),
  },
];

export const CASES: readonly Case[] = [...FUNCTIONS, ...PAIRWISE, ...REDUCING, ...MOVING, ...INDEXING, ...MULTIPLYING];
