/** Results computed again and again: from what columns now hold, recorded or not, as tensors and as columns, and nothing left behind. */
import * as tf from "@tensorflow/tfjs";
import { afterEach, describe, expect, it } from "vitest";
import { type Backend, startBackend } from "../../src/nn/backend.js";
import { computation } from "../../src/nn/computation.js";
import { column } from "../../src/wasm/heap.js";
import { RUNTIMES } from "../oracle/losses.js";

let backend: Backend;
afterEach(() => backend.dispose());

/** 2x + 1 of a column of three, and the column. */
function doubled() {
  const x = column(backend.heap, [3]);
  return { x, result: computation(backend, () => tf.add(tf.mul(2, backend.tensor(x)), 1)) };
}

describe.each(RUNTIMES)("a computation on $backend with $kernels kernels", (runtime) => {
  it("gives what its columns hold at each run, as a tensor and as a column", async () => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const { x, result } = doubled();
    const addresses = new Set<number>();
    for (const values of [
      [1, 2, 3],
      [4, 5, 6],
      [-1, 0.5, 7],
    ]) {
      x.data.set(values);
      result.run();
      const wanted = values.map((value) => 2 * value + 1);
      expect([...result.result.dataSync()]).toEqual(wanted);
      const got = await result.column();
      expect([got.type, ...got.shape, ...got.data]).toEqual(["float32", 3, ...wanted]);
      addresses.add(got.address);
    }
    expect(addresses.size).toBe(1);
  });

  it("has nothing to give before its first run", async () => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const { result } = doubled();
    expect(() => result.result).toThrow("nothing was computed yet: call run() first");
    await expect(result.column()).rejects.toThrow("nothing was computed yet: call run() first");
  });

  it("may be read by another one", async () => {
    backend = await startBackend(runtime.backend, runtime.kernels);
    const { x, result } = doubled();
    const next = computation(backend, () => tf.square(result.result));
    for (const value of [1, 2, 3]) {
      x.data.fill(value);
      result.run();
      next.run();
      expect([...(await next.column()).data]).toEqual(Array<number>(3).fill((2 * value + 1) ** 2));
    }
  });

  it("leaves no tensors behind", async () => {
    (await startBackend(runtime.backend, runtime.kernels)).dispose();
    const before = tf.memory().numTensors;
    backend = await startBackend(runtime.backend, runtime.kernels);
    const { result } = doubled();
    result.run();
    await result.column();
    const once = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      result.run();
      await result.column();
    }
    expect(tf.memory().numTensors).toBe(once);
    backend.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
