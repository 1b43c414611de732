/** Sums, means, extrema, positions, and what is made of them. */
import * as tf from "@tensorflow/tfjs";
import { logSoftmax } from "../../../../src/nn/log-softmax.js";
import { type Case, one, two } from "./case.js";

const AXES: readonly (number | number[] | undefined)[] = [undefined, 0, 1, -1, [0, 1], [1, 2], [0, 2], [0, 1, 2]];
const REDUCTIONS = { sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min };
const flat = { isFlat: true };

export const REDUCING: readonly Case[] = [
  ...Object.entries(REDUCTIONS).flatMap(([name, reduce]) =>
    AXES.flatMap((axis) =>
      [false, true].map((keep) => one(`${name} over [${axis}], ${keep}`, [3, 4, 6], (x) => tf.square(reduce(x, axis, keep)))),
    ),
  ),
  ...[0, 1, 2].map((axis) => one(`prod over ${axis}`, [3, 4, 6], (x) => tf.prod(x, axis), flat)),
  ...[0, 1, 2].map((axis) => one(`argMax over ${axis}`, [3, 5, 6], (x) => tf.argMax(tf.round(x), axis), flat)),
  ...[0, 1, 2].map((axis) => one(`argMin over ${axis}`, [3, 5, 6], (x) => tf.argMin(tf.round(x), axis), flat)),
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
