/** A heap that notices writes beyond what was allocated. */
import { type Heap, ownHeap } from "../../src/wasm/heap.js";

const GUARD = 64;
const PATTERN = 0xa5;
/** Bytes at the end of every column that kernels may read but must leave alone. */
const SLACK = 16;

export interface GuardedHeap extends Heap {
  /** Fills the slack of all blocks with rubbish, which nothing may depend on and nobody may overwrite, not even with zeros. */
  soil(): void;
  /** The sizes of the blocks, slack included, beside which something was written; none if all is well. */
  damaged(): number[];
}

/** Blocks stand between guards; only columns and other zeroed blocks with slack may be allocated on it. */
export function guardedHeap(): GuardedHeap {
  const heap = ownHeap();
  const sizes = new Map<number, number>();
  const soiled = new Set<number>();
  const guards = (address: number, bytes: number) => [
    new Uint8Array(heap.memory.buffer, address - GUARD, GUARD),
    new Uint8Array(heap.memory.buffer, address + bytes, GUARD),
  ];
  const slack = (address: number, bytes: number) => new Uint8Array(heap.memory.buffer, address + bytes - SLACK, SLACK);
  return {
    memory: heap.memory,
    allocate(bytes) {
      const address = heap.allocate(bytes + 2 * GUARD) + GUARD;
      sizes.set(address, bytes);
      for (const guard of guards(address, bytes)) guard.fill(PATTERN);
      return address;
    },
    free(address) {
      sizes.delete(address);
      soiled.delete(address);
      heap.free(address - GUARD);
    },
    soil() {
      for (const [address, bytes] of sizes) {
        slack(address, bytes).fill(PATTERN);
        soiled.add(address);
      }
    },
    damaged() {
      const isDamaged = ([address, bytes]: [number, number]) =>
        guards(address, bytes).some((guard) => guard.some((byte) => byte !== PATTERN)) ||
        slack(address, bytes).some((byte) => byte !== (soiled.has(address) ? PATTERN : 0));
      return [...sizes].filter(isDamaged).map(([, bytes]) => bytes);
    },
  };
}
