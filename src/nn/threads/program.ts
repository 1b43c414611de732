/**
 * A recorded program run by several threads. They share a memory of their own, in which everything stands at the address that it has in
 * TensorFlow.js's: what a program reads is copied over before each run, and what is read of it afterwards is copied back.
 */
import type { Pool, Program } from "../kernels/recorder.js";
import type { Range, SignatureOf } from "./call.js";
import { partsOf } from "./parts.js";
import { type SignedCall, schedule } from "./schedule.js";
import type { Team } from "./team.js";

/** Programs that take less time, in nanoseconds, aren't worth it. */
const LEAST_COST = 20_000;

/** The program on a team; undefined if it calls a kernel without a signature, writes to memory not its own, or is too short. */
export function threaded(program: Program, pool: Pool, team: Team, signatures: Readonly<Record<string, SignatureOf>>): Program | undefined {
  const calls = signed(program, signatures);
  if (!calls || calls.reduce((sum, { signature }) => sum + signature.cost, 0) < LEAST_COST) return undefined;
  const ranges = calls.flatMap(({ kernel, args, signature }) => partsOf(kernel, args, signature, 1).flatMap((part) => part?.ranges ?? []));
  const outside = ranges.filter(({ start }) => pool.blockAt(start)?.isConstant !== false);
  if (outside.some(({ isWritten }) => isWritten)) return undefined;

  const { heap, memory } = team;
  const inputs = merged(outside);
  const results = pool.results.map(({ address, bytes }) => ({ start: address, end: address + bytes }));
  const scratch = scratchFor(calls, team);
  const work = team.prepare(schedule(calls, team.threads, (thread) => scratch[thread] as number));
  return {
    calls: program.calls,
    replay() {
      copy(memory, heap.memory, inputs);
      team.run(work);
      copy(heap.memory, memory, results);
    },
  };
}

function signed({ calls }: Program, signatures: Readonly<Record<string, SignatureOf>>): SignedCall[] | undefined {
  const known = calls.flatMap(({ kernel = "", args }) => {
    const signature = signatures[kernel]?.(args);
    return signature ? [{ kernel, args, signature }] : [];
  });
  return known.length === calls.length ? known : undefined;
}

/** Memory for each thread's intermediate results; the first one's is the recording's. */
function scratchFor(calls: readonly SignedCall[], { heap, threads }: Team): number[] {
  const bytes = Math.max(0, ...calls.map(({ signature }) => signature.scratch?.bytes ?? 0));
  return Array.from({ length: threads }, (_, thread) => (thread > 0 ? heap.allocate(bytes) : 0));
}

type Extent = Pick<Range, "start" | "end">;

/** The same bytes in as few pieces as there are. */
function merged(ranges: readonly Extent[]): Extent[] {
  const pieces: { start: number; end: number }[] = [];
  for (const { start, end } of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = pieces.at(-1);
    if (last && start <= last.end) last.end = Math.max(last.end, end);
    else pieces.push({ start, end });
  }
  return pieces;
}

/** target ← source, bytes at the same addresses. */
function copy(target: WebAssembly.Memory, source: WebAssembly.Memory, extents: readonly Extent[]): void {
  const [to, from] = [new Uint8Array(target.buffer), new Uint8Array(source.buffer)];
  for (const { start, end } of extents) to.set(from.subarray(start, end), start);
}
