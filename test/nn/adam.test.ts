/** Both Adams against the paper's algorithm in float64, over many steps, and the kernel against its scalar twin. */
import * as tf from "@tensorflow/tfjs";
import { describe, expect, it } from "vitest";
import { type AdamOptions, adam } from "../../src/nn/adam.js";
import { type Backend, type BackendName, startBackend } from "../../src/nn/backend.js";
import { Parameters } from "../../src/nn/parameters.js";
import { type Column, column } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../src/wasm/kernels.js";
import { bitsOf } from "../oracle/bits.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { drawn, randomNormals } from "../oracle/random.js";

type Floats = Column<"float32">;

const STEPS = 50;
/** Lengths with and without a ragged tail, up to more than eight vectors. */
const LENGTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33];
/**
 * Each step rounds a parameter near 1 by 2^-24, and float32's 1 − β₂ is off by a hundred-thousandth, which is half as much of each
 * step of 0.01: 50 · (6e-8 + 6e-8). Measured: 1.1e-6.
 */
const PARAMETER_TOLERANCE = 6e-6;
/** A sum of squares in float64 of float32 numbers, against the same in another order. */
const SUM_TOLERANCE = 1e-14;

/** Kingma & Ba 2015, algorithm 1, with PyTorch's clipping of the global norm. */
class Adam64 {
  #t = 0;
  readonly #m: Float64Array[];
  readonly #v: Float64Array[];

  constructor(
    readonly parameters: Float64Array[],
    readonly options: Required<AdamOptions>,
  ) {
    this.#m = parameters.map((p) => new Float64Array(p.length));
    this.#v = parameters.map((p) => new Float64Array(p.length));
  }

