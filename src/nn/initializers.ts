/** First values of weights, from our own generator and IEEE arithmetic alone: the same bits on every host. */
import { PURPOSE } from "../core/seeds.js";
import { column } from "../wasm/heap.js";
import type { Backend } from "./backend.js";

/**
 * A matrix `[rows, columns]`, row-major, whose rows or columns (the fewer) are orthogonal and of length `gain`
 * (Saxe, McClelland & Ganguli 2014): Gram-Schmidt on standard normals, which is uniform over such matrices.
 * @param stream tells this matrix's draws from those of others under the same seed
 */
export function orthogonal(backend: Backend, rows: number, columns: number, gain: number, seed: number, stream: number): Float32Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const vectors = orthonormalise(normals(backend, count * length, seed, stream), count, length);
  const isTall = rows >= columns;
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const [row, column] = [Math.floor(i / columns), i % columns];
    return gain * (vectors[isTall ? column * length + row : row * length + column] as number);
  });
}

/** Numbers `[count]` uniform within ±1/√inputs: what PyTorch's linear layers begin with, weights and biases alike. */
export function uniformFanIn({ heap, kernels }: Backend, count: number, inputs: number, seed: number, stream: number): Float32Array {
  const drawn = column(heap, [count]);
  kernels.fillUniform(drawn.address, count, seed, PURPOSE.initialisation, stream);
  const bound = 1 / Math.sqrt(inputs);
  const values = drawn.data.map((unit) => (2 * unit - 1) * bound);
  heap.free(drawn.address);
  return values;
}

function normals({ heap, kernels }: Backend, n: number, seed: number, stream: number): Float64Array {
  const drawn = column(heap, [n]);
  kernels.fillNormal(drawn.address, n, seed, PURPOSE.initialisation, stream);
  const values = Float64Array.from(drawn.data);
  heap.free(drawn.address);
  return values;
}

/** Gram-Schmidt in float64 on `count` vectors of `length`, each projected twice so that rounding leaves no trace. */
function orthonormalise(vectors: Float64Array, count: number, length: number): Float64Array {
  for (let i = 0; i < count; i++) {
    const current = vectors.subarray(i * length, (i + 1) * length);
    for (let j = 0; j < 2 * i; j++) {
      const earlier = vectors.subarray((j % i) * length, ((j % i) + 1) * length);
      addScaled(current, earlier, -dot(current, earlier));
    }
    const norm = Math.sqrt(dot(current, current));
    for (let k = 0; k < length; k++) current[k] = (current[k] as number) / norm;
  }
  return vectors;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k] as number) * (b[k] as number);
  return sum;
}

function addScaled(target: Float64Array, source: Float64Array, scale: number): void {
  for (let k = 0; k < target.length; k++) target[k] = (target[k] as number) + scale * (source[k] as number);
}
