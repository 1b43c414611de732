/** How tensors of any rank are seen by kernels that know rows and columns, blocks and strides. Sizes and strides count numbers. */

/** Bits that say along what an operand repeats; mirrors assembly/nn/binary.ts. */
export const REPEATS = { aRows: 1, aColumns: 2, bRows: 4, bColumns: 8 };

export interface Broadcast {
  readonly shape: number[];
  /** Whether rows and columns suffice; otherwise the operands must be spread out first. */
  readonly isDirect: boolean;
  readonly rows: number;
  readonly columns: number;
  readonly repeats: number;
}

/** A run of dimensions in which each operand is either whole or repeated. */
interface Group {
  size: number;
  readonly aRepeats: boolean;
  readonly bRepeats: boolean;
}

/** Two shapes broadcast to rows and columns. They are known to be compatible: TensorFlow.js checks them before a kernel runs. */
export function broadcast(aShape: readonly number[], bShape: readonly number[]): Broadcast {
  const rank = Math.max(aShape.length, bShape.length);
  const shape: number[] = [];
  const groups: Group[] = [];
  for (let i = 0; i < rank; i++) {
    const a = aShape[i - rank + aShape.length] ?? 1;
    const b = bShape[i - rank + bShape.length] ?? 1;
    const size = a === 1 ? b : a;
    shape.push(size);
    if (size !== 1) join(groups, { size, aRepeats: a === 1, bRepeats: b === 1 });
  }
  if (shape.includes(0)) return { shape, isDirect: true, rows: 0, columns: 0, repeats: 0 };
  const [inner, outer] = [groups.at(-1), groups.at(-2)];
  const repeats = [
    outer?.aRepeats ? REPEATS.aRows : 0,
    inner?.aRepeats ? REPEATS.aColumns : 0,
    outer?.bRepeats ? REPEATS.bRows : 0,
    inner?.bRepeats ? REPEATS.bColumns : 0,
  ];
  const isDirect = groups.length <= 2;
  return { shape, isDirect, rows: outer?.size ?? 1, columns: inner?.size ?? 1, repeats: repeats.reduce((a, b) => a | b) };
}

function join(groups: Group[], next: Group): void {
  const last = groups.at(-1);
  if (last && last.aRepeats === next.aRepeats && last.bRepeats === next.bRepeats) last.size *= next.size;
  else groups.push(next);
}

/** One step of a reduction: x[outer,size,inner] over its middle axis. */
export interface Step {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

export interface Reduction {
  /** Of the result. */
  readonly shape: number[];
  /** One for each run of axes that lie side by side; none if there is nothing to reduce. */
  readonly steps: readonly Step[];
}

/** A reduction over some axes, or over all of them if none are given. */
export function reduction(shape: readonly number[], axis: number | readonly number[] | null | undefined, keepDims: boolean): Reduction {
  const rank = shape.length;
  const given = typeof axis === "number" ? [axis] : (axis ?? shape.map((_, i) => i));
  const axes = new Set(given.map((i) => (i + rank) % rank));
  const kept = [...shape];
  const steps: Step[] = [];
  for (let first = 0; first < rank; first++) {
    let end = first;
    while (axes.has(end)) end++;
    if (end === first) continue;
    steps.push({ outer: product(kept, 0, first), size: product(kept, first, end), inner: product(kept, end) });
    kept.fill(1, first, end);
    first = end;
  }
  return { shape: keepDims ? kept : kept.filter((_, i) => !axes.has(i)), steps };
}

function product(shape: readonly number[], from = 0, to = shape.length): number {
  return shape.slice(from, to).reduce((a, b) => a * b, 1);
}

/** A part of a tensor as blocks that lie side by side: for each of `starts`, `count` blocks at a stride. */
export interface Window {
  readonly starts: readonly number[];
  readonly count: number;
  readonly block: number;
  readonly stride: number;
}

/** The part of a tensor that begins at `begin` and has the shape `size`. */
export function windowOf(shape: readonly number[], begin: readonly number[], size: readonly number[]): Window {
  const isCut = (axis: number) => axis >= 0 && size[axis] !== shape[axis];
  let last = shape.length - 1; // the last axis that is cut: a block holds it and all that follow
  while (last > 0 && !isCut(last)) last--;
  let rows = last - 1; // the next one before it: blocks of it and of what lies between follow at one stride
  while (rows > 0 && !isCut(rows)) rows--;
  const strides = shape.map((_, axis) => product(shape, axis + 1));
  const origin = begin.reduce((sum, first, axis) => sum + first * (strides[axis] as number), 0);
  let starts = [origin];
  for (let axis = 0; axis < rows; axis++) {
    const steps = Array.from({ length: size[axis] as number }, (_, i) => i * (strides[axis] as number));
    starts = starts.flatMap((start) => steps.map((step) => start + step));
  }
  return {
    starts,
    count: product(size, Math.max(rows, 0), Math.max(last, 0)),
    block: product(size, Math.max(last, 0)),
    stride: last > 0 ? (strides[last - 1] as number) : 0,
  };
}

export interface Transposition {
  readonly shape: number[];
  readonly batch: number;
  readonly rows: number;
  readonly columns: number;
}

/** A permutation as the transposition of matrices, one row if nothing moves; undefined if it is no such thing. */
export function transposition(shape: readonly number[], perm: readonly number[]): Transposition | undefined {
  const result = perm.map((axis) => shape[axis] as number);
  const moved = perm.filter((axis) => shape[axis] !== 1);
  const runs = moved.reduce<number[][]>((groups, axis, i) => {
    const kept = moved[i - 1];
    const isNext = kept !== undefined && !shape.slice(kept + 1, axis).some((length) => length !== 1) && axis > kept;
    if (isNext) groups.at(-1)?.push(axis);
    else groups.push([axis]);
    return groups;
  }, []);
  const sizes = runs.map((run) => run.reduce((size, axis) => size * (shape[axis] as number), 1));
  const order = runs.map(([axis]) => axis as number);
  const isFirst = (i: number) => order[i] === Math.min(...order);
  if (runs.length <= 1) return { shape: result, batch: 1, rows: 1, columns: sizes[0] ?? 1 };
  if (runs.length === 2) return { shape: result, batch: 1, rows: sizes[1] as number, columns: sizes[0] as number };
  if (runs.length === 3 && isFirst(0)) {
    return { shape: result, batch: sizes[0] as number, rows: sizes[2] as number, columns: sizes[1] as number };
  }
  return undefined;
}
