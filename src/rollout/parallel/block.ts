/**
 * The memory that goes between a learner and one of its workers: parameters and statistics one way, what was recorded the other.
 * Both share it where threads can; elsewhere it is handed to and fro.
 */
import type { Column } from "../../wasm/heap.js";
import type { RolloutColumns } from "../columns.js";

export type BlockMemory = ArrayBuffer | SharedArrayBuffer;

/** How many numbers a block holds of each kind. */
export interface BlockSizes {
  /** Of float64, running statistics of observations; 0 for none. */
  readonly statistics: number;
  readonly parameters: number;
  /** What the lanes' physical states come to. */
  readonly states: number;
  /** Of each recorded column. */
  readonly columns: Readonly<Record<string, number>>;
}

/** Names of the columns that a worker fills. */
const RECORDED = [
  "observation",
  "nextObservation",
  "action",
  "logProb",
  "value",
  "rawReward",
  "terminated",
  "truncated",
  "finalValue",
] as const;

/** Those of them that a rollout records. */
export function recorded(columns: RolloutColumns): (readonly [string, Column])[] {
  return RECORDED.flatMap((name) => {
    const found = columns[name];
    return found ? [[name, found] as const] : [];
  });
}

/** A block's parts, as views on its memory. */
export interface Block {
  readonly statistics: Float64Array;
  readonly parameters: Float32Array;
  readonly states: Float32Array;
  /** Bits of a column's numbers, of whichever type. */
  column(name: string): Int32Array;
}

export function blockBytes({ statistics, parameters, states, columns }: BlockSizes): number {
  const words = Object.values(columns).reduce((sum, size) => sum + size, parameters + states);
  return 8 * statistics + 4 * words;
}

export function blockOn(memory: BlockMemory, { statistics, parameters, states, columns }: BlockSizes): Block {
  let at = 8 * statistics;
  const places = new Map<string, readonly [number, number]>();
  const place = (name: string, size: number) => {
    places.set(name, [at, size]);
    at += 4 * size;
  };
  place("parameters", parameters);
  place("states", states);
  for (const [name, size] of Object.entries(columns)) place(name, size);
  const of = (name: string) => places.get(name) as readonly [number, number];
  return {
    statistics: new Float64Array(memory, 0, statistics),
    parameters: new Float32Array(memory, ...of("parameters")),
    states: new Float32Array(memory, ...of("states")),
    column: (name) => new Int32Array(memory, ...of(name)),
  };
}

/** The bits of a column's numbers, as they now are. */
export function bitsOf({ heap, address, length }: Column): Int32Array {
  return new Int32Array(heap.memory.buffer, address, length);
}
