/** What we rely on inside TensorFlow.js's WASM backend. If a version moves any of it, this fails before training goes wrong. */
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-wasm";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { arena, type Column, column, type Heap, ownHeap } from "../../src/wasm/heap.js";
import { type Allocator, addressOf, interceptable, markWritten, tfjsHeap, unwrap, withScratch, wrap } from "../../src/wasm/tfjs.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** Sums of at most 33 float32 products of numbers near 1, in whatever order. */
const FLOAT32_TOLERANCE = 1e-4;

let backend: tf.KernelBackend;
let heap: ReturnType<typeof arena>;
let tensorsBefore: number;

beforeAll(async () => {
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  expect(await tf.setBackend("wasm")).toBe(true);
  backend = tf.backend();
});

beforeEach(() => {
  heap = arena(tfjsHeap(backend));
  tensorsBefore = tf.memory().numTensors;
});

afterEach(() => {
  heap.release();
  expect(tf.memory().numTensors).toBe(tensorsBefore);
});

function randomColumn(shape: readonly number[], seed: number, on: Heap = heap): Column<"float32"> {
  const made = column(on, shape);
  made.data.set(drawn(made.length, randomNormals(seed)));
  return made;
}

/** The column as a tensor, and what takes it away again. */
function wrapped(of: Column): { tensor: tf.Tensor; dispose: () => void } {
  const dataId = wrap(backend, of);
  const tensor = tf.engine().makeTensorFromDataId(dataId, [...of.shape], of.type, backend);
  return {
    tensor,
    dispose: () => {
      unwrap(backend, dataId);
      tensor.dispose();
    },
  };
}

/** Largest error of a product of `[rows,k]` and `[k,columns]` against float64. */
function productError(got: tf.Tensor, a: ArrayLike<number>, b: ArrayLike<number>, k: number, columns: number): number {
  return Math.max(
    ...Array.from(got.dataSync(), (y, i) => {
      const [row, j] = [Math.floor(i / columns), i % columns];
      const wanted = Array.from({ length: k }, (_, m) => (a[row * k + m] as number) * (b[m * columns + j] as number));
      return Math.abs(y - wanted.reduce((sum, term) => sum + term, 0));
    }),
  );
}

it("the version is the one whose inside is known", () => {
  expect(tf.version_core).toBe("4.22.0");
});

it("a backend of another kind is refused", () => {
  expect(() => tfjsHeap({})).toThrow("this is not TensorFlow.js's WASM backend of version 4.22.0");
  expect(() => addressOf({ wasm: {} }, {})).toThrow("this is not TensorFlow.js's WASM backend of version 4.22.0");
});

describe("a wrapped column", () => {
  it("is a tensor that sees the column's numbers, and every later write", () => {
    const numbers = randomColumn([3, 5], 1);
    const { tensor, dispose } = wrapped(numbers);
    expect(tensor.shape).toEqual([3, 5]);
    expect(tensor.dtype).toBe("float32");
    expect(tensor.dataSync()).toEqual(numbers.data);
    numbers.data.fill(7);
    expect(tensor.dataSync()).toEqual(new Float32Array(15).fill(7));
    const sum = tf.sum(tensor);
    expect(sum.dataSync()[0]).toBe(105);
    tf.dispose(sum);
    dispose();
  });

  it("holds integers too", () => {
    const indices = column(heap, [4], "int32");
    indices.data.set([2, 0, 3, 1]);
    const { tensor, dispose } = wrapped(indices);
    expect(tensor.dtype).toBe("int32");
    expect(
      tf.tidy(() => [
        ...tf
          .oneHot(tensor as tf.Tensor1D, 4)
          .argMax(-1)
          .dataSync(),
      ]),
    ).toEqual([2, 0, 3, 1]);
    dispose();
  });

  it("lies where its tensor lies", () => {
    const numbers = randomColumn([8], 2);
    const { tensor, dispose } = wrapped(numbers);
    expect(addressOf(backend, tensor.dataId)).toBe(numbers.address);
    dispose();
  });

  it("keeps its memory when its tensor, or views and copies of it, are disposed", () => {
    const numbers = randomColumn([4, 4], 3);
    const kept = numbers.data.slice();
    const { tensor, dispose } = wrapped(numbers);
    tf.tidy(() => {
      tf.reshape(tensor, [16]);
      tensor.clone();
      tf.mul(tensor, 2);
    });
    expect(tensor.dataSync()).toEqual(kept);
    dispose();
    churn();
    expect(numbers.data).toEqual(kept);
  });

  it("keeps its memory when its tensor is disposed by mistake, before it is unwrapped", () => {
    const numbers = randomColumn([6], 4);
    const kept = numbers.data.slice();
    const { tensor } = wrapped(numbers);
    tensor.dispose();
    churn();
    expect(numbers.data).toEqual(kept);
    const again = tf.engine().makeTensorFromDataId(tensor.dataId, [6], "float32", backend);
    unwrap(backend, again.dataId);
    again.dispose();
  });

  it("can be wrapped again after it was unwrapped", () => {
    const numbers = randomColumn([6], 4);
    wrapped(numbers).dispose();
    const again = wrapped(numbers);
    expect(again.tensor.dataSync()).toEqual(numbers.data);
    again.dispose();
    heap.free(numbers.address);
    churn();
  });

  it("survives the growth of the backend's memory", () => {
    const numbers = randomColumn([10, 10], 5);
    const kept = numbers.data.slice();
    const { tensor, dispose } = wrapped(numbers);
    const { byteLength } = heap.memory.buffer;
    const large = column(heap, [byteLength / 4]);
    large.data.fill(3);
    expect(heap.memory.buffer.byteLength).toBeGreaterThan(byteLength);
    expect(numbers.data).toEqual(kept);
    expect(tensor.dataSync()).toEqual(kept);
    numbers.data.fill(1);
    const total = tf.tidy(() => tf.sum(tensor).dataSync()[0]);
    expect(total).toBe(100);
    expect(large.data.at(-1)).toBe(3);
    dispose();
  });

  it("can be an operand on either side of a product, and a gradient's source", () => {
    const [x, w] = [randomColumn([9, 33], 7), randomColumn([33, 5], 8)];
    const [a, b] = [wrapped(x), wrapped(w)];
    tf.tidy(() => {
      expect(productError(tf.matMul(a.tensor, b.tensor), x.data, w.data, 33, 5)).toBeLessThan(FLOAT32_TOLERANCE);
      const { grads } = tf.valueAndGrads((p: tf.Tensor) => tf.sum(tf.square(p)) as tf.Scalar)([b.tensor]);
      expect([...(grads[0] as tf.Tensor).dataSync()]).toEqual([...w.data].map((value) => Math.fround(2 * value)));
    });
    a.dispose();
    b.dispose();
  });
});

