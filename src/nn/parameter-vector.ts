/** Parameters as one vector: what conjugate gradients and line searches move in. */
import * as tf from "@tensorflow/tfjs";
import type { Backend } from "./backend.js";
import { type Parameter, writeParameter } from "./parameters.js";

export class ParameterVector {
  /** How many numbers the parameters have together. */
  readonly size: number;

  constructor(
    readonly backend: Backend,
    readonly list: readonly Parameter[],
  ) {
    this.size = list.reduce((sum, { column }) => sum + column.length, 0);
  }

  get tensors(): tf.Tensor[] {
    return this.list.map(({ tensor }) => tensor);
  }

  /** The parameters' numbers, in order; where memory isn't shared, as they were last pulled or written. */
  read(): Float64Array {
    const values = new Float64Array(this.size);
    let start = 0;
    for (const { column } of this.list) {
      values.set(column.data, start);
      start += column.length;
    }
    return values;
  }

  /** Gives the parameters these numbers, rounded to float32. */
  write(values: Float64Array): void {
    let start = 0;
    for (const parameter of this.list) {
      const { length } = parameter.column;
      writeParameter(this.backend, parameter, values.subarray(start, start + length));
      start += length;
    }
  }

  /** The parts of a vector `[size]` that belong to each parameter, in its shape. */
  split(vector: tf.Tensor1D): tf.Tensor[] {
    let start = 0;
    return this.list.map(({ column: { length, shape } }) => {
      const part = tf.reshape(tf.slice1d(vector, start, length), [...shape]);
      start += length;
      return part;
    });
  }

  /** The vector `[size]` of tensors in the parameters' order and shapes; the inverse of {@link split}. */
  join(tensors: readonly tf.Tensor[]): tf.Tensor1D {
    return tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D));
  }
}
