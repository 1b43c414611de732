/** What kernels share: the running backend, our module on its memory, and how tensors come and go. */
import type * as tf from "@tensorflow/tfjs";
import type { NnKernels } from "../../wasm/kernels.js";
import { addressOf, tfjsHeap, withScratch } from "../../wasm/tfjs.js";

export type Info = tf.TensorInfo;

/** The call of a kernel: named inputs (a list of them is named by its indices) and attributes. */
export interface Invocation {
  readonly inputs: Readonly<Record<string, Info>>;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** Runs a kernel of ours, or returns undefined if it doesn't take these inputs. */
export type Kernel = (call: Invocation) => Info | Info[] | undefined;

/** Kernels by TensorFlow.js's names for them. */
export type Kernels = Record<string, Kernel>;

export interface KernelContext {
  readonly nn: NnKernels;
  /** The address of a tensor's numbers. */
  at(info: Info): number;
  /** A tensor whose numbers are yet to be written. */
  make(shape: readonly number[], dtype?: tf.DataType): Info;
  /** The same memory with one more owner, perhaps under another shape. */
  share(info: Info, shape?: readonly number[]): Info;
  /** Lets go of a tensor that no one else has seen. */
  drop(info: Info): void;
  /** Memory for as long as one call runs. */
  scratch<T>(bytes: number, use: (address: number) => T): T;
  /** The numbers of an int32 tensor as they are now. */
  integers(info: Info): Int32Array;
}

export function kernelContext(backend: tf.KernelBackend, nn: NnKernels): KernelContext {
  const heap = tfjsHeap(backend);
  const outputs = backend as unknown as { makeOutput(shape: number[], dtype: string): Info };
  const at = ({ dataId }: Info) => addressOf(backend, dataId);
  return {
    nn,
    at,
    make: (shape, dtype = "float32") => outputs.makeOutput([...shape], dtype),
    share({ dataId, shape, dtype }, as = shape) {
      backend.incRef(dataId);
      return { dataId, shape: [...as], dtype };
    },
    drop: ({ dataId }) => void backend.disposeData(dataId),
    scratch: (bytes, use) => withScratch(backend, bytes, use),
    integers: (info) => new Int32Array(heap.memory.buffer, at(info), sizeOf(info)),
  };
}

export function product(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

export function sizeOf({ shape }: Info): number {
  return product(shape);
}

/** Whether a tensor is there and holds float32. */
export function isFloat(info: Info | undefined): info is Info {
  return info?.dtype === "float32";
}

/** Whether a tensor is there and holds numbers of four bytes, which can be moved without knowing what they mean. */
export function isWords(info: Info | undefined): info is Info {
  return info?.dtype === "float32" || info?.dtype === "int32";
}

/** Bytes of one number in WebAssembly's memory; undefined for types that we don't move. */
export function bytesOf({ dtype }: Info): number | undefined {
  if (dtype === "bool") return 1;
  return dtype === "float32" || dtype === "int32" ? 4 : undefined;
}

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** The four bytes of a number as tensors of this type hold it. */
export function bitsOf(value: number, dtype: tf.DataType): number {
  if (dtype === "int32") return value | 0;
  float[0] = value;
  return bits[0] as number;
}

export function sameShape(a: Info, b: Info): boolean {
  return a.shape.length === b.shape.length && a.shape.every((length, i) => length === b.shape[i]);
}

/** An axis counted from the front. */
export function axisOf(axis: unknown, rank: number): number {
  return ((axis as number) + rank) % rank;
}

/** A shape with another length along one axis. */
export function replaced(shape: readonly number[], axis: number, length: number): number[] {
  return shape.map((old, i) => (i === axis ? length : old));
}