describe("the stock product of matrices", () => {
  it("remembers its second operand until that is marked as written", () => {
    const [x, w] = [randomColumn([4, 8], 9), randomColumn([8, 8], 10)];
    const [a, b] = [wrapped(x), wrapped(w)];
    const error = (of: ArrayLike<number>) => tf.tidy(() => productError(tf.matMul(a.tensor, b.tensor), x.data, of, 8, 8));
    const old = w.data.slice();
    expect(error(old)).toBeLessThan(FLOAT32_TOLERANCE);
    w.data.set(drawn(64, randomNormals(11)));
    expect(error(old), "without markWritten: the packed copy of the old numbers").toBeLessThan(FLOAT32_TOLERANCE);
    markWritten(backend, b.tensor.dataId, b.tensor.size);
    expect(error(w.data), "with markWritten: the new numbers").toBeLessThan(FLOAT32_TOLERANCE);
    for (let i = 0; i < 50; i++) {
      w.data.set(drawn(64, randomNormals(20 + i)));
      markWritten(backend, b.tensor.dataId, b.tensor.size);
      expect(error(w.data)).toBeLessThan(FLOAT32_TOLERANCE);
    }
    a.dispose();
    b.dispose();
  });

  it("does not remember its first operand", () => {
    const [x, w] = [randomColumn([4, 8], 9), randomColumn([8, 8], 10)];
    const [a, b] = [wrapped(x), wrapped(w)];
    for (let i = 0; i < 3; i++) {
      x.data.set(drawn(32, randomNormals(30 + i)));
      const error = tf.tidy(() => productError(tf.matMul(a.tensor, b.tensor), x.data, w.data, 8, 8));
      expect(error).toBeLessThan(FLOAT32_TOLERANCE);
    }
    a.dispose();
    b.dispose();
  });
});

describe("the backend's heap", () => {
  it("takes its memory from the allocator that tensors use, and gives it back there", () => {
    const { malloc, free } = cAllocator();
    const freeBlock = malloc(100_000);
    free(freeBlock);
    const { address } = column(heap, [10_000]);
    expect(address).toBeGreaterThanOrEqual(freeBlock);
    expect(address).toBeLessThan(freeBlock + 100_000);
    heap.free(address);
    expect(malloc(100_000)).toBe(freeBlock);
    free(freeBlock);
  });

  it("knows where an ordinary tensor lies", () => {
    const tensor = tf.tensor1d([1, 2, 3]);
    const doubled = tf.mul(tensor, 2);
    expect([...new Float32Array(heap.memory.buffer, addressOf(backend, doubled.dataId), 3)]).toEqual([2, 4, 6]);
    new Float32Array(heap.memory.buffer, addressOf(backend, doubled.dataId), 3).set([9, 8, 7]);
    expect([...doubled.dataSync()]).toEqual([9, 8, 7]);
    tf.dispose([tensor, doubled]);
  });

  it("says that a disposed tensor lies nowhere", () => {
    const tensor = tf.tensor1d([1]);
    const { dataId } = tensor;
    tensor.dispose();
    expect(() => addressOf(backend, dataId)).toThrow("this tensor does not live on TensorFlow.js's WASM backend, or was disposed");
  });
});

