/** What the networks of a policy file give, by another implementation. */
import type { LayerSpec, NamedTensor } from "../../src/policy/format.js";

/** One observation through the layers in float64. */
export function forward(layers: readonly LayerSpec[], tensors: ReadonlyMap<string, NamedTensor>, observation: readonly number[]): number[] {
  const activations = { linear: (x: number) => x, tanh: Math.tanh, relu: (x: number) => Math.max(0, x) };
  return layers.reduce<readonly number[]>((input, { weight, bias, activation }) => {
    const w = tensors.get(weight)?.data as Float32Array;
    const b = tensors.get(bias)?.data as Float32Array;
    return Array.from(b, (offset, j) =>
      activations[activation](input.reduce((sum, x, i) => sum + x * (w[i * b.length + j] as number), offset)),
    );
  }, observation) as number[];
}
