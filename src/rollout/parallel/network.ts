/** What acts, on its way to another thread: shapes go once, numbers with every rollout. */
import { type Column, column, type Heap } from "../../wasm/heap.js";
import type { DenseLayer } from "../../wasm/layers.js";
import type { ActingNetwork } from "../rollout.js";
import type { Sampler } from "../sampler.js";

/** An {@link ActingNetwork} whose columns are numbers of {@link shapes}. */
export interface PortableNetwork {
  readonly shapes: readonly (readonly number[])[];
  readonly actor: readonly PortableLayer[];
  readonly critic: readonly PortableLayer[];
  readonly sampler: Readonly<Record<string, string | number>>;
}

interface PortableLayer {
  readonly weight: number;
  readonly bias: number;
  readonly activation: DenseLayer["activation"];
}

/** The network's shapes, and its columns in their order, each once. */
export function packNetwork({ actor, critic, sampler }: ActingNetwork): { network: PortableNetwork; columns: Column<"float32">[] } {
  const columns: Column<"float32">[] = [];
  const numberOf = (wanted: Column<"float32">) => {
    const known = columns.findIndex(({ address }) => address === wanted.address);
    return known >= 0 ? known : columns.push(wanted) - 1;
  };
  const pack = ({ weight, bias, activation }: DenseLayer) => ({ weight: numberOf(weight), bias: numberOf(bias), activation });
  const kind = Object.entries<string | Column<"float32"> | undefined>(sampler).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === "string" ? value : numberOf(value)] as const],
  );
  const parts = { actor: actor.map(pack), critic: critic.map(pack), sampler: Object.fromEntries(kind) };
  return { network: { shapes: columns.map(({ shape }) => shape), ...parts }, columns };
}

/** The inverse of {@link packNetwork}: a network of columns on another heap, zero for now. */
export function unpackNetwork(
  heap: Heap,
  { shapes, actor, critic, sampler }: PortableNetwork,
): { network: ActingNetwork; columns: Column<"float32">[] } {
  const columns = shapes.map((shape) => column(heap, shape));
  const at = (index: number) => columns[index] as Column<"float32">;
  const unpack = ({ weight, bias, activation }: PortableLayer) => ({ weight: at(weight), bias: at(bias), activation });
  const kind = Object.entries(sampler).map(([name, value]) => [name, typeof value === "number" ? at(value) : value]);
  return { network: { actor: actor.map(unpack), critic: critic.map(unpack), sampler: Object.fromEntries(kind) as Sampler }, columns };
}
