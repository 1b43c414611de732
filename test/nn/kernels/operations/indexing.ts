/** What chooses by index. */
import * as tf from "@tensorflow/tfjs";
import { pick } from "../../../../src/nn/pick.js";
import { type Case, cpu, one, two } from "./case.js";

const int = (values: number[], shape: number[] = [values.length]): tf.Tensor => tf.tensor(values, shape, "int32");
const segments = (...ids: number[]) => int(ids) as tf.Tensor1D;
const largest = (x: tf.Tensor) => tf.argMax(x, -1);

export const INDEXING: readonly Case[] = [
  one("oneHot", [3, 4], (x) => tf.mul(tf.oneHot(int([2, 0, 3]), 4), x)),
  one("oneHot in float32", [3, 4], (x) => tf.mul(tf.oneHot(int([2, 0, -1]), 4, 0.9, 0.1, "float32"), x), cpu),
  two("oneHot of positions", [5, 4], [5, 4], (x, y) => tf.sum(tf.mul(tf.oneHot(largest(y), 4), tf.square(x)), -1), { isFlat: true }),
  two("our pick by position", [5, 4], [5, 4], (x, y) => pick(x as tf.Tensor2D, largest(y)), { ...cpu, isFlat: true }),
  one("our pick", [3, 4], (x) => tf.square(pick(x as tf.Tensor2D, int([3, 0, 1]))), cpu),
  ...[0, 1, 2].map((axis) => one(`gather along ${axis}`, [3, 4, 3], (x) => tf.square(tf.gather(x, int([2, 0, 2, 1]), axis)), cpu)),
  one("gather of rows by a matrix", [4, 3], (x) => tf.square(tf.gather(x, int([3, 0, 1, 3, 3, 2], [2, 3]))), cpu),
  one("gather in each row", [3, 4], (x) => tf.square(tf.gather(x, int([3, 0, 1], [3, 1]), 1, 1)), cpu),
  one("unsortedSegmentSum", [6, 5], (x) => tf.square(tf.unsortedSegmentSum(x, segments(2, 0, 2, 1, 0, 2), 4)), cpu),
  one("unsortedSegmentSum with rows left out", [4, 2], (x) => tf.square(tf.unsortedSegmentSum(x, segments(1, -1, 0, 1), 2)), cpu),
];
