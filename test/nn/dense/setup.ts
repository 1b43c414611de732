/** What tests of dense layers and matrix products share: shapes, random layers on guarded heaps, and the errors that float32 allows for. */
import { type Column, column } from "../../../src/wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../../src/wasm/kernels.js";
import { ACTIVATION, type Activation } from "../../../src/wasm/layers.js";
import { type GuardedHeap, guardedHeap } from "../../oracle/guarded-heap.js";
import { drawn, randomNormals } from "../../oracle/random.js";

/** Rounding to float32: at most this much of the number, for each operation. */
export const UNIT_ROUNDOFF = 2 ** -24;
/** What the float32 tanh adds to the error of its argument: two units in the last place of a number up to 1. */
const TANH_ERROR = 4 * UNIT_ROUNDOFF;

/** Whole and ragged groups of four rows and of sixteen, and more than the 64 rows of a training block. */
export const ROWS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33, 65];
/** Layers with kernels of their own, and tiles of sixteen, eight, four, two and single columns, alone and together. */
const OUTPUTS = [1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 15, 33];
const INPUTS = [1, 2, 5, 17];
export const WIDTHS = [
  ...INPUTS.flatMap((inputs) => OUTPUTS.map((outputs) => ({ inputs, outputs }))),
  ...[1, 2, 4, 50].map((outputs) => ({ inputs: 50, outputs })),
];
export const ACTIVATIONS = Object.keys(ACTIVATION) as Activation[];

export interface Setup {
  readonly heap: GuardedHeap;
  readonly nn: NnKernels;
}

export async function setUp(module = MODULES.nn): Promise<Setup> {
  const heap = guardedHeap();
  return { heap, nn: await instantiate<NnKernels>(heap, module) };
}

export const scalarModule = new URL(MODULES.nn.href.replace(/\.wasm$/, ".scalar.wasm"));

/** A column in whose slack there is rubbish, so that a read beyond its end can't go unnoticed. */
export function randomColumn({ heap }: Setup, shape: readonly number[], seed: number): Column<"float32"> {
  const made = column(heap, shape);
  made.data.set(drawn(made.length, randomNormals(seed)));
  heap.soil();
  return made;
}

export const scratchOf = ({ heap }: Setup, bytes: number) => column(heap, [Math.ceil(bytes / 4)]);

/** An element of op(a) · op(b) in float64, and the sum of its terms' sizes, by which float32's error is bounded. */
export function product64(length: number, a: (k: number) => number, b: (k: number) => number): { sum: number; size: number } {
  let [sum, size] = [0, 0];
  for (let k = 0; k < length; k++) {
    sum += a(k) * b(k);
    size += Math.abs(a(k) * b(k));
  }
  return { sum, size };
}

const activate64 = { linear: (x: number) => x, tanh: Math.tanh, relu: (x: number) => Math.max(0, x) };

export interface Layer {
  readonly rows: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly x: Column<"float32">;
  readonly w: Column<"float32">;
  readonly b: Column<"float32">;
  readonly y: Column<"float32">;
}

export function randomLayer(setup: Setup, rows: number, inputs: number, outputs: number): Layer {
  const [x, w, b] = [randomColumn(setup, [rows, inputs], 1), randomColumn(setup, [inputs, outputs], 2), randomColumn(setup, [outputs], 3)];
  const y = column(setup.heap, [rows, outputs]);
  y.data.fill(Number.NaN);
  return { rows, inputs, outputs, x, w, b, y };
}

/** Errors of y in units of what float32 arithmetic allows: at most 1 passes. */
export function excess({ rows, inputs, outputs, x, w, b, y }: Layer, activation: Activation): number {
  const [xs, ws, bs, ys] = [x.data, w.data, b.data, y.data];
  let worst = 0;
  for (let row = 0; row < rows; row++) {
    for (let j = 0; j < outputs; j++) {
      const { sum, size } = product64(
        inputs,
        (k) => xs[row * inputs + k] as number,
        (k) => ws[k * outputs + j] as number,
      );
      const bias = bs[j] as number;
      const bound = (inputs + 1) * UNIT_ROUNDOFF * (size + Math.abs(bias)) + (activation === "tanh" ? TANH_ERROR : 0);
      const error = Math.abs((ys[row * outputs + j] as number) - activate64[activation](sum + bias)) / bound;
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    }
  }
  return worst;
}

export function denseForward(setup: Setup, { x, w, b, y, rows, inputs, outputs }: Layer, activation: Activation): void {
  const scratch = scratchOf(setup, setup.nn.denseScratchBytes(inputs, outputs));
  setup.nn.denseForward(y.address, x.address, w.address, b.address, rows, inputs, outputs, ACTIVATION[activation], scratch.address);
}
