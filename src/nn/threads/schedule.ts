/**
 * A recorded program laid out for threads: who runs which part of which call, and where all must meet. They meet before a call that
 * touches what another thread's part touched since they last met, unless both only read it.
 */
import type { Arguments, Part, Range, Signature } from "./call.js";
import { partsOf } from "./parts.js";

export interface SignedCall {
  readonly kernel: string;
  readonly args: Arguments;
  readonly signature: Signature;
}

/** What one thread does next: its part of a call, or a meeting with all others. */
export type Task = Part | "meet";

/** Calls that take less time, in nanoseconds, are not divided: threads would wait longer for one another than they work. */
const LEAST_COST = 2000;

/**
 * Each thread's tasks in order.
 * @param scratchOf the address of a thread's own memory for what lies between; the first thread keeps the call's
 * @param leastCost of calls that are divided
 */
export function schedule(
  calls: readonly SignedCall[],
  threads: number,
  scratchOf: (thread: number) => number,
  leastCost = LEAST_COST,
): Task[][] {
  const tasks = Array.from({ length: threads }, (): Task[] => []);
  let open = new Touched();
  for (const call of calls) {
    const parts = partsFor(call, call.signature.cost < leastCost ? 1 : threads, scratchOf);
    if (parts.some((part, thread) => part && open.clashes(part, thread))) {
      for (const own of tasks) own.push("meet");
      open = new Touched();
    }
    parts.forEach((part, thread) => {
      if (!part) return;
      tasks[thread]?.push(part);
      open.add(part, thread);
    });
  }
  return tasks;
}

function partsFor({ kernel, args, signature }: SignedCall, threads: number, scratchOf: (thread: number) => number): (Part | undefined)[] {
  const parts = partsOf(kernel, args, signature, threads);
  const { scratch } = signature;
  if (!scratch) return [...parts];
  return parts.map((part, thread) => part && withScratch(part, scratch, thread === 0 ? undefined : scratchOf(thread)));
}

function withScratch(part: Part, { argument, bytes }: NonNullable<Signature["scratch"]>, own: number | undefined): Part {
  const start = own ?? (part.args[argument] as number);
  const args = part.args.map((value, i) => (i === argument ? start : value));
  return { ...part, args, ranges: [...part.ranges, { start, end: start + bytes, isWritten: true }] };
}

/** What threads touched since they last met. */
class Touched {
  readonly #ranges: (Range & { readonly thread: number })[] = [];

  add({ ranges }: Part, thread: number): void {
    for (const range of ranges) this.#ranges.push({ ...range, thread });
  }

  /** Whether a thread's part must come after some other thread's. */
  clashes({ ranges }: Part, thread: number): boolean {
    return this.#ranges.some((other) => other.thread !== thread && ranges.some((range) => overlap(range, other)));
  }
}

function overlap(a: Range, b: Range): boolean {
  return (a.isWritten || b.isWritten) && a.start < b.end && b.start < a.end;
}
