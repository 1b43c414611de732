/** Joining, taking apart, repeating and turning tensors. */
import * as tf from "@tensorflow/tfjs";
import { type Case, one, pairsOf, shapesOf } from "./case.js";

const many = (name: string, shapes: string, run: (xs: tf.Tensor[]) => tf.Tensor): Case => ({
  name,
  shapes: shapesOf(shapes),
  run: (...xs) => tf.square(run(xs)),
});
/** Where slices of a tensor of 3·4·5 begin, and their shapes. */
const SLICES = [
  ...pairsOf("0,0,0|3,4,5", "1,0,0|2,4,5", "0,1,0|3,2,5", "0,0,2|3,4,1"),
  ...pairsOf("1,1,0|2,3,5", "1,0,1|1,4,4", "1,2,3|2,2,2", "1,2,3|-1,-1,-1"),
];
const squares = (parts: readonly tf.Tensor[]) => parts.map((part) => tf.square(part));

export const MOVING: readonly Case[] = [
  many("concat along 0", "3,4,5|4,4,5|5,4,5", (xs) => tf.concat(xs, 0)),
  many("concat along 1", "3,4,5|3,5,5|3,6,5", (xs) => tf.concat(xs, 1)),
  many("concat along 2", "3,4,5|3,4,6|3,4,7", (xs) => tf.concat(xs, 2)),
  many("concat with one that is empty", "3,0|3,2", (xs) => tf.concat(xs, 1)),
  many("concat of one", "3,2", (xs) => tf.concat(xs, 1)),
  ...[0, 1, 2, -1].map((axis) => many(`stack along ${axis}`, "3,5|3,5", (xs) => tf.stack(xs, axis))),
  many("stack of scalars", "||", (xs) => tf.stack(xs)),
  ...[0, 1, -1].map((axis) => one(`unstack along ${axis}`, [3, 4], (x) => squares(tf.unstack(x, axis)))),
  one("split into equal parts", [3, 8], (x) => squares(tf.split(x, 4, -1))),
  one("split into parts", [6, 3], (x) => squares(tf.split(x, [1, 3, 2], 0))),
  one("split into parts of rows", [5, 6], (x) => squares(tf.split(x, [1, 3, 2], -1))),
  ...SLICES.map(([begin, size]) => one(`slice [${size}] at [${begin}]`, [3, 4, 5], (x) => tf.square(tf.slice(x, [...begin], [...size])))),
  one("slice of a vector", [9], (x) => tf.square(tf.slice(x, 3, 4))),
  one("pad", [3, 4], (x) => tf.square(tf.pad(x, shapesOf("1,2|0,3") as [number, number][], 1.5))),
  one("pad of a vector", [5], (x) => tf.square(tf.pad(x, [[2, 1]]))),
  ...shapesOf("1,1|2,1|1,3|2,3").map((reps) => one(`tile [${reps}]`, [3, 5], (x) => tf.square(tf.tile(x, [...reps])))),
  one("broadcastTo", [3, 1], (x) => tf.square(tf.broadcastTo(x, [2, 3, 5]))),
  one("broadcastTo of a number", [], (x) => tf.square(tf.broadcastTo(x, [70]))),
  ...shapesOf("0,1,2|0,2,1|2,0,1|1,2,0").map((perm) => one(`transpose [${perm}]`, [5, 6, 9], (x) => tf.square(tf.transpose(x, [...perm])))),
  one("transpose of a matrix", [9, 13], (x) => tf.square(tf.transpose(x))),
  one("views", [3, 4], (x) => tf.square(tf.squeeze(tf.expandDims(tf.reshape(x, [2, 6]), 1)))),
];