/** Allocates from a heap of our own, laid over nothing: counts, and notes what was asked. */
class Counting implements Allocator {
  readonly handedOut = new Map<number, boolean>();
  readonly returned: number[] = [];
  reads = 0;

  constructor(readonly heap: Heap) {}

  allocate(bytes: number, isConstant: boolean): number {
    const address = this.heap.allocate(bytes);
    this.handedOut.set(address, isConstant);
    return address;
  }

  free(address: number): boolean {
    if (!this.handedOut.has(address)) return false;
    this.returned.push(address);
    return true;
  }

  onRead(): void {
    this.reads++;
  }
}

describe("an interception", () => {
  /** A backend that has not yet done anything. */
  const freshBackend = async () => (await tf.findBackendFactory("wasm")()) as tf.KernelBackend;

  it("serves the memory of all tensors that are made during its work, and only of those", () => {
    const interception = interceptable(backend);
    const counting = new Counting(heap);
    const before = tf.tensor1d([1, 2, 3]);
    const squares = tf.tidy(() => interception.during(counting, () => tf.square(tf.add(before, tf.scalar(1)))));
    expect(counting.handedOut.has(addressOf(backend, squares.dataId))).toBe(true);
    expect([...counting.handedOut.values()].filter((isConstant) => isConstant)).toHaveLength(1); // the scalar
    expect([...squares.dataSync()]).toEqual([4, 9, 16]);
    const after = tf.square(before);
    expect(counting.handedOut.has(addressOf(backend, after.dataId))).toBe(false);
    expect(counting.reads).toBe(0);
    tf.dispose([before, squares, after]);
    expect(new Set(counting.returned)).toEqual(new Set(counting.handedOut.keys()));
    interception.forget(counting);
  });

  it("notes that numbers were read into JavaScript", () => {
    const interception = interceptable(backend);
    const counting = new Counting(heap);
    const tensor = tf.tensor1d([1]);
    tf.tidy(() => interception.during(counting, () => tf.neg(tensor).dataSync()));
    expect(counting.reads).toBe(1);
    tensor.dataSync();
    expect(counting.reads).toBe(1);
    tensor.dispose();
    interception.forget(counting);
  });

  it("ends when its work throws", () => {
    const interception = interceptable(backend);
    const counting = new Counting(heap);
    const fail = () => {
      throw new Error("no");
    };
    expect(() => interception.during(counting, fail)).toThrow("no");
    tf.tidy(() => {
      tf.neg(tf.tensor1d([1]));
    });
    expect(counting.handedOut.size).toBe(0);
    interception.forget(counting);
  });

  it("leaves addresses to the C library once their allocator is forgotten", () => {
    const interception = interceptable(backend);
    const counting = new Counting(heap);
    const result = tf.tidy(() => interception.during(counting, () => tf.neg(tf.tensor1d([1]))));
    interception.forget(counting);
    const given = counting.returned.length;
    const { free } = cAllocator();
    const block = cAllocator().malloc(100);
    counting.handedOut.set(block, false);
    free(block);
    expect(counting.returned).toHaveLength(given);
    unwrap(backend, result.dataId); // its memory is the arena's, which gives it back
    result.dispose();
  });

  it("holds on a backend whose allocator was never called before", async () => {
    const fresh = await freshBackend();
    const { wasm } = fresh as unknown as { wasm: { _malloc(bytes: number): number; _free(address: number): void } };
    const interception = interceptable(fresh);
    const counting = new Counting(ownHeap());
    for (let i = 0; i < 3; i++) {
      interception.during(counting, () => wasm._free(wasm._malloc(100)));
      wasm._free(wasm._malloc(100));
    }
    expect(counting.returned).toHaveLength(3);
    fresh.dispose();
  });
});

it("scratch memory is given back, also when its user throws", () => {
  const { malloc, free } = cAllocator();
  const probe = () => {
    const address = malloc(512);
    free(address);
    return address;
  };
  const before = probe();
  expect(withScratch(backend, 512, (address) => address)).toBe(before);
  const fail = () => {
    throw new Error("no");
  };
  expect(() => withScratch(backend, 512, fail)).toThrow("no");
  expect(probe()).toBe(before);
});

function cAllocator(): { malloc: (bytes: number) => number; free: (address: number) => void } {
  const { wasm } = backend as unknown as { wasm: { _malloc(bytes: number): number; _free(address: number): void } };
  return { malloc: (bytes) => wasm._malloc(bytes), free: (address) => wasm._free(address) };
}

/** Allocates and overwrites much of what is free, so that memory freed by mistake would not stay as it was. */
function churn(): void {
  tf.tidy(() => {
    for (let size = 1; size < 200; size++) tf.fill([size], -1);
  });
}
