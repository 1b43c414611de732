/** What networks, losses and optimizers need of the place where tensors live. */
import type * as tf from "@tensorflow/tfjs";
import type { RunState } from "../../core/run-state.js";
import type { Column, Heap } from "../../wasm/heap.js";
import type { NnKernels } from "../../wasm/kernels.js";
import type { InitialValues } from "../initial-values.js";
import type { Recorded } from "../kernels/recorder.js";

export const BACKENDS = ["wasm", "webgpu", "cpu"] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Which kernels TensorFlow.js's WASM backend runs: ours, or the ones that it came with. */
export const KERNELS = ["lanewise", "stock"] as const;
export type KernelChoice = (typeof KERNELS)[number];

/** The obstacle to recording that a user asked for. */
export const STOCK_KERNELS = "kernels: stock";

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
  /** The column as a tensor, the backend's own: the column's memory if shared, else a copy that goes over where the column has changed. */
  tensor(column: Column): tf.Tensor;
  /** The numbers of a float32 tensor. What is asked for at once comes over at once. */
  read(tensor: tf.Tensor): Promise<Float32Array>;
  /** The address of a tensor's numbers; only where memory is shared. */
  address(tensor: tf.Tensor): number;
  /** Must follow every write to a column whose tensor was used; only where memory is shared. */
  markWritten(tensor: tf.Tensor): void;
  /** Runs work once, recorded for replay if our kernels run; only where memory is shared. */
  record<T>(work: () => T): Recorded<T>;
  /** Resolves once all that was asked for so far is computed. */
  finished(): Promise<void>;
  /** Called after every gradient step; what it throws ends the run. */
  onStep?(): void;
  /** Has `release` called when the backend is disposed of. */
  defer(release: () => void): void;
  /** Gives back all memory that was allocated through `heap`, after calling what was deferred. */
  dispose(): void;
}
