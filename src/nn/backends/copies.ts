/** What goes to and fro between the heap and tensors that live elsewhere. */
import * as tf from "@tensorflow/tfjs";
import type { Column } from "../../wasm/heap.js";

interface Copy {
  readonly tensor: tf.Tensor;
  /** The column's words when it was made. */
  readonly words: Int32Array;
}

/** Tensors that stand for columns: one for each, made anew only where the column's bits have changed. */
export class Copies {
  readonly #copies = new Map<string, Copy>();

  /** The column as it now is. The tensor is disposed of once the column has changed and is asked for again. */
  of(column: Column): tf.Tensor {
    const key = `${column.address}:${column.type}:${column.shape}`;
    const known = this.#copies.get(key);
    if (known && isSame(known.words, column)) return known.tensor;
    known?.tensor.dispose();
    const values = column.data.slice();
    const tensor = tf.keep(tf.tensor(values, [...column.shape], column.type));
    this.#copies.set(key, { tensor, words: new Int32Array(values.buffer) });
    return tensor;
  }

  dispose(): void {
    for (const { tensor } of this.#copies.values()) tensor.dispose();
    this.#copies.clear();
  }
}

function isSame(words: Int32Array, { heap, address }: Column): boolean {
  const now = new Int32Array(heap.memory.buffer, address, words.length);
  for (let i = 0; i < words.length; i++) if (words[i] !== now[i]) return false;
  return true;
}

interface Request {
  readonly tensor: tf.Tensor;
  resolve(values: Float32Array): void;
  reject(reason: unknown): void;
}

/** Reads tensors of float32. Those that are asked for before the caller waits come as one: a round trip costs more than its numbers. */
export class Reads {
  #requests: Request[] = [];

  of(tensor: tf.Tensor): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      if (this.#requests.push({ tensor, resolve, reject }) === 1) queueMicrotask(() => this.#send());
    });
  }

  async #send(): Promise<void> {
    const requests = this.#requests.splice(0);
    try {
      const joined = tf.tidy(() => tf.concat1d(requests.map(({ tensor }) => tf.reshape(tensor, [-1]) as tf.Tensor1D)));
      const values = await joined.data<"float32">();
      joined.dispose();
      let start = 0;
      for (const { tensor, resolve } of requests) {
        resolve(values.slice(start, start + tensor.size));
        start += tensor.size;
      }
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }
}
