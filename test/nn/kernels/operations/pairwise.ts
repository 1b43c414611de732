/** Functions of two numbers, conditions, and what chooses between two. */
import * as tf from "@tensorflow/tfjs";
import { type Case, type Details, one, pairsOf, positive, type Shape, two } from "./case.js";

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Every layout that broadcasting knows, and more than two runs of dimensions. */
const PAIRS = [
  ...pairsOf("|", "5|", "|6", "1|7", "3,5|5", "5|3,5", "3,5|3,1", "3,1|3,5", "6,9|6,1", "3,1|1,5", "4,1|1,4", "0,3|3"),
  ...pairsOf("2,3,4|4", "2,3,4|3,4", "2,3,4|2,1,1", "2,9|2,9", "2,3,4|2,1,4", "2,1,4|1,3,1", "2,1,3,1|4,1,5"),
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
const both = (a: tf.Tensor, b: tf.Tensor) => tf.logicalAnd(tf.greater(a, 0), tf.less(b, 0));

export const PAIRWISE: readonly Case[] = [
  ...pairs({ add: tf.add, sub: tf.sub, mul: tf.mul }),
  ...pairs({ div: tf.div }, () => ({ draw: positive })),
  ...pairs({ minimum: tf.minimum, maximum: tf.maximum, squaredDifference: tf.squaredDifference }, unlessRepeated),
  ...pairs({ greater: onWholes(tf.greater), greaterEqual: onWholes(tf.greaterEqual), equal: onWholes(tf.equal) }, () => ({ isFlat: true })),
  ...pairs({ less: onWholes(tf.less), lessEqual: onWholes(tf.lessEqual), notEqual: onWholes(tf.notEqual) }, () => ({ isFlat: true })),
  { name: "addN", shapes: [[3, 5], [3, 5], [3, 5]], run: (...xs) => tf.square(tf.addN(xs)) }, // biome-ignore format: shapes
  { name: "addN of one", shapes: [[5]], run: (...xs) => tf.square(tf.addN(xs)) },
  { name: "addN of scalars", shapes: [[], [], []], run: (...xs) => tf.square(tf.addN(xs)) },
  two("where", [3, 5], [3, 5], (a, b) => tf.where(mask("101100010111001", [3, 5]), tf.square(a), tf.neg(b))),
  two("where, broadcasting", [3, 1], [], (a, b) => tf.where(mask("10110", [5]), tf.square(a), b)),
  two("where one is greater", [17], [17], (a, b) => tf.where(tf.greater(a, b), tf.square(a), tf.mul(b, 3)), { isFlat: true }),
  two("logic", [17], [17], (a, b) => tf.logicalOr(both(a, b), tf.logicalNot(tf.greater(a, 1))), { isFlat: true }),
  one("cast of conditions", [19], (x) => tf.cast(tf.greater(x, 0), "float32"), { isFlat: true }),
  one("cast to integers and back", [19], (x) => tf.cast(tf.cast(tf.mul(x, 10), "int32"), "float32"), { isFlat: true }),
  two("a product with a condition", [19], [19], (x, y) => tf.mul(x, tf.cast(tf.greater(y, 0), "float32")), { isFlat: true }),
  one("fill", [4], (x) => tf.mul(x, tf.fill([3, 4], 2.5))),
];
