/** Calls divided between threads. What a thread computes, it computes by the same instructions as one thread would: the bits are the same. */
import type { Arguments, Operand, Part, Range, Signature } from "./call.js";

/** Boundaries lie at multiples of the first of these that leaves every thread something: a cache line of f32, a tile's rows. */
const GRAINS = [16, 4];

/** Where each thread's units begin, and where the last one's end. The first thread has some if there are any, others may have none. */
export function boundaries(units: number, threads: number): number[] {
  const grain = GRAINS.find((size) => size * threads <= units) ?? 1;
  return Array.from({ length: threads + 1 }, (_, thread) => Math.min(units, grain * Math.ceil((units * thread) / threads / grain)));
}

/** The parts of a call, one for each thread, undefined where there is nothing to do. The first thread has all of what doesn't divide. */
export function partsOf(kernel: string, args: Arguments, signature: Signature, threads: number): readonly (Part | undefined)[] {
  if (signature.divide) return signature.divide(threads);
  const bounds = boundaries(unitsOf(args, signature), threads);
  return Array.from({ length: threads }, (_, thread) => {
    const [first, end] = [bounds[thread] as number, bounds[thread + 1] as number];
    return first < end ? partOf(kernel, args, signature, first, end) : undefined;
  });
}

function unitsOf(args: Arguments, { count }: Signature): number {
  return count === undefined ? 1 : (args[count] as number);
}

/** Units `first` … `end` of a call. */
function partOf(kernel: string, args: Arguments, { operands, count }: Signature, first: number, end: number): Part {
  const own = [...args];
  if (count !== undefined) own[count] = end - first;
  for (const { argument, stride } of operands) own[argument] = (args[argument] as number) + first * stride;
  return { kernel, args: own, ranges: operands.map((operand) => rangeOf(operand, own, end - first)) };
}

function rangeOf({ argument, isWritten, stride, bytes }: Operand, args: Arguments, units: number): Range {
  const start = args[argument] as number;
  return { start, end: start + (units > 0 ? (units - 1) * stride + bytes : 0), isWritten };
}
