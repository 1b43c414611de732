/** TensorFlow.js's WASM backend: columns lie in its own memory, and are tensors as they are. */
import * as tf from "@tensorflow/tfjs";
import { RunState } from "../../core/run-state.js";
import { arena, type Column } from "../../wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../wasm/kernels.js";
import { addressOf, type Interception, interceptable, markWritten, tfjsHeap, unwrap, wrap } from "../../wasm/tfjs.js";
import { nameExports, Pool, record } from "../kernels/recorder.js";
import { installKernels, removeKernels } from "../kernels/register.js";
import { fasterOf } from "../threads/faster.js";
import { threaded } from "../threads/program.js";
import { signaturesOf } from "../threads/signatures.js";
import { startTeam } from "../threads/team.js";
import { type Backend, type KernelChoice, STOCK_KERNELS } from "./interface.js";

const interceptions = new WeakMap<object, Interception>();

/** One interception for a backend, however many runs share it. */
function interceptionOf(inner: tf.KernelBackend): Interception {
  const interception = interceptions.get(inner) ?? interceptable(inner);
  interceptions.set(inner, interception);
  return interception;
}

/** On the running WASM backend. */
export async function sharedBackend(choice: KernelChoice, threads: number): Promise<Backend> {
  const inner = tf.backend();
  const heap = arena(tfjsHeap(inner));
  const wrapped = new Map<string, tf.Tensor>();
  const pools: Pool[] = [];
  const deferred: (() => void)[] = [];
  const kernels = await instantiate<NnKernels>(heap, MODULES.nn);
  const team = choice === "lanewise" ? await startTeam(threads, heap) : undefined;
  const signatures = signaturesOf(kernels);
  nameExports(kernels);
  removeKernels();
  if (choice === "lanewise") installKernels(inner, kernels);
  return {
    name: "wasm",
    heap,
    kernels,
    sharesMemory: true,
    threads: team?.threads ?? 1,
    state: new RunState(),
    tensor(column) {
      const key = `${column.address}:${column.type}:${column.shape}`;
      const tensor = wrapped.get(key) ?? wrapTensor(inner, column);
      wrapped.set(key, tensor);
      return tensor;
    },
    read: async (tensor) => (await tensor.data()) as Float32Array,
    address: (tensor) => addressOf(inner, tensor.dataId),
    markWritten: (tensor) => markWritten(inner, tensor.dataId, tensor.size),
    record(work) {
      if (choice === "stock") return { result: work(), program: undefined, obstacle: STOCK_KERNELS };
      const pool = new Pool(heap);
      pools.push(pool);
      const recorded = record(pool, interceptionOf(inner), work);
      const { program } = recorded;
      const shared = team && program && threaded(program, pool, team, signatures);
      return shared ? { ...recorded, program: fasterOf(program, shared) } : recorded;
    },
    finished: async () => undefined,
    defer: (release) => void deferred.push(release),
    dispose() {
      for (const release of deferred.splice(0)) release();
      team?.dispose();
      for (const tensor of wrapped.values()) {
        unwrap(inner, tensor.dataId);
        tensor.dispose();
      }
      wrapped.clear();
      for (const pool of pools) interceptionOf(inner).forget(pool);
      heap.release();
    },
  };
}

function wrapTensor(inner: tf.KernelBackend, column: Column): tf.Tensor {
  const dataId = wrap(inner, column);
  return tf.keep(tf.engine().makeTensorFromDataId(dataId, [...column.shape], column.type, inner));
}
