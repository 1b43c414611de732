/** Heaps hand out aligned memory of its own to each caller and take it back; columns are windows on it that outlive its growth. */
import { describe, expect, it } from "vitest";
import { arena, Column, column, foreignHeap, type Heap, ownHeap, zeroed } from "../../src/wasm/heap.js";
import { drawn, randomNumbers } from "../oracle/random.js";

const PAGE = 65536;

/** An allocator as C libraries have them, but awkward: nothing that it returns is aligned to 16. It never reuses memory. */
function awkwardAllocator() {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const live = new Map<number, number>();
  let end = 8;
  return {
    memory,
    live,
    malloc(bytes: number): number {
      const address = end;
      end += Math.ceil((bytes + 8) / 16) * 16; // stays 8 beyond a multiple of 16
      if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE));
      live.set(address, bytes);
      return address;
    },
    free(address: number): void {
      if (!live.delete(address)) throw new Error(`free of ${address}, which is not allocated`);
    },
  };
}

const foreign = () => {
  const { memory, malloc, free } = awkwardAllocator();
  return foreignHeap(() => memory, malloc, free);
};

const HEAPS: readonly (readonly [string, () => Heap])[] = [
  ["a heap of our own", ownHeap],
  ["a heap inside another allocator", foreign],
  ["an arena", () => arena(ownHeap())],
  ["an arena inside another allocator", () => arena(foreign())],
];

const bytesAt = ({ memory }: Heap, address: number, length: number) => new Uint8Array(memory.buffer, address, length);

describe.each(HEAPS)("%s", (_, make) => {
  it("aligns every block to 16 bytes, and uses no address 0", () => {
    const heap = make();
    for (const bytes of [1, 2, 3, 4, 15, 16, 17, 31, 33, 1000, 70_000]) {
      const address = heap.allocate(bytes);
      expect(address % 16, `${bytes} bytes`).toBe(0);
      expect(address).toBeGreaterThan(0);
      expect(address + bytes).toBeLessThanOrEqual(heap.memory.buffer.byteLength);
    }
  });

  it("gives no byte to two blocks at once, through thousands of allocations and frees", () => {
    const heap = make();
    const random = randomNumbers(1);
    const blocks: { address: number; bytes: number; mark: number }[] = [];
    const check = ({ address, bytes, mark }: (typeof blocks)[number]) =>
      expect(bytesAt(heap, address, bytes).every((byte) => byte === mark)).toBe(true);
    for (let i = 0; i < 3000; i++) {
      if (blocks.length > 0 && random() < 0.45) {
        const [block] = blocks.splice(Math.floor(random() * blocks.length), 1) as [(typeof blocks)[number]];
        check(block);
        heap.free(block.address);
      } else {
        const bytes = Math.ceil(random() * 200);
        const block = { address: heap.allocate(bytes), bytes, mark: 1 + (i % 255) };
        bytesAt(heap, block.address, bytes).fill(block.mark);
        blocks.push(block);
      }
    }
    expect(blocks.length).toBeGreaterThan(100);
    for (const block of blocks) check(block);
  });

  it("gives blocks of no bytes addresses of their own", () => {
    const heap = make();
    const addresses = Array.from({ length: 4 }, () => heap.allocate(0));
    expect(new Set([...addresses, heap.allocate(16)]).size).toBe(5);
    for (const address of addresses) heap.free(address);
  });

  it("keeps what was written when its memory grows", () => {
    const heap = make();
    const small = column(heap, [100]);
    const numbers = drawn(100, randomNumbers(2));
    small.data.set(numbers);
    const { buffer } = heap.memory;
    column(heap, [10 * PAGE]);
    expect(heap.memory.buffer).not.toBe(buffer);
    expect(small.data).toEqual(numbers);
  });

  it("zeroes columns, also where others wrote before", () => {
    const heap = make();
    const dirty = Array.from({ length: 5 }, () => heap.allocate(4 * 33 + 16));
    for (const address of dirty) {
      bytesAt(heap, address, 4 * 33 + 16).fill(255);
      heap.free(address);
    }
    for (let i = 0; i < 5; i++) {
      const { address } = column(heap, [3, 11]);
      expect(bytesAt(heap, address, 4 * 33 + 16).every((byte) => byte === 0)).toBe(true);
    }
  });

  it("leaves room for reads of a whole vector at a column's last number", () => {
    const heap = make();
    const last = column(heap, [5]);
    const next = column(heap, [5]);
    expect(Math.abs(next.address - last.address)).toBeGreaterThanOrEqual(4 * 5 + 12);
    expect(Math.max(last.address, next.address) + 4 * 5 + 12).toBeLessThanOrEqual(heap.memory.buffer.byteLength);
  });
});

describe("a heap of our own", () => {
  it("uses freed blocks again for requests of their size, and only for those", () => {
    const heap = ownHeap();
    const [a, b, c] = [heap.allocate(100), heap.allocate(100), heap.allocate(500)];
    heap.free(a);
    heap.free(c);
    expect(heap.allocate(200)).not.toBe(c);
    expect(heap.allocate(112)).toBe(a); // both round up to 112
    expect([a, b, c]).not.toContain(heap.allocate(100));
    expect(heap.allocate(500)).toBe(c);
  });

  it("does not grow while the same sizes come and go", () => {
    const heap = ownHeap();
    const cycle = () => {
      const addresses = [40, 4000, 400_000].map((bytes) => heap.allocate(bytes));
      for (const address of addresses) heap.free(address);
    };
    cycle();
    const { byteLength } = heap.memory.buffer;
    for (let i = 0; i < 1000; i++) cycle();
    expect(heap.memory.buffer.byteLength).toBe(byteLength);
  });

  it("refuses to free what it never gave out", () => {
    const heap = ownHeap();
    const address = heap.allocate(64);
    expect(() => heap.free(address + 16)).toThrow(new RangeError(`nothing was allocated at address ${address + 16}`));
    expect(() => heap.free(0)).toThrow(RangeError);
  });

  it("never hands one block to two owners, even if the first freed it twice", () => {
    const heap = ownHeap();
    const address = heap.allocate(64);
    heap.free(address);
    expect(() => heap.free(address)).toThrow(new RangeError(`nothing was allocated at address ${address}`));
    expect(heap.allocate(64)).not.toBe(heap.allocate(64));
  });
});

