/** Dense networks: random ones on a heap, and their forward pass in float64. */
import { column, type Heap } from "../../src/wasm/heap.js";
import type { Activation, DenseLayer } from "../../src/wasm/layers.js";
import { drawn, randomNormals } from "./random.js";

/** Layers of the given widths with random parameters, scaled to keep sums near 1; all but the last with `activation`. */
export function randomLayers(heap: Heap, widths: readonly number[], activation: Activation, seed: number): DenseLayer[] {
  const normal = randomNormals(seed);
  return widths.slice(1).map((outputs, i) => {
    const inputs = widths[i] as number;
    const [weight, bias] = [column(heap, [inputs, outputs]), column(heap, [outputs])];
    weight.data.set(drawn(weight.length, () => normal() / Math.sqrt(inputs)));
    bias.data.set(drawn(bias.length, () => 0.1 * normal()));
    return { weight, bias, activation: i < widths.length - 2 ? activation : "linear" };
  });
}

const ACTIVATIONS: Readonly<Record<Activation, (x: number) => number>> = { linear: (x) => x, tanh: Math.tanh, relu: (x) => Math.max(0, x) };

/** One observation through the layers. */
export function forward64(layers: readonly DenseLayer[], observation: ArrayLike<number>): number[] {
  return layers.reduce<number[]>((input, { weight, bias, activation }) => {
    const [w, b] = [weight.data, bias.data];
    return Array.from(b, (offset, j) =>
      ACTIVATIONS[activation](input.reduce((sum, x, i) => sum + x * (w[i * b.length + j] as number), offset)),
    );
  }, Array.from(observation));
}

/** ln softmax(logits) */
export function logSoftmax64(logits: readonly number[]): number[] {
  const largest = Math.max(...logits);
  const logTotal = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
  return logits.map((logit) => logit - largest - logTotal);
}

/** ln of the density of independent normals at `mean + σ·noise`. */
export function logDensity64(noise: readonly number[], logStd: ArrayLike<number>): number {
  return noise.reduce((sum, z, i) => sum - 0.5 * z * z - (logStd[i] as number) - 0.5 * Math.log(2 * Math.PI), 0);
}
