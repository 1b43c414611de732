/** Functions of one number. */
import * as tf from "@tensorflow/tfjs";
import { apart, type Case, type Details, one, positive } from "./case.js";

const functions = (all: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>>, details: Details = {}): Case[] =>
  Object.entries(all).map(([name, run]) => one(name, [3, 7], run, details));

export const FUNCTIONS: readonly Case[] = [
  ...functions({ neg: tf.neg, abs: tf.abs, square: tf.square, exp: tf.exp, expm1: tf.expm1, tanh: tf.tanh }, { draw: apart }),
  ...functions({ sigmoid: tf.sigmoid, softplus: tf.softplus, logSigmoid: tf.logSigmoid, elu: tf.elu }, { draw: apart }),
  ...functions({ relu: tf.relu, relu6: (x) => tf.relu6(tf.mul(x, 5)), leakyRelu: (x) => tf.leakyRelu(x, 0.1) }, { draw: apart }),
  ...functions({ sqrt: tf.sqrt, rsqrt: tf.rsqrt, log: tf.log, log1p: tf.log1p, reciprocal: tf.reciprocal }, { draw: positive }),
  ...functions({ sign: tf.sign, floor: tf.floor, ceil: tf.ceil, round: tf.round, step: (x) => tf.mul(x, tf.step(x, 0.3)) }),
  ...functions({ clipByValue: (x) => tf.clipByValue(x, -0.5, 0.8), ones: (x) => tf.add(tf.zerosLike(x), tf.mul(x, tf.onesLike(x))) }),
  ...[0, 1, 2, 3, 7, -1, -2, 0.5, 1.7, -0.3].map((power) => one(`pow ${power}`, [3, 7], (x) => tf.pow(x, power), { draw: positive })),
  one("a cube of negative numbers too", [9], (x) => tf.pow(x, 3), { draw: apart }),
  ...[[], [1], [2], [3], [4], [5], [8], [9], [33], [2, 3, 4]].map((shape) => one(`exp of [${shape}]`, shape, tf.exp)),
];
