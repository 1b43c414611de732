/** TensorFlow.js on one of its backends, and the heap that kernels and columns share with it where they can. */
import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { UsageError } from "../core/errors.js";
import { isNode } from "../core/host.js";
import { RunState } from "../core/run-state.js";
import { arena, type Column, type Heap, ownHeap } from "../wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../wasm/kernels.js";
import { locate } from "../wasm/modules.js";
import { addressOf, type Interception, interceptable, markWritten, tfjsHeap, unwrap, withoutProcessListeners, wrap } from "../wasm/tfjs.js";
import type { InitialValues } from "./initial-values.js";
import { nameExports, Pool, type Recorded, record } from "./kernels/recorder.js";
import { installKernels, removeKernels } from "./kernels/register.js";
import { fasterOf } from "./threads/faster.js";
import { threaded } from "./threads/program.js";
import { signaturesOf } from "./threads/signatures.js";
import { startTeam } from "./threads/team.js";

export { MOST_THREADS } from "./threads/lockstep.js";

/** The obstacle to recording that a user asked for. */
export const STOCK_KERNELS = "kernels: stock";

export const BACKENDS = ["wasm", "webgpu", "cpu"] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Which kernels TensorFlow.js's WASM backend runs: ours, or the ones that it came with. */
export const KERNELS = ["lanewise", "stock"] as const;
export type KernelChoice = (typeof KERNELS)[number];

export interface Backend {
  readonly name: BackendName;
  /** Where columns live: TensorFlow.js's own memory on `wasm`, memory of ours elsewhere. */
  readonly heap: Heap;
  readonly kernels: NnKernels;
  /** Whether a column's tensor is the column's own memory, so that neither is ever copied into the other. */
  readonly sharesMemory: boolean;
  /** How many threads replay what was recorded. */
  readonly threads: number;
  /** What decides the rest of the run: everything that learns or counts is kept in it where it is made. */
  readonly state: RunState;
  /** What parameters begin with, if not with what is drawn for them. */
  readonly initialValues?: InitialValues;
  /** The column as a tensor: its own memory if shared (don't dispose it), else a copy of its present contents. */
  tensor(column: Column): tf.Tensor;
  /** The address of a tensor's numbers; only where memory is shared. */
  address(tensor: tf.Tensor): number;
  /** Must follow every write to a column whose tensor was used; only where memory is shared. */
  markWritten(tensor: tf.Tensor): void;
  /** Runs work once, recorded for replay if our kernels run; only where memory is shared. */
  record<T>(work: () => T): Recorded<T>;
  /** Has `release` called when the backend is disposed of. */
  defer(release: () => void): void;
  /** Gives back all memory that was allocated through `heap`, after calling what was deferred. */
  dispose(): void;
}

/**
 * Starts a backend. Each call has a heap of its own, given back by `dispose`.
 * @param threads how many replay what was recorded, where they can share memory and our kernels run; results don't depend on it
 */
export function startBackend(name: BackendName, kernels: KernelChoice = "lanewise", threads = 1): Promise<Backend> {
  const started = starting.then(() => start(name, kernels, threads));
  starting = started.catch(() => undefined);
  return started;
}

/** One start after the other: TensorFlow.js gives up a backend that is still starting when another is asked for. */
let starting: Promise<unknown> = Promise.resolve();

async function start(name: BackendName, kernels: KernelChoice, threads: number): Promise<Backend> {
  // TensorFlow.js itself has one thread: its threaded build doesn't start in Node, and sums must not depend on the number of cores.
  if (name === "wasm") tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  if (name === "wasm" && !isNode()) setWasmPaths(tfjsModules());
  const known = tf.engine().registryFactory[name] !== undefined;
  if (!known || !(await withoutProcessListeners(() => tf.setBackend(name)))) {
    throw new UsageError(`backend ${name} does not start here; use one of ${BACKENDS.filter((other) => other !== name).join(", ")}`);
  }
  await tf.ready();
  return name === "wasm" ? sharedBackend(kernels, threads) : copyingBackend(name);
}

/** TensorFlow.js's own module stands among ours; we have no use for its builds without SIMD or with threads. */
function tfjsModules(): Record<TfjsModule, string> {
  const { href } = locate(MODULES.tfjs);
  return { "tfjs-backend-wasm.wasm": href, "tfjs-backend-wasm-simd.wasm": href, "tfjs-backend-wasm-threaded-simd.wasm": href };
}

type TfjsModule = keyof Exclude<Parameters<typeof setWasmPaths>[0], string>;

const interceptions = new WeakMap<object, Interception>();

/** One interception for a backend, however many runs share it. */
function interceptionOf(inner: tf.KernelBackend): Interception {
  const interception = interceptions.get(inner) ?? interceptable(inner);
  interceptions.set(inner, interception);
  return interception;
}

async function sharedBackend(choice: KernelChoice, threads: number): Promise<Backend> {
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

function unshared(name: BackendName): never {
  throw new Error(`backend ${name} shares no memory with the heap`);
}

async function copyingBackend(name: BackendName): Promise<Backend> {
  const heap = ownHeap();
  const deferred: (() => void)[] = [];
  return {
    name,
    heap,
    kernels: await instantiate<NnKernels>(heap, MODULES.nn),
    sharesMemory: false,
    threads: 1,
    state: new RunState(),
    tensor: (column) => tf.tensor(column.data.slice(), [...column.shape], column.type),
    address: () => unshared(name),
    markWritten: () => unshared(name),
    record: () => unshared(name),
    defer: (release) => void deferred.push(release),
    dispose() {
      for (const release of deferred.splice(0)) release();
    },
  };
}
