/** Matrix products, and what TensorFlow.js fuses with them. */
import * as tf from "@tensorflow/tfjs";
import { type Case, cpu, pairsOf, two } from "./case.js";

const FLAGS = [false, true];
const ACTIVATIONS = ["linear", "relu", "relu6", "elu", "sigmoid", "leakyrelu"] as const;

export const MULTIPLYING: readonly Case[] = [
  ...FLAGS.flatMap((a) =>
    FLAGS.map((b) => two(`matMul (${a}, ${b})`, a ? [9, 5] : [5, 9], b ? [13, 9] : [9, 13], (x, y) => tf.square(tf.matMul(x, y, a, b)))),
  ),
  ...pairsOf("4,3,5|4,5,2", "4,3,5|1,5,2", "1,3,5|4,5,2", "2,4,3,5|2,4,5,2").map(
    ([a, b]) => two("matMul", a, b, (x, y) => tf.square(tf.matMul(x, y)), { isFlat: a[0] !== b[0] }), // whose gradients TensorFlow.js forgets to sum
  ),
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