  /** Returns the factor that the gradients were clipped by. */
  step(gradients: readonly Float32Array[], learningRate: number): number {
    const { beta1, beta2, epsilon, maxGradNorm } = this.options;
    this.#t++;
    const norm = Math.hypot(...gradients.flatMap((gradient) => [...gradient]));
    const scale = Math.min(1, maxGradNorm / (norm + 1e-6));
    for (const [i, p] of this.parameters.entries()) {
      const [m, v] = [this.#m[i] as Float64Array, this.#v[i] as Float64Array];
      for (let k = 0; k < p.length; k++) {
        const g = scale * (gradients[i]?.[k] as number);
        m[k] = beta1 * (m[k] as number) + (1 - beta1) * g;
        v[k] = beta2 * (v[k] as number) + (1 - beta2) * g * g;
        const mHat = (m[k] as number) / (1 - beta1 ** this.#t);
        const vHat = (v[k] as number) / (1 - beta2 ** this.#t);
        p[k] = (p[k] as number) - (learningRate * mHat) / (Math.sqrt(vHat) + epsilon);
      }
    }
    return scale;
  }
}

const DEFAULTS: Required<AdamOptions> = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, maxGradNorm: Infinity };

/** A parameter of each length, with random first values. */
function randomParameters(backend: Backend): Parameters {
  const parameters = new Parameters(backend);
  for (const length of LENGTHS) parameters.add(`p${length}`, [length], drawn(length, randomNormals(length)));
  return parameters;
}

/** Random gradients of a size that changes from step to step, some of them exactly 0. */
function randomGradients(t: number): Float32Array[] {
  const normal = randomNormals(1000 + t);
  return LENGTHS.map((length) => drawn(length, () => (normal() < -1 ? 0 : normal() * 10 ** ((t % 5) - 3))));
}

async function valuesOf(parameters: Parameters): Promise<Float32Array[]> {
  await parameters.pull();
  return parameters.list.map(({ column: { data } }) => data.slice());
}

const SETTINGS: readonly (readonly [string, AdamOptions])[] = [
  ["its defaults", {}],
  ["PPO's ε", { epsilon: 1e-5 }],
  ["other β", { beta1: 0.5, beta2: 0.9 }],
  ["clipping that always bites", { maxGradNorm: 1e-3 }],
  ["clipping that bites now and then", { maxGradNorm: 2 }],
  ["clipping that never bites", { maxGradNorm: 1e6 }],
];

describe.each(["wasm", "cpu"] satisfies BackendName[])("Adam on %s", (name) => {
  it.each(SETTINGS)("follows the paper in float64 over many steps, with %s", async (_, options) => {
    const backend = await startBackend(name);
    const parameters = randomParameters(backend);
    const oracle = new Adam64(
      (await valuesOf(parameters)).map((p) => Float64Array.from(p)),
      { ...DEFAULTS, ...options },
    );
    const optimizer = adam(parameters, options);
    const scales: number[] = [];
    for (let t = 0; t < STEPS; t++) {
      const gradients = randomGradients(t);
      const learningRate = t < STEPS / 2 ? 0.01 : 0.002;
      scales.push(oracle.step(gradients, learningRate));
      tf.tidy(() =>
        optimizer.stepTensors(
          gradients.map((gradient) => tf.tensor1d(gradient)),
          learningRate,
        ),
      );
      for (const [i, values] of (await valuesOf(parameters)).entries()) {
        const errors = Array.from(values, (value, k) => Math.abs(value - (oracle.parameters[i]?.[k] as number)));
        expect(Math.max(...errors), `parameter ${i} after step ${t}`).toBeLessThan(PARAMETER_TOLERANCE);
      }
    }
    const bites = scales.filter((scale) => scale < 1).length;
    const { maxGradNorm = Infinity } = options;
    expect(bites > 0).toBe(maxGradNorm < 100);
    expect(bites < STEPS).toBe(maxGradNorm > 0.01);
    parameters.dispose();
    backend.dispose();
  });

  it("takes a gradient of zero for no reason to move, and divides by no zero", async () => {
    const backend = await startBackend(name);
    const parameters = randomParameters(backend);
    const before = await valuesOf(parameters);
    const optimizer = adam(parameters, { maxGradNorm: 0.5 });
    for (let t = 0; t < 3; t++) {
      tf.tidy(() =>
        optimizer.stepTensors(
          LENGTHS.map((length) => tf.zeros([length])),
          0.1,
        ),
      );
    }
    expect(await valuesOf(parameters)).toEqual(before);
    parameters.dispose();
    backend.dispose();
  });

  it("leaves tensors behind neither in steps nor after its parameters are disposed", async () => {
    const backend = await startBackend(name);
    const before = tf.memory().numTensors;
    const parameters = randomParameters(backend);
    const optimizer = adam(parameters, { maxGradNorm: 0.5 });
    const counts = Array.from({ length: 4 }, (_, t) => {
      tf.tidy(() =>
        optimizer.stepTensors(
          randomGradients(t).map((gradient) => tf.tensor1d(gradient)),
          0.1,
        ),
      );
      return tf.memory().numTensors;
    });
    expect(new Set(counts).size).toBe(1);
    parameters.dispose();
    backend.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("writes where the next forward pass reads", async () => {
    const backend = await startBackend(name, "stock"); // whose matrix product remembers its second operand
    const parameters = new Parameters(backend);
    const weight = parameters.add("w", [8, 8], drawn(64, randomNormals(5)));
    const optimizer = adam(parameters);
    const x = tf.ones([4, 8]);
    const columnSums = () => {
      const w = weight.column.data;
      return Array.from({ length: 8 }, (_, j) => Array.from({ length: 8 }, (_, i) => w[i * 8 + j] as number).reduce((a, b) => a + b));
    };
    for (let t = 0; t < 3; t++) {
      const y = tf.tidy(() => tf.matMul(x as tf.Tensor2D, weight.tensor as tf.Tensor2D).dataSync());
      await parameters.pull();
      for (const [j, sum] of columnSums().entries()) expect(y[j]).toBeCloseTo(sum, 4);
      tf.tidy(() => optimizer.stepTensors([tf.ones([8, 8])], 0.5));
    }
    x.dispose();
    parameters.dispose();
    backend.dispose();
  });
});

it("an optimizer without shared memory refuses addresses, and says what to use", async () => {
  const backend = await startBackend("cpu");
  const parameters = randomParameters(backend);
  expect(() => adam(parameters).step([1], 0.1)).toThrow("use stepTensors");
  parameters.dispose();
});

describe("the kernels", () => {
  const load = async (module: URL) => {
    const heap = guardedHeap();
    return { heap, nn: await instantiate<NnKernels>(heap, module) };
  };
  const scalarModule = new URL(MODULES.nn.href.replace(/\.wasm$/, ".scalar.wasm"));

  async function steps(module: URL, length: number) {
    const { heap, nn } = await load(module);
    const [parameter, m, v, gradient] = [1, 2, 3, 4].map(() => column(heap, [length])) as [Column, Column, Column, Column];
    parameter.data.set(drawn(length, randomNormals(1)));
    heap.soil();
    for (let t = 1; t <= 5; t++) {
      gradient.data.set(drawn(length, randomNormals(t)));
      const { address } = parameter;
      nn.adam(
        address,
        m.address,
        v.address,
        gradient.address,
        length,
        0.7,
        0.01 / (1 - 0.9 ** t),
        0.9,
        0.999,
        Math.sqrt(1 - 0.999 ** t),
        1e-5,
      );
    }
    return { bits: bitsOf(parameter.data, m.data, v.data), damaged: heap.damaged() };
  }

  it("give the bits of their scalar twins and write nothing beyond their columns, for every length", async () => {
    for (const length of LENGTHS) {
      const simd = await steps(MODULES.nn, length);
      expect(simd.bits, `${length} numbers`).toBe((await steps(scalarModule, length)).bits);
      expect(simd.damaged).toEqual([]);
    }
  });

  it("let moments without gradients fall to zero instead of lingering as subnormal numbers", async () => {
    const { heap, nn } = await load(MODULES.nn);
    const size = 5; // a vector and a tail
    const [parameter, m, v, gradient] = [0, 1, 2, 3].map(() => column(heap, [size])) as [Floats, Floats, Floats, Floats];
    m.data.fill(1e-29);
    v.data.fill(1e-29);
    for (let t = 0; t < 100; t++) {
      nn.adam(parameter.address, m.address, v.address, gradient.address, size, 1, 1e-3, 0.9, 0.9, 1, 1e-8);
      for (const x of [...m.data, ...v.data]) expect(x === 0 || Math.abs(x) >= 2 ** -100, `${x} at step ${t}`).toBe(true);
    }
    expect([...m.data, ...v.data]).toEqual(Array(2 * size).fill(0));
  });

  it("sum squares in float64, for every length", async () => {
    const { heap, nn } = await load(MODULES.nn);
    for (const length of [0, ...LENGTHS, 10_000]) {
      const numbers = column(heap, [length]);
      numbers.data.set(drawn(length, randomNormals(length)));
      const wanted = compensatedSum(Array.from(numbers.data, (x) => x * x));
      expect(Math.abs(nn.sumOfSquares(numbers.address, length) - wanted)).toBeLessThanOrEqual(SUM_TOLERANCE * wanted);
    }
    const large = column(heap, [2]);
    large.data.fill(1e30); // whose square no float32 holds
    expect(nn.sumOfSquares(large.address, 2)).toBeCloseTo(2 * Math.fround(1e30) ** 2, -50);
  });
});

/** Kahan's summation: what each addition rounds off is added to the next number. */
function compensatedSum(numbers: readonly number[]): number {
  let [sum, lost] = [0, 0];
  for (const x of numbers) {
    const term = x - lost;
    const next = sum + term;
    lost = next - sum - term;
    sum = next;
  }
  return sum;
}
