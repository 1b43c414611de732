/** Kernels that join tensors and take them apart. */
import * as tf from "@tensorflow/tfjs";
import { axisOf, bitsOf, bytesOf, type Info, isWords, type KernelContext, type Kernels, product, replaced, sizeOf } from "./context.js";
import { emit } from "./recorder.js";
import { windowOf } from "./shapes.js";

export function movementKernels(context: KernelContext): Kernels {
  return { ...joins(context), ...parts(context) };
}

function joins({ nn, at, make, share }: KernelContext): Kernels {
  /** Joins tensors that agree but for one axis; `axis` says from where on the numbers of one lie together. */
  const join = (name: string, tensors: readonly Info[], axis: number, shape: readonly number[]): Info | undefined => {
    const [first] = tensors;
    const bytes = first && bytesOf(first);
    if (!first || !bytes || tensors.some(({ dtype }) => dtype !== first.dtype)) return undefined;
    const y = make(shape, first.dtype);
    const count = product(shape.slice(0, axis));
    const stride = bytes * product(shape.slice(axis));
    let start = at(y);
    for (const x of tensors) {
      const block = bytes * product(x.shape.slice(axis));
      if (count * block > 0) emit(name, nn.copyBlocks, start, at(x), count, block, stride, block);
      start += block;
    }
    return y;
  };
  return {
    // The stock kernel copies, and TensorFlow.js clones every tensor that it saves for the backward pass.
    Identity: ({ inputs: { x } }) => (x ? share(x) : undefined),

    Concat({ inputs, attrs: { axis } }) {
      const tensors = Object.values(inputs);
      const shapes = tensors.map(({ shape }) => shape);
      const at = axisOf(axis, shapes[0]?.length ?? 1);
      tf.backend_util.assertParamsConsistent(shapes, at);
      return join("Concat", tensors, at, tf.backend_util.computeOutShape(shapes, at));
    },

    Pack({ inputs, attrs: { axis } }) {
      const tensors = Object.values(inputs);
      const shape = tensors[0]?.shape ?? [];
      const at = axisOf(axis, shape.length + 1);
      return join("Pack", tensors, at, [...shape.slice(0, at), tensors.length, ...shape.slice(at)]);
    },
  };
}

/** Parts that take more calls than this go to the stock kernel. */
const MOST_CALLS = 64;

function parts({ nn, at, make }: KernelContext): Kernels {
  /** Copies a window out of a tensor, or with `isInto` a whole tensor into the window of another. */
  const copy = (name: string, whole: Info, part: Info, begin: readonly number[], isInto: boolean): void => {
    if (sizeOf(part) === 0) return;
    const bytes = bytesOf(whole) as number;
    const { starts, count, block, stride } = windowOf(whole.shape, begin, part.shape);
    starts.forEach((start, i) => {
      const [outside, inside] = [at(whole) + bytes * start, at(part) + bytes * i * count * block];
      if (isInto) emit(name, nn.copyBlocks, outside, inside, count, bytes * block, bytes * stride, bytes * block);
      else emit(name, nn.copyBlocks, inside, outside, count, bytes * block, bytes * block, bytes * stride);
    });
  };
  const isShort = (shape: readonly number[], begin: readonly number[], size: readonly number[]) =>
    windowOf(shape, begin, size).starts.length <= MOST_CALLS;

  /** One part after the other along an axis; `shapeOf` gives the result's shape for a part's size. */
  const divide = (name: string, x: Info, axis: number, sizes: readonly number[], shapeOf: (size: number) => number[]): Info[] => {
    let first = 0;
    return sizes.map((size) => {
      const begin = x.shape.map((_, i) => (i === axis ? first : 0));
      first += size;
      const part = make(replaced(x.shape, axis, size), x.dtype);
      copy(name, x, part, begin, false);
      return { ...part, shape: shapeOf(size) };
    });
  };
  return {
    Slice({ inputs: { x }, attrs }) {
      if (!x || !bytesOf(x)) return undefined;
      const params = tf.slice_util.parseSliceParams(x as tf.Tensor, attrs["begin"] as number[], attrs["size"] as number[]);
      const [begin, size] = params as [number[], number[]];
      if (!isShort(x.shape, begin, size)) return undefined;
      const y = make(size, x.dtype);
      copy("Slice", x, y, begin, false);
      return y;
    },

    PadV2({ inputs: { x }, attrs: { paddings, constantValue } }) {
      const margins = paddings as readonly (readonly [number, number])[];
      if (!isWords(x) || !margins) return undefined;
      const shape = x.shape.map((length, i) => length + (margins[i]?.[0] ?? 0) + (margins[i]?.[1] ?? 0));
      const begin = margins.map(([before]) => before);
      if (!isShort(shape, begin, x.shape)) return undefined;
      const y = make(shape, x.dtype);
      emit("PadV2", nn.fill, at(y), sizeOf(y), bitsOf(constantValue as number, x.dtype));
      copy("PadV2", y, x, begin, true);
      return y;
    },

    SplitV({ inputs: { x }, attrs: { numOrSizeSplits, axis } }) {
      if (!x || !bytesOf(x)) return undefined;
      const along = axisOf(axis, x.shape.length);
      const sizes = tf.backend_util.prepareSplitSize(x as tf.Tensor, numOrSizeSplits as number[], along);
      return divide("SplitV", x, along, sizes, (size) => replaced(x.shape, along, size));
    },

    Unpack({ inputs: { value }, attrs: { axis } }) {
      if (!value || !bytesOf(value)) return undefined;
      const along = axisOf(axis, value.shape.length);
      const ones = Array<number>(value.shape[along] as number).fill(1);
      return divide("Unpack", value, along, ones, () => value.shape.filter((_, i) => i !== along));
    },
  };
}
