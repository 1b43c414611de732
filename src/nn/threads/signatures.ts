/**
 * What each kernel's arguments mean: which are addresses of memory that it reads or writes, how much of it, and along which of its sizes
 * a call divides into parts that are computed apart from one another. A kernel that is not here runs on one thread only.
 */
import { BINARY, COMPARISON, GRADIENT, type NnKernels, UNARY } from "../../wasm/kernels.js";
import { REPEATS } from "../kernels/shapes.js";
import { NUMBER, type Operand, PRODUCT, type SignatureOf } from "./call.js";
import { denseBackward } from "./dense-backward.js";

const written = (argument: number, stride: number, bytes = stride): Operand => ({ argument, isWritten: true, stride, bytes });
const read = (argument: number, stride: number, bytes = stride): Operand => ({ argument, isWritten: false, stride, bytes });
const whole = (argument: number, bytes: number): Operand => read(argument, 0, bytes);

/** y[n] ← f(x[n], …): bytes of one number of the result and of each operand, then n. */
function pointwise(...sizes: readonly number[]): SignatureOf {
  return (args) => ({
    operands: sizes.map((bytes, argument) => (argument === 0 ? written : read)(argument, bytes)),
    count: sizes.length,
    cost: NUMBER * (args[sizes.length] as number),
  });
}

/** y[rows,columns] ← op(a, b), of which either may repeat; divides by rows, or by columns if there is one row. */
function pairwise(resultBytes: number): SignatureOf {
  return ([, , , rows = 0, columns = 0, repeats = 0]) => {
    const operand = (argument: number, repeatsRows: number, repeatsColumns: number) => {
      const size = repeats & repeatsColumns ? 4 : 4 * columns;
      if (rows === 1) return repeats & repeatsColumns ? whole(argument, 4) : read(argument, 4);
      return repeats & repeatsRows ? whole(argument, size) : read(argument, size);
    };
    return {
      operands: [
        written(0, resultBytes * (rows === 1 ? 1 : columns)),
        operand(1, REPEATS.aRows, REPEATS.aColumns),
        operand(2, REPEATS.bRows, REPEATS.bColumns),
      ],
      count: rows === 1 ? 4 : 3,
      cost: NUMBER * rows * columns,
    };
  };
}

/** y[outer,inner] ← x[outer,size,inner] reduced along its middle axis. */
const reduction: SignatureOf = ([, , outer = 0, size = 0, inner = 0]) => ({
  operands: [written(0, 4 * inner), read(1, 4 * size * inner)],
  count: 2,
  cost: NUMBER * outer * size * inner,
});

/** y[rows,size] ← f(row of each of `inputs` operands), then rows, size, scratch. */
function rowwise(inputs: number, scratchBytes: (size: number) => number): SignatureOf {
  return (args) => {
    const [rows = 0, size = 0] = args.slice(inputs + 1);
    return {
      operands: [written(0, 4 * size), ...Array.from({ length: inputs }, (_, i) => read(i + 1, 4 * size))],
      count: inputs + 1,
      scratch: { argument: inputs + 3, bytes: scratchBytes(size) },
      cost: 8 * NUMBER * rows * size,
    };
  };
}

function algebra(nn: NnKernels): Record<string, SignatureOf> {
  return {
    denseForward: ([, , , , rows = 0, inputs = 0, outputs = 0]) => ({
      operands: [written(0, 4 * outputs), read(1, 4 * inputs), whole(2, 4 * inputs * outputs), whole(3, 4 * outputs)],
      count: 4,
      scratch: { argument: 8, bytes: nn.denseScratchBytes(inputs, outputs) },
      cost: rows * outputs * (PRODUCT * inputs + NUMBER),
    }),
    matMul: ([, , , m = 0, k = 0, n = 0, transposeA = 0]) => ({
      operands: [written(0, 4 * n, transposeA ? 4 * m * n : 4 * n), transposeA ? whole(1, 4 * m * k) : read(1, 4 * k), whole(2, 4 * k * n)],
      ...(!transposeA && { count: 3 }),
      scratch: { argument: 8, bytes: nn.matMulScratchBytes(k, n) },
      cost: PRODUCT * m * k * n,
    }),
    denseBackward: denseBackward(nn),
    batchMatMul: ([, , , batch = 0, m = 0, k = 0, n = 0, aBatch = 0, bBatch = 0]) => ({
      operands: [written(0, 4 * m * n), read(1, 4 * aBatch, 4 * m * k), read(2, 4 * bBatch, 4 * k * n)],
      count: 3,
      scratch: { argument: 11, bytes: nn.matMulScratchBytes(k, n) },
      cost: PRODUCT * batch * m * k * n,
    }),
  };
}

