/**
 * A policy's networks as kernels run them: the only file of the policy that hands addresses to WebAssembly.
 * Weights are placed once; the room for observations and outputs grows with the largest batch so far and is used again.
 */
import { ensure, UsageError } from "../core/errors.js";
import { PURPOSE } from "../core/seeds.js";
import { type Box, featuresOf } from "../core/spaces.js";
import { type Column, column, type Heap, ownHeap, zeroed } from "../wasm/heap.js";
import { type DenseLayer, layerRecords } from "../wasm/layers.js";
import { type DistributionSpec, isRescaled, type LayerSpec, outputsOf, type PolicyHeader } from "./header.js";
import type { NamedTensor } from "./safetensors.js";

/** The exports of build/policy.wasm; mirrors assembly/policy.ts. */
interface PolicyKernels {
  forward(layers: number, count: number, rows: number, observation: number): void;
  sampleCategorical(action: number, logProb: number, logits: number, ...how: Sampling): void;
  sampleGaussian(action: number, logProb: number, head: number, logStd: number, ...how: Sampling): void;
  sampleSquashedGaussian(action: number, logProb: number, head: number, ...how: Sampling): void;
  scratchBytes(size: number): number;
  normaliseRows(y: number, x: number, mean: number, scale: number, rows: number, n: number, limit: number): void;
  rescaleRows(actions: number, low: number, high: number, rows: number, n: number): void;
}

type Sampling = [rows: number, size: number, seed: number, purpose: number, step: number, deterministic: number, scratch: number];

/** More is refused before any memory is asked for. */
const MAX_ROOM_BYTES = 2 ** 30;

/** A network's records, and what its last layer writes. */
interface Chain<Output> {
  readonly records: number;
  readonly count: number;
  readonly output: Output;
}

/** What the kernels read and write for up to `rows` rows: [rows,D], [rows,A], [rows,1], and [rows] indices or [rows,A] vectors. */
interface Room<Floats, Integers> {
  readonly rows: number;
  readonly observations: Floats;
  readonly actor: Chain<Floats>;
  readonly critic: Chain<Floats> | undefined;
  readonly actions: Floats | Integers;
  /** An address. */
  readonly logProb: number;
}

/** Where a room lies, and the views on it. Views are void once the memory has grown. */
type Layout = Room<Column<"float32">, Column<"int32">>;
type Views = Room<Float32Array, Int32Array>;

interface Placed {
  readonly actor: readonly DenseLayer[];
  readonly critic: readonly DenseLayer[];
  readonly kind: DistributionSpec["kind"];
  /** Where a gaussian's log-deviation lies, if it is the same in every state; else 0. */
  readonly logStd: number;
  readonly scratch: number;
  /** The bounds that ±1 stands for, if actions are rescaled. */
  readonly bounds: { readonly low: number; readonly high: number } | undefined;
  readonly normalizer: { readonly mean: number; readonly scale: number; readonly limit: number } | undefined;
}

export class Engine {
  /** Numbers that stand for one observation. */
  readonly frameSize: number;
  /** Numbers that the networks see at once: one observation, or the frames of several. */
  readonly features: number;
  /** Numbers that the actor puts out for one observation. */
  readonly outputs: number;
  /** Components of an action, or how many actions there are. */
  readonly actions: number;
  readonly #heap: Heap;
  readonly #kernels: PolicyKernels;
  readonly #placed: Placed;
  readonly #isDiscrete: boolean;
  #layout: Layout;
  #room: Views;

  static async create(header: PolicyHeader, tensors: ReadonlyMap<string, NamedTensor>, module: WebAssembly.Module): Promise<Engine> {
    const heap = ownHeap();
    const instance = await WebAssembly.instantiate(module, { env: { memory: heap.memory } });
    return new Engine(header, tensors, heap, instance.exports as unknown as PolicyKernels);
  }

