/** A backend of TensorFlow.js whose tensors live elsewhere than columns do: on a GPU, or in JavaScript's memory. */
import * as tf from "@tensorflow/tfjs";
import { RunState } from "../../core/run-state.js";
import { ownHeap } from "../../wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../wasm/kernels.js";
import { Copies, Reads } from "./copies.js";
import { installSpreading } from "./gradients.js";
import type { Backend, BackendName } from "./interface.js";

/** On the running backend, which has this name. */
export async function copyingBackend(name: BackendName): Promise<Backend> {
  installSpreading();
  const heap = ownHeap();
  const copies = new Copies();
  const reads = new Reads();
  const deferred: (() => void)[] = [];
  const unshared = (): never => {
    throw new Error(`backend ${name} shares no memory with the heap`);
  };
  return {
    name,
    heap,
    kernels: await instantiate<NnKernels>(heap, MODULES.nn),
    sharesMemory: false,
    threads: 1,
    state: new RunState(),
    tensor: (column) => copies.of(column),
    read: (tensor) => reads.of(tensor),
    address: unshared,
    markWritten: unshared,
    record: unshared,
    async finished() {
      const last = tf.tidy(() => tf.add(tf.scalar(0), 1));
      await last.data();
      last.dispose();
    },
    defer: (release) => void deferred.push(release),
    dispose() {
      for (const release of deferred.splice(0)) release();
      copies.dispose();
    },
  };
}
