/** What an operation to try is, and short ways to write one. */
import type * as tf from "@tensorflow/tfjs";
import type { BackendName } from "../../../../src/nn/backend.js";

export type Shape = readonly number[];

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
  /** What stands in the way of recording; nothing if not given. */
  readonly obstacle?: string;
}

export type Details = Omit<Case, "name" | "shapes" | "run">;
type Results = tf.Tensor | tf.Tensor[];

export const one = (name: string, shape: Shape, run: (x: tf.Tensor) => Results, details: Details = {}): Case => ({
  name,
  shapes: [shape],
  run: (x) => run(x as tf.Tensor),
  ...details,
});

export const two = (name: string, a: Shape, b: Shape, run: (a: tf.Tensor, b: tf.Tensor) => Results, details: Details = {}): Case => ({
  name: `${name} of [${a}] and [${b}]`,
  shapes: [a, b],
  run: (x, y) => run(x as tf.Tensor, y as tf.Tensor),
  ...details,
});

/** "3,5 | 5" as [[3, 5], [5]]; nothing between the bars is a scalar's shape. */
export const shapesOf = (text: string): Shape[] =>
  text.split("|").map((part) =>
    part
      .split(",")
      .filter((length) => length.trim() !== "")
      .map(Number),
  );

/** Pairs of shapes, as {@link shapesOf} reads them. */
export const pairsOf = (...texts: string[]) => texts.map(shapesOf) as [Shape, Shape][];

export const cpu: Details = { reference: "cpu" };
export const positive = (normal: () => number) => 0.2 + Math.abs(normal());

/** Away from 0, where derivatives jump. */
export const apart = (normal: () => number) => {
  const x = normal();
  return x + Math.sign(x) * 0.1;
};
