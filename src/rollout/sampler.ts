/** How an actor's outputs become actions while acting; the record is mirrored by class Sampler of assembly/nn/heads/index.ts. */
import { ensure } from "../core/errors.js";
import { fill, type Numbers, type Resumable } from "../core/run-state.js";
import { PURPOSE } from "../core/seeds.js";
import { featuresOf, type Space } from "../core/spaces.js";
import { type Column, column, type Heap, zeroed } from "../wasm/heap.js";
import type { NnKernels } from "../wasm/kernels.js";

/** Numbers that may change during a run, such as ε, are columns: acting reads them at every step. */
export type Sampler =
  /** Indices from softmax(outputs). */
  | { readonly kind: "categorical" }
  /** Normals: outputs are means, with ln σ `[A]` the same in every state; without it outputs `[2A]` are means, then ln σ. */
  | { readonly kind: "gaussian"; readonly logStd?: Column<"float32"> | undefined }
  /** tanh of normals, within ±1; outputs `[2A]` are means, then ln σ. With parameters their noise remembers, as that of `noisy` does. */
  | { readonly kind: "squashedGaussian"; readonly parameters?: Column<"float32"> | undefined }
  /** The index of the largest output, but with probability ε `[1]` any. */
  | { readonly kind: "epsilonGreedy"; readonly epsilon: Column<"float32"> }
  /** Indices from softmax(outputs / temperature `[1]`). */
  | { readonly kind: "boltzmann"; readonly temperature: Column<"float32"> }
  /** Outputs plus noise x, kept within ±1; x ← keep·x + deviation·normal at each step, from 0 in every episode. parameters: keep and deviation `[2]`. */
  | { readonly kind: "noisy"; readonly parameters: Column<"float32"> };

const KIND = { categorical: 0, gaussian: 1, squashedGaussian: 2, epsilonGreedy: 3, boltzmann: 4, noisy: 5 } as const;

const FIELDS = [
  "kind",
  "isUniform",
  "size",
  "parameters",
  "noise",
  "low",
  "high",
  "seed",
  "purpose",
  "step",
  "scratch",
  "firstLane",
] as const;

/** Fields that change as actions are drawn. */
const CHANGING = ["isUniform", "step"] as const;

/** A sampler as the kernels read it. */
export class SamplerRecord implements Resumable {
  readonly address: number;
  /** What noise remembers `[rows,size]`, if it does. */
  readonly #noise: Column<"float32"> | undefined;

  /** @param rows how many actions are drawn together */
  constructor(
    readonly heap: Heap,
    nn: NnKernels,
    sampler: Sampler,
    readonly actionSpace: Space,
    rows: number,
    { seed, isRescaled, firstLane = 0 }: { readonly seed: number; readonly isRescaled: boolean; readonly firstLane?: number },
  ) {
    const size = featuresOf(actionSpace);
    const bytes = nn.samplerBytes();
    if (bytes !== 4 * FIELDS.length)
      throw new Error(`the sampler's record has ${bytes} bytes, not ${4 * FIELDS.length}; run npm run build`);
    this.#noise = hasMemory(sampler) ? column(heap, [rows, size]) : undefined;
    const record: Readonly<Record<(typeof FIELDS)[number], number>> = {
      kind: KIND[sampler.kind],
      isUniform: 0,
      size,
      parameters: parametersOf(sampler)?.address ?? 0,
      noise: this.#noise?.address ?? 0,
      ...uniformBounds(heap, actionSpace, isRescaled),
      seed,
      purpose: PURPOSE.acting,
      step: 0,
      scratch: zeroed(heap, nn.scratchBytes(size)),
      firstLane,
    };
    this.address = zeroed(heap, bytes);
    this.#words.set(FIELDS.map((name) => record[name] >>> 0));
  }

  /** Whether actions are drawn uniformly for now, whatever the network says. Throws a UsageError where the action space is unbounded. */
  set isUniform(value: boolean) {
    const { actionSpace } = this;
    const isBounded = actionSpace.kind === "discrete" || [...actionSpace.low, ...actionSpace.high].every(Number.isFinite);
    ensure(!value || isBounded, () => "uniform actions need an action space with bounds");
    this.#words[FIELDS.indexOf("isUniform")] = Number(value);
  }

  get isUniform(): boolean {
    return this.#words[FIELDS.indexOf("isUniform")] === 1;
  }

  snapshot() {
    const [isUniform, step] = CHANGING.map((name) => this.#words[FIELDS.indexOf(name)] as number) as [number, number];
    return { isUniform, step, ...(this.#noise && { noise: this.#noise.data }) };
  }

  restore(saved: { readonly isUniform: number; readonly step: number; readonly noise?: Numbers }): void {
    for (const name of CHANGING) this.#words[FIELDS.indexOf(name)] = saved[name];
    if (this.#noise) fill(this.#noise.data, saved.noise);
  }

  get #words(): Uint32Array {
    return new Uint32Array(this.heap.memory.buffer, this.address, FIELDS.length);
  }
}

function parametersOf(sampler: Sampler): Column<"float32"> | undefined {
  if (sampler.kind === "gaussian") return sampler.logStd;
  if (sampler.kind === "epsilonGreedy") return sampler.epsilon;
  if (sampler.kind === "boltzmann") return sampler.temperature;
  return sampler.kind === "noisy" || sampler.kind === "squashedGaussian" ? sampler.parameters : undefined;
}

/** Whether noise of one step counts in the next. */
function hasMemory(sampler: Sampler): boolean {
  return sampler.kind === "noisy" || (sampler.kind === "squashedGaussian" && sampler.parameters !== undefined);
}

/** What uniform actions lie between: the bounds of the space, or ±1 where that stands for them. */
function uniformBounds(heap: Heap, space: Space, isRescaled: boolean): { low: number; high: number } {
  if (space.kind === "discrete") return { low: 0, high: 0 };
  const placed = (values: readonly number[]) => {
    const made = column(heap, [values.length]);
    made.data.set(values);
    return made.address;
  };
  return { low: placed(isRescaled ? space.low.map(() => -1) : space.low), high: placed(isRescaled ? space.high.map(() => 1) : space.high) };
}
