/** What tests of single kernels share: both twins on guarded heaps, columns of given numbers, and errors in units of the last place. */
import { type Column, column } from "../../../src/wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../../src/wasm/kernels.js";
import { bitsOf } from "../../oracle/bits.js";
import { type GuardedHeap, guardedHeap } from "../../oracle/guarded-heap.js";

export interface Setup {
  readonly heap: GuardedHeap;
  readonly nn: NnKernels;
}

const scalarModule = new URL(MODULES.nn.href.replace(/\.wasm$/, ".scalar.wasm"));

async function on(module: URL): Promise<Setup> {
  const heap = guardedHeap();
  return { heap, nn: await instantiate<NnKernels>(heap, module) };
}

/** The four-lane kernels, and their scalar twins. */
export async function bothTwins(): Promise<readonly [Setup, Setup]> {
  return [await on(MODULES.nn), await on(scalarModule)];
}

/** Lengths with every kind of tail, and several full groups. */
export const LENGTHS = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 33];

/** A column of the numbers given; zeros in its slack. */
export function floats({ heap }: Setup, values: ArrayLike<number>): Column<"float32"> {
  const made = column(heap, [values.length]);
  made.data.set(values);
  return made;
}

export function integers({ heap }: Setup, values: ArrayLike<number>): Column<"int32"> {
  const made = column(heap, [values.length], "int32");
  made.data.set(values);
  return made;
}

/** A column that no kernel has written to yet: what it leaves out stays NaN. */
export function blank(setup: Setup, length: number): Column<"float32"> {
  return floats(setup, new Float32Array(length).fill(Number.NaN));
}

/** Bytes, four to a word. */
export function bytes(setup: Setup, values: readonly number[]): { readonly address: number; read(): number[] } {
  const words = integers(setup, new Int32Array(Math.ceil(values.length / 4)));
  const view = () => new Uint8Array(setup.heap.memory.buffer, words.address, values.length);
  view().set(values);
  return { address: words.address, read: () => [...view()] };
}

/** The numbers' bits, but for a NaN's sign and payload, which WebAssembly leaves open. */
export function comparable(values: Float32Array): string {
  return bitsOf(values.map((value) => (Number.isNaN(value) ? Number.NaN : value)));
}

/** The distance between a float32 and the next one further from 0. */
function spacing(x: number): number {
  const exponent = Math.floor(Math.log2(Math.max(Math.abs(x), 2 ** -126)));
  return 2 ** (Math.max(-126, Math.min(127, exponent)) - 23);
}

/** The error in units of the last place of what is wanted; 0 if both are the same, an infinity or NaN included. */
export function ulps(got: number, wanted: number): number {
  const rounded = Math.fround(wanted);
  if (Object.is(got, rounded) || got === rounded) return 0;
  return Number.isFinite(rounded) && Number.isFinite(got) ? Math.abs(got - wanted) / spacing(rounded) : Infinity;
}

/** The largest of all errors in units of the last place. */
export function worstUlps(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  return Array.from(got, (value, i) => ulps(value, wanted[i] as number)).reduce((a, b) => Math.max(a, b), 0);
}
