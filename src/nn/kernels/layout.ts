/** Kernels that repeat and transpose. Broadcasting to a shape is repetition too. */
import { bytesOf, type Info, isFloat, isWords, type KernelContext, type Kernels, product, replaced, sizeOf } from "./context.js";
import { gradientOf } from "./operations.js";
import { emit } from "./recorder.js";
import { transposition } from "./shapes.js";

/** Takes one step after another along the axes that repeat; steps in between leave nothing behind. */
function stepwise(
  { share, drop }: KernelContext,
  x: Info,
  reps: readonly number[],
  step: (from: Info, axis: number, times: number) => Info,
): Info {
  let current = share(x);
  for (const [axis, times] of reps.entries()) {
    if (times === 1) continue;
    const next = step(current, axis, times);
    drop(current);
    current = next;
  }
  return current;
}

/** x repeated along each axis, as often as `reps` says. */
export function repeated(context: KernelContext, x: Info, reps: readonly number[]): Info {
  const { nn, at, make } = context;
  return stepwise(context, x, reps, (from, axis, times) => {
    const y = make(replaced(from.shape, axis, (from.shape[axis] as number) * times), from.dtype);
    const count = product(from.shape.slice(0, axis));
    const block = (bytesOf(from) as number) * product(from.shape.slice(axis));
    if (sizeOf(y) > 0) emit("Tile", nn.repeatBlocks, at(y), at(from), count, times, block);
    return y;
  });
}

/** x broadcast to a shape. */
export function spread(context: KernelContext, x: Info, shape: readonly number[]): Info {
  const whole = context.share(x, [...Array<number>(shape.length - x.shape.length).fill(1), ...x.shape]);
  const reps = shape.map((length, axis) => (whole.shape[axis] === length ? 1 : length));
  const y = repeated(context, whole, reps);
  context.drop(whole);
  return y;
}

/** The sums over the repetitions: the gradient of {@link repeated}. */
function folded(context: KernelContext, dy: Info, reps: readonly number[]): Info {
  const { nn, at, make } = context;
  return stepwise(context, dy, reps, (from, axis, times) => {
    const dx = make(replaced(from.shape, axis, (from.shape[axis] as number) / times));
    emit("TileGradient", nn.sumAxis, at(dx), at(from), product(from.shape.slice(0, axis)), times, product(dx.shape.slice(axis)), 1);
    return dx;
  });
}

export function layoutKernels(context: KernelContext): Kernels {
  const { nn, at, make, share } = context;
  return {
    Tile: ({ inputs: { x }, attrs: { reps } }) => (x && bytesOf(x) ? repeated(context, x, reps as number[]) : undefined),

    [gradientOf("Tile")]: ({ inputs: { dy }, attrs: { reps } }) => (isFloat(dy) ? folded(context, dy, reps as number[]) : undefined),

    Transpose({ inputs: { x }, attrs: { perm } }) {
      const view = isWords(x) ? transposition(x.shape, perm as number[]) : undefined;
      if (!x || !view) return undefined;
      if (view.batch === 1 && (view.rows === 1 || view.columns === 1)) return share(x, view.shape);
      const y = make(view.shape, x.dtype);
      emit("Transpose", nn.transpose, at(y), at(x), view.batch, view.rows, view.columns);
      return y;
    },
  };
}
