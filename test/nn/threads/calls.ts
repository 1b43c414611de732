/** Calls of every kernel that can be recorded, at awkward sizes, on memory of their own. */
import { BINARY, COMPARISON, GRADIENT, UNARY } from "../../../src/wasm/kernels.js";

/** The address of so many numbers. */
export type Place = (numbers: number) => number;
/** Puts small whole numbers there, for kernels that take indices. */
export type Indices = (count: number, below: number) => number;

export interface SampleCall {
  readonly kernel: string;
  readonly args: readonly number[];
}

const SIZES = [1, 7, 33, 130];

/** Scratch memory is the last argument of those that need it. */
const SCRATCH = 6000;

export function* sampleCalls(place: Place, indices: Indices): Generator<SampleCall> {
  for (const n of SIZES) yield* elementwise(place, n);
  for (const [rows, columns] of [[1, 37], [5, 1], [34, 3], [66, 8]] as const) yield* pairs(place, rows, columns); // biome-ignore format: short
  for (const [outer, size, inner] of [[1, 9, 1], [7, 5, 1], [33, 3, 2], [1, 6, 40]] as const) yield* reductions(place, outer, size, inner); // biome-ignore format: short
  for (const [rows, size] of [[1, 3], [6, 2], [35, 5]] as const) yield* softmaxes(place, rows, size); // biome-ignore format: short
  for (const rows of [1, 6, 65, 200]) yield* layers(place, rows);
  yield* products(place);
  yield* moves(place);
  yield* choices(place, indices);
}

function* elementwise(place: Place, n: number): Generator<SampleCall> {
  const two = () => [place(n), place(n), n];
  const three = () => [place(n), place(n), place(n), n];
  for (const name of UNARY) yield { kernel: `unary${name}`, args: two() };
  for (const name of GRADIENT) yield { kernel: `gradient${name}`, args: three() };
  for (const kernel of ["logicalAnd", "logicalOr"]) yield { kernel, args: three() };
  for (const kernel of ["logicalNot", "floatFromBool", "floatFromInt", "intFromFloat"]) yield { kernel, args: two() };
  for (const kernel of ["leakyRelu", "step"]) yield { kernel, args: [...two(), 0.25] };
  yield { kernel: "clip", args: [...two(), -0.5, 0.5] };
  yield { kernel: "gradientLeakyRelu", args: [...three(), 0.25] };
  yield { kernel: "gradientClip", args: [...three(), -0.5, 0.5] };
  yield { kernel: "power", args: [place(n), place(n), place(1), n] };
  yield { kernel: "select", args: [place(n), ...three()] };
  yield { kernel: "fill", args: [place(n), n, 0x3fc00000] };
  yield { kernel: "fillBytes", args: [place(n), n, 1] };
}

/** How a and b repeat: not at all; rows of a, columns of a, rows of b, columns of b; one of each. */
const REPEATS = [0, 1, 2, 4, 8, 6, 9, 12];

function* pairs(place: Place, rows: number, columns: number): Generator<SampleCall> {
  for (const repeats of REPEATS) {
    if (rows === 1 && repeats & 5) continue; // one row has no rows to repeat
    for (const name of BINARY) {
      yield {
        kernel: `binary${name}`,
        args: [place(rows * columns), place(rows * columns), place(rows * columns), rows, columns, repeats],
      };
    }
    for (const name of COMPARISON) {
      yield {
        kernel: `compare${name}`,
        args: [place(rows * columns), place(rows * columns), place(rows * columns), rows, columns, repeats],
      };
    }
  }
}

function* reductions(place: Place, outer: number, size: number, inner: number): Generator<SampleCall> {
  const args = () => [place(outer * inner), place(outer * size * inner), outer, size, inner];
  yield { kernel: "sumAxis", args: [...args(), 0.5] };
  for (const kernel of ["maxAxis", "minAxis", "prodAxis", "argMaxAxis", "argMinAxis"]) yield { kernel, args: args() };
}

function* softmaxes(place: Place, rows: number, size: number): Generator<SampleCall> {
  const some = (count: number) => Array.from({ length: count }, () => place(rows * size));
  for (const kernel of ["softmax", "logSoftmax"]) yield { kernel, args: [...some(2), rows, size, place(SCRATCH)] };
  for (const kernel of ["softmaxGradient", "logSoftmaxGradient"]) yield { kernel, args: [...some(3), rows, size, place(SCRATCH)] };
}

function* layers(place: Place, rows: number): Generator<SampleCall> {
  for (const [inputs, outputs] of [
    [1, 1],
    [3, 9],
    [23, 16],
    [40, 5],
  ] as const) {
    // biome-ignore format: short
    for (const activation of [0, 1, 2]) {
      const [x, y, w, b] = [() => place(rows * inputs), () => place(rows * outputs), () => place(inputs * outputs), () => place(outputs)];
      const sizes = () => [rows, inputs, outputs, activation, place(SCRATCH)];
      yield { kernel: "denseForward", args: [y(), x(), w(), b(), ...sizes()] };
      yield { kernel: "denseBackward", args: [x(), w(), b(), x(), w(), y(), y(), ...sizes()] };
      yield { kernel: "denseBackward", args: [0, w(), b(), x(), w(), y(), y(), ...sizes()] };
      yield { kernel: "denseBackward", args: [x(), 0, 0, 0, w(), y(), y(), ...sizes()] };
    }
  }
}

function* products(place: Place): Generator<SampleCall> {
  for (const transposes of [
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    // biome-ignore format: short
    const [m, k, n] = [37, 6, 9];
    yield { kernel: "matMul", args: [place(m * n), place(m * k), place(k * n), m, k, n, ...transposes, place(SCRATCH)] };
    for (const [aBatch, bBatch] of [
      [m * k, k * n],
      [0, k * n],
      [m * k, 0],
    ] as const) {
      // biome-ignore format: short
      const operands = [place(5 * m * n), place(5 * m * k), place(5 * k * n)];
      yield { kernel: "batchMatMul", args: [...operands, 5, m, k, n, aBatch, bBatch, ...transposes, place(SCRATCH)] };
    }
  }
}

function* moves(place: Place): Generator<SampleCall> {
  for (const [count, block, yStride, xStride] of [
    [1, 40, 40, 40],
    [35, 8, 20, 8],
    [9, 12, 12, 40],
  ] as const) {
    // biome-ignore format: short
    yield { kernel: "copyBlocks", args: [place(count * yStride), place(count * xStride), count, block, yStride, xStride] };
    yield { kernel: "repeatBlocks", args: [place(3 * count * block), place(count * block), count, 3, block] };
    yield { kernel: "transpose", args: [place(count * 15), place(count * 15), count, 3, 5] };
  }
}

function* choices(place: Place, indices: Indices): Generator<SampleCall> {
  for (const n of SIZES) yield { kernel: "oneHot", args: [place(3 * n), indices(n, 3), n, 3, 1, 0] };
  for (const [batch, outer, inner] of [
    [1, 1, 1],
    [1, 1, 5],
    [1, 4, 2],
    [3, 1, 1],
    [2, 3, 3],
  ] as const) {
    // biome-ignore format: short
    const [size, count] = [6, 35];
    const sizes = [batch, outer, size, count, inner];
    const [wide, narrow] = [() => place(batch * outer * count * inner), () => place(batch * outer * size * inner)];
    yield { kernel: "gather", args: [wide(), narrow(), indices(batch * count, size + 1), ...sizes, 0x7fc00000] };
    yield { kernel: "scatterAdd", args: [narrow(), wide(), indices(batch * count, size + 1), ...sizes] };
  }
}
