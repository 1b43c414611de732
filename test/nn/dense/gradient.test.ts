/** The gradient of dense layers against float64 and against its scalar twin, and parts of it alone. */
import { describe, expect, it } from "vitest";
import { ACTIVATION, type Activation } from "../../../src/wasm/layers.js";
import { bitsOf } from "../../oracle/bits.js";
import {
  ACTIVATIONS,
  denseForward,
  product64,
  ROWS,
  randomColumn,
  randomLayer,
  type Setup,
  scalarModule,
  scratchOf,
  setUp,
  UNIT_ROUNDOFF,
  WIDTHS,
} from "./setup.js";

const derivative64 = { linear: () => 1, tanh: (y: number) => 1 - y * y, relu: (y: number) => Number(y > 0) };

interface Sizes {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly activation: Activation;
}

/** Which of its results the kernel is asked for. */
interface Wanted {
  readonly input?: boolean;
  readonly parameters?: boolean;
}

/** Runs the kernel on a random layer. Results that are not asked for keep their random numbers. */
function backward(setup: Setup, { rows, inputs, outputs, activation }: Sizes, { input = true, parameters = true }: Wanted = {}) {
  const layer = randomLayer(setup, rows, inputs, outputs);
  denseForward(setup, layer, activation);
  const { x, w, y } = layer;
  const dy = randomColumn(setup, [rows, outputs], 4);
  const dx = randomColumn(setup, [rows, inputs], 5);
  const [dw, db] = [randomColumn(setup, [inputs, outputs], 6), randomColumn(setup, [outputs], 7)];
  const scratch = scratchOf(setup, setup.nn.denseScratchBytes(inputs, outputs));
  scratch.data.fill(Number.NaN);
  const results = [input ? dx.address : 0, parameters ? dw.address : 0, parameters ? db.address : 0] as const;
  const given = [parameters ? x.address : 0, w.address, y.address, dy.address, rows, inputs, outputs, ACTIVATION[activation]] as const;
  setup.nn.denseBackward(...results, ...given, scratch.address);
  return { ...layer, activation, dy, dx, dw, db };
}

type Gradient = ReturnType<typeof backward>;

const bits = ({ dx, dw, db }: Gradient) => bitsOf(dx.data, dw.data, db.data);
const describeSizes = ({ rows, inputs, outputs, activation }: Sizes) => `${activation} of [${rows},${inputs}]·[${inputs},${outputs}]`;

/** The largest error in units of what float32 arithmetic allows. */
function excess(of: Gradient): number {
  const { rows, inputs, outputs, activation } = of;
  const [x, w, y, dy] = [of.x.data, of.w.data, of.y.data, of.dy.data];
  const dz = Float64Array.from(dy, (d, i) => d * derivative64[activation](y[i] as number));
  const dzAt = (row: number, j: number) => dz[row * outputs + j] as number;
  /** Against Σ a · b over so many terms. */
  const error = (got: number, terms: number, a: (k: number) => number, b: (k: number) => number) => {
    const { sum, size } = product64(terms, a, b);
    // three more roundings for each dz, and near tanh's ends one of a number near 1 whose difference from 1 is small
    const relative = Math.abs(got - sum) / ((terms + 4) * UNIT_ROUNDOFF * (size + 1));
    return Number.isNaN(relative) ? Infinity : relative;
  };
  const dx = Array.from(of.dx.data, (got, i) => {
    const [row, k] = [Math.floor(i / inputs), i % inputs];
    return error(got, outputs, (j) => dzAt(row, j), (j) => w[k * outputs + j] as number); // biome-ignore format: one sum
  });
  const dw = Array.from(of.dw.data, (got, i) => {
    const [k, j] = [Math.floor(i / outputs), i % outputs];
    return error(got, rows, (row) => x[row * inputs + k] as number, (row) => dzAt(row, j)); // biome-ignore format: one sum
  });
  const db = Array.from(of.db.data, (got, j) => error(got, rows, (row) => dzAt(row, j), () => 1)); // biome-ignore format: one sum
  return Math.max(...dx, ...dw, ...db);
}

it.each(ACTIVATIONS)("the gradient through %s is within float32's rounding of float64, for every shape", async (activation) => {
  for (const widths of WIDTHS) {
    const setup = await setUp();
    for (const rows of [...ROWS, 130]) {
      const sizes = { rows, activation, ...widths };
      expect(excess(backward(setup, sizes)), describeSizes(sizes)).toBeLessThanOrEqual(1);
    }
    expect(setup.heap.damaged()).toEqual([]);
  }
});

it("the gradient has the bits of its scalar twin, for every shape", async () => {
  for (const widths of WIDTHS) {
    const [simd, scalar] = [await setUp(), await setUp(scalarModule)];
    for (const rows of ROWS) {
      for (const activation of ACTIVATIONS) {
        const sizes = { rows, activation, ...widths };
        expect(bits(backward(simd, sizes)), describeSizes(sizes)).toBe(bits(backward(scalar, sizes)));
      }
    }
  }
});

describe("what is not wanted is left out, and changes nothing else:", () => {
  const CASES = [1, 3, 7, 12].flatMap((outputs) => ACTIVATIONS.map((activation): Sizes => ({ rows: 69, inputs: 6, outputs, activation })));

  it.each(CASES)("through $activation to $outputs outputs", async (sizes) => {
    const [whole, forParameters, forInput] = await Promise.all(
      [{}, { input: false }, { parameters: false }].map(async (wanted) => {
        const setup = await setUp();
        const gradient = backward(setup, sizes, wanted);
        expect(setup.heap.damaged()).toEqual([]);
        expect(new Float32Array(setup.heap.memory.buffer, 0, 4)).toEqual(new Float32Array(4)); // where an address of 0 would lead
        return gradient;
      }),
    ) as [Gradient, Gradient, Gradient]; // biome-ignore format: one line
    const untouched = await setUp();
    const random = (shape: readonly number[], seed: number) => bitsOf(randomColumn(untouched, shape, seed).data);
    expect(bitsOf(forParameters.dw.data, forParameters.db.data)).toBe(bitsOf(whole.dw.data, whole.db.data));
    expect(bitsOf(forParameters.dx.data)).toBe(random([sizes.rows, sizes.inputs], 5));
    expect(bitsOf(forInput.dx.data)).toBe(bitsOf(whole.dx.data));
    expect(bitsOf(forInput.dw.data)).toBe(random([sizes.inputs, sizes.outputs], 6));
    expect(bitsOf(forInput.db.data)).toBe(random([sizes.outputs], 7));
  });
});