  private constructor(header: PolicyHeader, tensors: ReadonlyMap<string, NamedTensor>, heap: Heap, kernels: PolicyKernels) {
    this.frameSize = featuresOf(header.observationSpace);
    this.features = this.frameSize * (header.frameStack ?? 1);
    this.outputs = outputsOf(header);
    this.actions = featuresOf(header.actionSpace);
    this.#isDiscrete = header.actionSpace.kind === "discrete";
    this.#heap = heap;
    this.#kernels = kernels;
    const { actor, critic = [], distribution, observationNormalizer } = header;
    const place = placer(heap, tensors);
    const layer = ({ weight, bias, activation }: LayerSpec) => ({ weight: place(weight), bias: place(bias), activation });
    this.#placed = {
      actor: actor.map(layer),
      critic: critic.map(layer),
      kind: distribution.kind,
      logStd: distribution.kind === "gaussian" && distribution.logStd !== undefined ? place(distribution.logStd).address : 0,
      scratch: zeroed(heap, kernels.scratchBytes(this.actions)),
      bounds: isRescaled(header) && header.actionSpace.kind === "box" ? placeBounds(heap, header.actionSpace) : undefined,
      normalizer: observationNormalizer && {
        mean: place(observationNormalizer.mean).address,
        scale: place(observationNormalizer.scale).address,
        limit: observationNormalizer.limit,
      },
    };
    this.#layout = this.#layOut(1);
    this.#room = viewsOf(this.#layout);
  }

  /** Where `rows` observations are to be written before the calls below: [≥ rows, features]. */
  observations(rows: number): Float32Array {
    if (rows > this.#room.rows) this.#grow(rows);
    return this.#room.observations;
  }

  /** Normalises the observations that were written, in place, if the policy says so. Once, before the calls below. */
  normalise(rows: number): void {
    const { normalizer } = this.#placed;
    if (!normalizer) return;
    const { byteOffset } = this.#room.observations;
    const frames = rows * (this.features / this.frameSize);
    this.#kernels.normaliseRows(byteOffset, byteOffset, normalizer.mean, normalizer.scale, frames, this.frameSize, normalizer.limit);
  }

  /** Logits or means of the observations: [≥ rows, outputs], overwritten by the next call. */
  actor(rows: number): Float32Array {
    return this.#forward(this.#room.actor, rows);
  }

  /** Values of the observations: [≥ rows], overwritten by the next call; nothing without a critic. */
  critic(rows: number): Float32Array | undefined {
    return this.#room.critic && this.#forward(this.#room.critic, rows);
  }

  /** Actions for the observations, rescaled if the policy says so, unclipped: [≥ rows] indices or [≥ rows, actions] vectors, overwritten by the next call. */
  act(rows: number, seed: number, step: number, deterministic: boolean): Int32Array | Float32Array {
    const { byteOffset: head } = this.actor(rows);
    const { actions, logProb } = this.#room;
    const { byteOffset: action } = actions;
    const { kind, logStd, scratch, bounds } = this.#placed;
    const flag = deterministic || kind === "greedy" ? 1 : 0;
    const how: Sampling = [rows, this.actions, seed, PURPOSE.acting, step, flag, scratch];
    if (kind === "gaussian") this.#kernels.sampleGaussian(action, logProb, head, logStd, ...how);
    else if (kind === "squashedGaussian") this.#kernels.sampleSquashedGaussian(action, logProb, head, ...how);
    else if (kind === "deterministic") (actions as Float32Array).set(this.#room.actor.output.subarray(0, rows * this.actions));
    else this.#kernels.sampleCategorical(action, logProb, head, ...how);
    if (bounds) this.#kernels.rescaleRows(action, bounds.low, bounds.high, rows, this.actions);
    return actions;
  }

  #forward({ records, count, output }: Chain<Float32Array>, rows: number): Float32Array {
    this.#kernels.forward(records, count, rows, this.#room.observations.byteOffset);
    return output;
  }

  /** Doubles the room until `rows` fit, so that all former rooms together take no more than the new one. */
  #grow(rows: number): void {
    const wanted = 2 ** Math.ceil(Math.log2(rows));
    const widths = [this.#placed.actor, this.#placed.critic].flat().map(({ bias }) => bias.length);
    const bytes = 4 * wanted * widths.reduce((sum, width) => sum + width, this.features + this.outputs + 1);
    ensure(bytes <= MAX_ROOM_BYTES, () => tooLarge(rows, bytes));
    try {
      this.#layout = this.#layOut(wanted);
    } catch {
      throw new UsageError(tooLarge(rows, bytes));
    } finally {
      this.#room = viewsOf(this.#layout);
    }
  }

  #layOut(rows: number): Layout {
    const { actor, critic } = this.#placed;
    return {
      rows,
      observations: column(this.#heap, [rows, this.features]),
      actor: this.#chain(actor, rows),
      critic: critic.length > 0 ? this.#chain(critic, rows) : undefined,
      actions: this.#isDiscrete ? column(this.#heap, [rows], "int32") : column<"float32">(this.#heap, [rows, this.actions]),
      logProb: column(this.#heap, [rows]).address,
    };
  }

  #chain(layers: readonly DenseLayer[], rows: number): Chain<Column<"float32">> {
    const { address, outputs } = layerRecords(this.#heap, [layers], rows);
    return { records: address, count: layers.length, output: outputs[0] as Column<"float32"> };
  }
}

function placeBounds(heap: Heap, { low, high }: Box): { low: number; high: number } {
  const [lowest, highest] = [low, high].map((values) => {
    const made = column(heap, [values.length]);
    made.data.set(values);
    return made.address;
  }) as [number, number];
  return { low: lowest, high: highest };
}

function viewsOf({ actor, critic, ...room }: Layout): Views {
  return {
    ...room,
    observations: room.observations.data,
    actions: room.actions.data,
    actor: { ...actor, output: actor.output.data },
    critic: critic && { ...critic, output: critic.output.data },
  };
}

/** Copies a tensor into the heap, once for each name. */
function placer(heap: Heap, tensors: ReadonlyMap<string, NamedTensor>): (name: string) => Column<"float32"> {
  const placed = new Map<string, Column<"float32">>();
  return (name) => {
    const known = placed.get(name);
    if (known) return known;
    const { shape, data } = tensors.get(name) as NamedTensor;
    const made = column(heap, shape);
    made.data.set(data);
    placed.set(name, made);
    return made;
  };
}

function tooLarge(rows: number, bytes: number): string {
  return `acting on ${rows} rows would take ${Math.ceil(bytes / 2 ** 20)} MiB of memory, which can't be had; act on fewer at once`;
}
