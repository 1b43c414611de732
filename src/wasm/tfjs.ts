/**
 * The one file that knows the inside of TensorFlow.js's WASM backend (4.22.0): its memory and where tensors lie in it.
 * test/wasm/tfjs.test.ts fails if any of it moves.
 */
import { type Column, foreignHeap, type Heap } from "./heap.js";

interface TensorEntry {
  readonly id: number;
  memoryOffset: number;
  refCount: number;
}

interface WasmBackend {
  readonly wasm: {
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: number): void;
    readonly tfjs: {
      registerTensor(id: number, size: number, address: number): void;
      disposeData(id: number): void;
    };
  };
  readonly dataIdMap: { has(dataId: object): boolean; get(dataId: object): TensorEntry };
  makeOutput(shape: readonly number[], dtype: string, memoryOffset?: number): { dataId: object };
  move(dataId: object, values: object | null, shape: number[], dtype: string, refCount: number): void;
  readSync(dataId: object, start?: number, end?: number): ArrayLike<number>;
}

/** Stands in for the C library's allocator while operations are recorded. */
export interface Allocator {
  /** @param isConstant whether the memory will hold values from JavaScript, which no kernel call writes again */
  allocate(bytes: number, isConstant: boolean): number;
  /** Frees what it allocated itself; says false of anything else. */
  free(address: number): boolean;
  /** Values were read back into JavaScript: what follows may depend on them. */
  onRead(): void;
}

type Listener = (...args: unknown[]) => void;

/**
 * Starts the backend without the listeners that its C runtime leaves on Node's process: they turn every uncaught error of the
 * whole program into a bare "undefined".
 */
export async function withoutProcessListeners<T>(start: () => Promise<T>): Promise<T> {
  const host = (globalThis as { process?: Partial<NodeJS.Process> }).process;
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => new Set<unknown>(host?.listeners?.(event as "exit")));
  const result = await start();
  events.forEach((event, i) => {
    for (const listener of host?.listeners?.(event as "exit") ?? []) {
      if (!before[i]?.has(listener)) host?.off?.(event, listener as Listener);
    }
  });
  return result;
}

/** A reference count that TensorFlow.js can't bring down to 0, so that it never frees memory of ours. */
const PINNED = 2 ** 30;

/** The heap of a WASM backend: what is allocated here can be a tensor without a copy. */
export function tfjsHeap(backend: object): Heap {
  const { wasm } = inside(backend);
  return foreignHeap(
    () => wasm.asm.memory,
    (bytes) => wasm._malloc(bytes),
    (address) => wasm._free(address),
  );
}

/** The address of a tensor's first number. */
export function addressOf(backend: object, dataId: object): number {
  return entryOf(backend, dataId).memoryOffset;
}

/** A data id whose tensor is the column's own memory. Disposing the tensor leaves the memory alone until {@link unwrap}. */
export function wrap(backend: object, column: Column): object {
  const { dataId } = inside(backend).makeOutput([...column.shape], column.type, column.address);
  entryOf(backend, dataId).refCount = PINNED;
  return dataId;
}

/** Lets TensorFlow.js forget a wrapped column when its tensor is disposed next; the memory stays the column's. The inverse of {@link wrap}. */
export function unwrap(backend: object, dataId: object): void {
  const entry = entryOf(backend, dataId);
  entry.memoryOffset = 0; // free(0) does nothing
  entry.refCount = 1;
}

/**
 * Tells TensorFlow.js that a wrapped column was written to. Its stock matrix product packs the second operand once and keeps
 * the packed copy under the tensor's id until that id is disposed; so the id is, and registered again at the same address.
 */
export function markWritten(backend: object, dataId: object, size: number): void {
  const { id, memoryOffset } = entryOf(backend, dataId);
  const { tfjs } = inside(backend).wasm;
  tfjs.disposeData(id);
  tfjs.registerTensor(id, size, memoryOffset);
}

/** Memory for as long as one kernel call runs, from the allocator in force. */
export function withScratch<T>(backend: object, bytes: number, use: (address: number) => T): T {
  const { wasm } = inside(backend);
  const address = wasm._malloc(bytes) >>> 0;
  try {
    return use(address);
  } finally {
    wasm._free(address);
  }
}

/** What is needed to redirect a backend's allocations; {@link interceptable} prepares it once for a backend. */
export interface Interception {
  /** Serves allocations from `allocator` while `run` runs. What it handed out finds its way back to it ever after. */
  during<T>(allocator: Allocator, run: () => T): T;
  /** The allocator's memory is about to be given back: from now on its addresses are the C library's again. */
  forget(allocator: Allocator): void;
}

export function interceptable(backend: object): Interception {
  const inner = inside(backend);
  const { wasm } = inner;
  wasm._free(wasm._malloc(1)); // their first calls put other functions in their place, which would undo what follows
  const malloc = wasm._malloc.bind(wasm);
  const free = wasm._free.bind(wasm);
  const move = inner.move.bind(inner);
  const readSync = inner.readSync.bind(inner);
  const allocators = new Set<Allocator>();
  let current: Allocator | undefined;
  let isConstant = false;
  wasm._malloc = (bytes) => {
    const allocator = current;
    if (!allocator) return malloc(bytes);
    current = undefined; // what the allocator itself needs comes from the C library
    try {
      return allocator.allocate(bytes, isConstant);
    } finally {
      current = allocator;
    }
  };
  wasm._free = (address) => {
    for (const allocator of allocators) if (allocator.free(address)) return;
    free(address);
  };
  inner.move = (dataId, values, shape, dtype, refCount) => {
    isConstant = values !== null && values !== undefined;
    try {
      move(dataId, values, shape, dtype, refCount);
    } finally {
      isConstant = false;
    }
  };
  inner.readSync = (dataId, start, end) => {
    current?.onRead();
    return readSync(dataId, start, end);
  };
  return {
    during(allocator, run) {
      const outer = current;
      allocators.add(allocator);
      current = allocator;
      try {
        return run();
      } finally {
        current = outer;
      }
    },
    forget(allocator) {
      allocators.delete(allocator);
    },
  };
}

function entryOf(backend: object, dataId: object): TensorEntry {
  const { dataIdMap } = inside(backend);
  if (dataIdMap.has(dataId)) return dataIdMap.get(dataId);
  throw new Error("this tensor does not live on TensorFlow.js's WASM backend, or was disposed");
}

function inside(backend: object): WasmBackend {
  const candidate = backend as Partial<WasmBackend>;
  if (candidate.wasm?.asm?.memory && candidate.dataIdMap && candidate.makeOutput) return candidate as WasmBackend;
  throw new Error("this is not TensorFlow.js's WASM backend of version 4.22.0");
}
