/** Kernels that take many numbers to one, and softmax, which needs such a one for every row. */
import type { ReductionKernel } from "../../wasm/kernels.js";
import { type Info, isFloat, type Kernel, type KernelContext, type Kernels, sizeOf } from "./context.js";
import { gradientOf, LOG_SOFTMAX, LOG_SOFTMAX_GRADIENT } from "./operations.js";
import { emit } from "./recorder.js";
import { reduction, type Step } from "./shapes.js";

export function reductionKernels(context: KernelContext): Kernels {
  return { ...sums(context), ...extrema(context), ...softmaxes(context) };
}

type Axes = readonly number[] | number | null | undefined;
type ReduceStep = (y: number, x: number, step: Step) => void;

/** Takes a reduction's steps one after another; those in between leave nothing behind. */
function reduced(context: KernelContext, x: Info, axes: unknown, keepDims: unknown, dtype: "float32" | "int32", reduce: ReduceStep): Info {
  const { at, make, share, drop } = context;
  const { shape, steps } = reduction(x.shape, axes as Axes, Boolean(keepDims));
  let current = share(x, steps.length ? x.shape : shape);
  for (const [i, step] of steps.entries()) {
    const y = make(i === steps.length - 1 ? shape : [step.outer, step.inner], dtype);
    reduce(at(y), at(current), step);
    drop(current);
    current = y;
  }
  return current;
}

function sums(context: KernelContext): Kernels {
  const { nn } = context;
  const sum =
    (name: string, isMean: boolean): Kernel =>
    ({ inputs: { x }, attrs: { axis, keepDims } }) =>
      isFloat(x)
        ? reduced(context, x, axis, keepDims, "float32", (y, from, { outer, size, inner }) =>
            emit(name, nn.sumAxis, y, from, outer, size, inner, isMean ? 1 / size : 1),
          )
        : undefined;
  return { Sum: sum("Sum", false), Mean: sum("Mean", true) };
}

function extrema(context: KernelContext): Kernels {
  const { nn } = context;
  const reduce =
    (name: string, run: ReductionKernel, dtype: "float32" | "int32"): Kernel =>
    ({ inputs: { x }, attrs: { axis, reductionIndices, keepDims } }) =>
      isFloat(x)
        ? reduced(context, x, reductionIndices ?? axis, keepDims, dtype, (y, from, { outer, size, inner }) =>
            emit(name, run, y, from, outer, size, inner),
          )
        : undefined;
  return {
    Max: reduce("Max", nn.maxAxis, "float32"),
    Min: reduce("Min", nn.minAxis, "float32"),
    Prod: reduce("Prod", nn.prodAxis, "float32"),
    ArgMax: reduce("ArgMax", nn.argMaxAxis, "int32"),
    ArgMin: reduce("ArgMin", nn.argMinAxis, "int32"),
  };
}

function softmaxes({ nn, at, make, scratch }: KernelContext): Kernels {
  /** Over the last axis of all inputs, which have one shape. */
  const overRows = (name: string, run: (...numbers: number[]) => void, ...inputs: (Info | undefined)[]): Info | undefined => {
    const [first] = inputs;
    if (!first || !inputs.every(isFloat)) return undefined;
    const size = first.shape.at(-1) ?? 1;
    const y = make(first.shape);
    if (sizeOf(y) === 0) return y;
    scratch(nn.softmaxScratchBytes(size), (address) =>
      emit(name, run, at(y), ...inputs.map((input) => at(input as Info)), sizeOf(y) / size, size, address),
    );
    return y;
  };
  const isLast = ({ shape }: Info, axis: unknown) => axis === undefined || axis === -1 || axis === shape.length - 1;
  return {
    Softmax: ({ inputs: { logits }, attrs: { dim } }) =>
      logits && isLast(logits, dim) ? overRows("Softmax", nn.softmax, logits) : undefined,
    [gradientOf("Softmax")]: ({ inputs: { y, dy } }) => overRows("SoftmaxGradient", nn.softmaxGradient, y, dy),
    [LOG_SOFTMAX]: ({ inputs: { logits } }) => overRows("LogSoftmax", nn.logSoftmax, logits),
    [LOG_SOFTMAX_GRADIENT]: ({ inputs: { y, dy } }) => overRows("LogSoftmaxGradient", nn.logSoftmaxGradient, y, dy),
  };
}
