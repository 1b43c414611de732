/**
 * Memory that kernels share. A heap belongs to TensorFlow.js's WASM backend or is our own; columns are typed windows on it.
 */

/** Kernels may read this many bytes past the end of a column (a vector's tail), never write there. */
const SLACK = 16;
const ALIGNMENT = 16;
const PAGE = 65536;

export interface Heap {
  readonly memory: WebAssembly.Memory;
  /** An address of `bytes` bytes, aligned to 16. */
  allocate(bytes: number): number;
  free(address: number): void;
}

export type ColumnType = "float32" | "int32";

/** Numbers of one type and shape at a fixed address. `data` is a fresh view, since memory that grows detaches old ones. */
export class Column<T extends ColumnType = ColumnType> {
  constructor(
    readonly heap: Heap,
    readonly address: number,
    readonly shape: readonly number[],
    readonly type: T,
  ) {}

  get length(): number {
    return product(this.shape);
  }

  get data(): T extends "float32" ? Float32Array<ArrayBuffer> : Int32Array<ArrayBuffer> {
    const Type = this.type === "float32" ? Float32Array : Int32Array;
    return new Type(this.heap.memory.buffer as ArrayBuffer, this.address, this.length) as never;
  }

  /** The same memory under another shape, or its leading part: rows `[T,N,D]` as `[T·N,D]`. */
  as(shape: readonly number[]): Column<T> {
    if (product(shape) > this.length) throw new RangeError(`shape [${shape}] does not fit in a column of [${this.shape}]`);
    return new Column(this.heap, this.address, shape, this.type);
  }
}

/** A zeroed column. */
export function column<T extends ColumnType = "float32">(heap: Heap, shape: readonly number[], type?: T): Column<T> {
  return new Column(heap, zeroed(heap, 4 * product(shape)), shape, (type ?? "float32") as T);
}

/** The address of `bytes` zeroed bytes. */
export function zeroed(heap: Heap, bytes: number): number {
  const address = heap.allocate(bytes + SLACK);
  new Uint8Array(heap.memory.buffer, address, bytes + SLACK).fill(0);
  return address;
}

/** A heap on memory of our own. Freed blocks are used again for requests of the same size. */
export function ownHeap(): Heap {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const sizes = new Map<number, number>();
  const free = new Map<number, number[]>();
  let end = ALIGNMENT; // address 0 stays unused, so that it can mean "none"
  return {
    memory,
    allocate(bytes) {
      const size = Math.max(1, Math.ceil(bytes / ALIGNMENT)) * ALIGNMENT;
      const address = free.get(size)?.pop() ?? end;
      if (address === end) {
        const missing = end + size - memory.buffer.byteLength;
        if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
        end += size;
      }
      sizes.set(address, size);
      return address;
    },
    free(address) {
      const size = sizes.get(address);
      if (size === undefined) throw new RangeError(`nothing was allocated at address ${address}`);
      sizes.delete(address);
      const blocks = free.get(size) ?? [];
      free.set(size, blocks);
      blocks.push(address);
    },
  };
}

/** A heap inside another allocator, such as a C library's, whose addresses need aligning. */
export function foreignHeap(memory: () => WebAssembly.Memory, malloc: (bytes: number) => number, release: (address: number) => void): Heap {
  const blocks = new Map<number, number>();
  return {
    get memory() {
      return memory();
    },
    allocate(bytes) {
      const block = malloc(bytes + ALIGNMENT) >>> 0;
      if (block === 0) throw new RangeError(`out of memory: ${bytes} bytes wanted`);
      const address = Math.ceil(block / ALIGNMENT) * ALIGNMENT;
      blocks.set(address, block);
      return address;
    },
    free(address) {
      const block = blocks.get(address);
      if (block === undefined) throw new RangeError(`nothing was allocated at address ${address}`);
      blocks.delete(address);
      release(block);
    },
  };
}

/** A heap that remembers what it allocated from another one, so that all of it can be given back at once. */
export function arena(heap: Heap): Heap & { release(): void } {
  const addresses = new Set<number>();
  return {
    get memory() {
      return heap.memory;
    },
    allocate(bytes) {
      const address = heap.allocate(bytes);
      addresses.add(address);
      return address;
    },
    free(address) {
      if (addresses.delete(address)) heap.free(address);
    },
    release() {
      for (const address of addresses) heap.free(address);
      addresses.clear();
    },
  };
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
