/** Target networks: parameters that follow others slowly, or take them over now and then. */
import * as tf from "@tensorflow/tfjs";
import { ensure } from "../../core/errors.js";
import type { Parameters } from "../parameters.js";

/** target ← (1 − τ) · target + τ · source, for parameters that pair off in order; τ = 1 copies. */
export function follow(target: Parameters, source: Parameters, tau: number): void {
  const isPair =
    target.list.length === source.list.length && target.list.every(({ column }, i) => column.length === source.list[i]?.column.length);
  ensure(isPair, () => `a target of ${describe(target)} can't follow ${describe(source)}: both need the same shapes in the same order`);
  if (target.backend.sharesMemory) followInMemory(target, source, tau);
  else followInTensors(target, source, tau);
}

function describe({ list }: Parameters): string {
  return `[${list.map(({ name, column }) => `${name} ${column.shape.join("×")}`).join(", ")}]`;
}

function followInMemory({ list, backend }: Parameters, source: Parameters, tau: number): void {
  for (const [i, { column, tensor }] of list.entries()) {
    backend.kernels.polyak(column.address, source.list[i]?.column.address as number, column.length, tau);
    backend.markWritten(tensor);
  }
}

function followInTensors({ tensors }: Parameters, source: Parameters, tau: number): void {
  tf.tidy(() => {
    for (const [i, target] of tensors.entries()) {
      const next = tf.add(tf.mul(target, 1 - tau), tf.mul(source.tensors[i] as tf.Tensor, tau));
      (target as tf.Variable).assign(next);
    }
  });
}