/** Kernels that move numbers; `index` and sizes as in assembly/nn. */
const movement: Readonly<Record<string, SignatureOf>> = {
  fill: pointwise(4),
  fillBytes: pointwise(1),
  copyBlocks: ([, , count = 0, bytes = 0, yStride = 0, xStride = 0]) => ({
    operands: [written(0, yStride, bytes), read(1, xStride, bytes)],
    count: 2,
    cost: NUMBER * count * (bytes / 4),
  }),
  repeatBlocks: ([, , count = 0, times = 0, bytes = 0]) => ({
    operands: [written(0, times * bytes), read(1, bytes)],
    count: 2,
    cost: NUMBER * count * times * (bytes / 4),
  }),
  transpose: ([, , batch = 0, rows = 0, columns = 0]) => ({
    operands: [written(0, 4 * rows * columns), read(1, 4 * rows * columns)],
    count: 2,
    cost: NUMBER * batch * rows * columns,
  }),
  oneHot: ([, , n = 0, depth = 0]) => ({
    operands: [written(0, 4 * depth), read(1, 4)],
    count: 2,
    cost: NUMBER * n * depth,
  }),
  gather: ([, , , batch = 0, outer = 0, size = 0, count = 0, inner = 0]) => ({
    operands: [
      batch * outer === 1 ? written(0, 4 * inner) : written(0, 0, 4 * batch * outer * count * inner),
      whole(1, 4 * batch * outer * size * inner),
      batch * outer === 1 ? read(2, 4) : whole(2, 4 * batch * count),
    ],
    ...(batch * outer === 1 && { count: 6 }),
    cost: 4 * NUMBER * batch * outer * count * inner,
  }),
  scatterAdd: ([, , , batch = 0, outer = 0, size = 0, count = 0, inner = 0]) => ({
    operands: [written(0, 0, 4 * batch * outer * size * inner), whole(1, 4 * batch * outer * count * inner), whole(2, 4 * batch * count)],
    cost: 4 * NUMBER * batch * outer * (size + count) * inner,
  }),
};

const named = (prefix: string, names: readonly string[], signature: SignatureOf) =>
  Object.fromEntries(names.map((name) => [`${prefix}${name}`, signature]));

/** By the kernels' names as exports of assembly/nn. */
export function signaturesOf(nn: NnKernels): Readonly<Record<string, SignatureOf>> {
  const softmax = (inputs: number) => rowwise(inputs, (size) => nn.softmaxScratchBytes(size));
  return {
    ...named("unary", UNARY, pointwise(4, 4)),
    ...named("binary", BINARY, pairwise(4)),
    ...named("compare", COMPARISON, pairwise(1)),
    ...named("gradient", [...GRADIENT, "LeakyRelu", "Clip"], pointwise(4, 4, 4)),
    ...named("logical", ["And", "Or"], pointwise(1, 1, 1)),
    logicalNot: pointwise(1, 1),
    ...named("", ["leakyRelu", "step", "clip", "floatFromInt", "intFromFloat"], pointwise(4, 4)),
    floatFromBool: pointwise(4, 1),
    select: pointwise(4, 1, 4, 4),
    power: ([, , , n = 0]) => ({ operands: [written(0, 4), read(1, 4), whole(2, 4)], count: 3, cost: 8 * NUMBER * n }),
    ...named("", ["sumAxis", "maxAxis", "minAxis", "prodAxis", "argMaxAxis", "argMinAxis"], reduction),
    ...named("", ["softmax", "logSoftmax"], softmax(1)),
    ...named("", ["softmaxGradient", "logSoftmaxGradient"], softmax(2)),
    ...movement,
    ...algebra(nn),
  };
}