describe("a heap inside another allocator", () => {
  it("frees the very blocks that it was given, each once", () => {
    const { memory, live, malloc, free } = awkwardAllocator();
    const heap = foreignHeap(() => memory, malloc, free);
    const addresses = [1, 16, 100].map((bytes) => heap.allocate(bytes));
    expect(live.size).toBe(3);
    for (const [i, [block, bytes]] of [...live].entries()) {
      const address = addresses[i] as number;
      expect(address).toBeGreaterThanOrEqual(block);
      expect(address + ([1, 16, 100][i] as number)).toBeLessThanOrEqual(block + bytes);
    }
    for (const address of addresses) heap.free(address);
    expect(live.size).toBe(0);
    expect(() => heap.free(addresses[0] as number)).toThrow(new RangeError(`nothing was allocated at address ${addresses[0]}`));
  });

  it("takes addresses beyond 2 GiB, which the allocator returns as negative numbers", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const freed: number[] = [];
    const heap = foreignHeap(
      () => memory,
      () => -2147483640,
      (address) => freed.push(address),
    );
    expect(heap.allocate(8)).toBe(2147483664);
    heap.free(2147483664);
    expect(freed).toEqual([2147483656]);
  });

  it("says that memory has run out", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const heap = foreignHeap(
      () => memory,
      () => 0,
      () => {},
    );
    expect(() => heap.allocate(1000)).toThrow(new RangeError("out of memory: 1000 bytes wanted"));
  });

  it("follows the allocator to another memory", () => {
    let memory = new WebAssembly.Memory({ initial: 1 });
    const heap = foreignHeap(
      () => memory,
      () => 16,
      () => {},
    );
    memory = new WebAssembly.Memory({ initial: 2 });
    expect(heap.memory).toBe(memory);
  });
});

describe("an arena", () => {
  it("gives back all that is left in it, once", () => {
    const { memory, live, malloc, free } = awkwardAllocator();
    const one = arena(foreignHeap(() => memory, malloc, free));
    const addresses = [10, 20, 30, 40].map((bytes) => one.allocate(bytes));
    one.free(addresses[1] as number);
    expect(live.size).toBe(3);
    one.release();
    expect(live.size).toBe(0);
    one.release();
    for (const address of addresses) one.free(address); // already given back: nothing happens
    one.allocate(8);
    expect(live.size).toBe(1);
  });

  it("leaves alone what others allocated from the same heap", () => {
    const heap = ownHeap();
    const outside = column(heap, [8]);
    outside.data.fill(3);
    const one = arena(heap);
    column(one, [8]).data.fill(4);
    one.free(outside.address);
    one.release();
    column(heap, [8]).data.fill(5);
    column(heap, [8]).data.fill(6);
    expect([...outside.data]).toEqual(Array(8).fill(3));
  });

  it("shares the memory of its heap", () => {
    const heap = ownHeap();
    expect(arena(heap).memory).toBe(heap.memory);
  });
});

describe("a column", () => {
  it("holds 32-bit floats unless it is told to hold integers", () => {
    const heap = ownHeap();
    const [floats, integers] = [column(heap, [2]), column(heap, [2], "int32")];
    floats.data.set([1.5, -2]);
    integers.data.set([7, -8]);
    expect(floats.data).toEqual(Float32Array.of(1.5, -2));
    expect(integers.data).toEqual(Int32Array.of(7, -8));
    expect([floats.type, integers.type]).toEqual(["float32", "int32"]);
  });

  it("has the product of its shape as its length, and a scalar has one number", () => {
    const heap = ownHeap();
    expect(column(heap, [2, 3, 4])).toHaveLength(24);
    expect(column(heap, [])).toHaveLength(1);
    expect(column(heap, [0, 3]).data).toEqual(new Float32Array(0));
  });

  it("shows the same memory under another shape, or its leading part", () => {
    const heap = ownHeap();
    const rows = column(heap, [3, 2, 2]);
    rows.data.set(Array.from({ length: 12 }, (_, i) => i));
    const flat = rows.as([6, 2]);
    expect(flat).toBeInstanceOf(Column);
    expect(flat.address).toBe(rows.address);
    expect([...flat.data]).toEqual([...rows.data]);
    flat.data[0] = 100;
    expect(rows.data[0]).toBe(100);
    expect([...rows.as([4]).data]).toEqual([100, 1, 2, 3]);
    expect(() => rows.as([13])).toThrow(new RangeError("shape [13] does not fit in a column of [3,2,2]"));
  });
});

it("zeroed memory has slack that is zero as well", () => {
  const heap = ownHeap();
  const dirty = heap.allocate(64);
  bytesAt(heap, dirty, 64).fill(9);
  heap.free(dirty);
  const address = zeroed(heap, 48);
  expect(address).toBe(dirty);
  expect(bytesAt(heap, address, 64).every((byte) => byte === 0)).toBe(true);
});
