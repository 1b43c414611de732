/** Kernels that choose by index: one-hot vectors, gathering, and the sums that are its gradient. */
import * as tf from "@tensorflow/tfjs";
import { axisOf, bitsOf, type Info, isFloat, isWords, type KernelContext, type Kernels, product, sizeOf } from "./context.js";
import { gradientOf } from "./operations.js";
import { emit } from "./recorder.js";

/** What stands where an index of a replay points outside. */
const NOTHING = bitsOf(Number.NaN, "float32");

export function indexingKernels({ nn, at, make, integers }: KernelContext): Kernels {
  /** x `[batch,outer,size,inner]` by index `[batch,count]`. */
  const viewed = (x: Info, indices: Info, axis: unknown, batchDims: unknown) => {
    const along = axisOf(axis, x.shape.length);
    const info = tf.backend_util.segment_util.collectGatherOpShapeInfo(x as tf.Tensor, indices as tf.Tensor, along, batchDims as number);
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } = info;
    const sizes = [batchSize, outerSize, dimSize, sizeOf(indices) / Math.max(1, batchSize), sliceSize] as const;
    return { sizes, shape: outputShape };
  };

  /** As the stock kernel does. A replay, whose indices are not looked at, gives NaN instead. */
  const ensureInside = (indices: Info, size: number): void => {
    const wrong = integers(indices).find((index) => index < 0 || index >= size);
    if (wrong !== undefined) throw new RangeError(`gather: index ${wrong} is not in [0, ${size - 1}]`);
  };

  return {
    OneHot({ inputs: { indices }, attrs: { depth, onValue, offValue, dtype = "int32" } }) {
      if (indices?.dtype !== "int32" || (dtype !== "float32" && dtype !== "int32")) return undefined;
      const y = make([...indices.shape, depth as number], dtype);
      const [on, off] = [bitsOf(onValue as number, dtype), bitsOf(offValue as number, dtype)];
      emit("OneHot", nn.oneHot, at(y), at(indices), sizeOf(indices), depth as number, on, off);
      return y;
    },

    GatherV2({ inputs: { x, indices }, attrs: { axis, batchDims } }) {
      if (!isWords(x) || indices?.dtype !== "int32") return undefined;
      const { sizes, shape } = viewed(x, indices, axis, batchDims);
      ensureInside(indices, sizes[2]);
      const y = make(shape, x.dtype);
      emit("GatherV2", nn.gather, at(y), at(x), at(indices), ...sizes, NOTHING);
      return y;
    },

    [gradientOf("GatherV2")]({ inputs: { dy, indices }, attrs: { axis, batchDims, shape } }) {
      if (!isFloat(dy) || indices?.dtype !== "int32") return undefined;
      const dx = make(shape as number[]);
      const { sizes } = viewed(dx, indices, axis, batchDims);
      emit("GatherV2Gradient", nn.scatterAdd, at(dx), at(dy), at(indices), ...sizes);
      return dx;
    },

    UnsortedSegmentSum({ inputs: { x, segmentIds }, attrs: { numSegments } }) {
      if (!isFloat(x) || segmentIds?.dtype !== "int32") return undefined;
      const inner = x.shape.slice(segmentIds.shape.length);
      const y = make([numSegments as number, ...inner]);
      const sizes = [1, 1, numSegments as number, sizeOf(segmentIds), product(inner)] as const;
      emit("UnsortedSegmentSum", nn.scatterAdd, at(y), at(x), at(segmentIds), ...sizes);
      return y;
    },

    /** Each row's gradient is its segment's; that of rows outside of all segments is 0. */
    [gradientOf("UnsortedSegmentSum")]({ inputs: { dy, segmentIds } }) {
      if (!isFloat(dy) || segmentIds?.dtype !== "int32") return undefined;
      const [numSegments = 0, ...inner] = dy.shape;
      const dx = make([...segmentIds.shape, ...inner]);
      const sizes = [1, 1, numSegments, sizeOf(segmentIds), product(inner)] as const;
      emit("UnsortedSegmentSumGradient", nn.gather, at(dx), at(dy), at(segmentIds), ...sizes, 0);
      return dx;
    },
  };
}
