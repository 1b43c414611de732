/** What ours leave to stock kernels: it works all the same, but can't be recorded. */
import * as tf from "@tensorflow/tfjs";
import { type Case, one } from "./case.js";

const whole = (x: tf.Tensor) => tf.cast(tf.mul(x, 10), "int32");
const by = (kernel: string) => ({ isFlat: true, obstacle: `the kernel ${kernel}` });

export const LEFT_TO_STOCK: readonly Case[] = [
  one("sin", [9], tf.sin, by("Sin")),
  one("cumsum", [3, 5], (x) => tf.cumsum(x, 1), by("Cumsum")),
  one("sum of integers", [9], (x) => tf.sum(whole(x)), by("Sum")),
  one("sums of integers", [9], (x) => tf.add(whole(x), whole(tf.neg(x))), by("Add")),
];
