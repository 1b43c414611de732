/** A trained policy that acts: a file, a small WebAssembly module, and nothing else. */
import { ensure, UsageError } from "../core/errors.js";
import { checkSeed } from "../core/seeds.js";
import { readSource, type Source } from "../core/source.js";
import { type Box, sizeOf } from "../core/spaces.js";
import { loadModule, setWasmUrl } from "../wasm/modules.js";
import { Engine } from "./engine.js";
import { type DecodedPolicy, decodePolicy, encodePolicy, type NamedTensor, PolicyFormatError, type PolicyHeader } from "./format.js";
import { FrameHistory } from "./frames.js";

/** How a policy acts. */
export interface ActOptions {
  /** Whether to take the most likely action instead of sampling one. Default true. */
  readonly deterministic?: boolean;
}

/**
 * Observations are rows of D numbers, D = 1 for a discrete space (the index), else the length of the box.
 * Actions in a box are clipped into its bounds.
 */
export interface Policy {
  readonly header: PolicyHeader;
  /** The checksum of the file. */
  readonly sha256: string;
  /** The action for one observation [D]: an index for a discrete space, a vector for a box. */
  act(observation: ArrayLike<number>, options?: ActOptions): number | Float32Array;
  /** Actions for observations [B,D]: indices [B] or vectors [B,A]. */
  actBatch(observations: Float32Array, options?: ActOptions): Int32Array | Float32Array;
  /**
   * What the actor puts out for observations [B,D]: logits or means [B,A]. A policy that sees k observations at once takes [B,k·D] here
   * and in {@link values}, the newest last, and leaves what it remembers alone.
   */
  logits(observations: Float32Array): Float32Array;
  /** The critic's values [B] of observations [B,D]; a UsageError if the file has no critic. */
  values(observations: Float32Array): Float32Array;
  /** A new episode begins in this row of the batch, or in all of them. Only policies that see several observations at once remember any. */
  reset(row?: number): void;
  /** Restarts stochastic acting from a seed; it starts from 0. */
  seed(seed: number): void;
  /** The file again. */
  readonly bytes: () => Promise<Uint8Array>;
}

export interface LoadOptions {
  /** build/policy.wasm, compiled, where the host can't load it by itself (Cloudflare-style workers). */
  readonly wasmModule?: WebAssembly.Module;
  /** The URL of a folder with the package's .wasm files, for code that was bundled without them; from then on for all that is loaded. */
  readonly wasmUrl?: string | URL;
}

/** The policy in a file. A UsageError says why it can't be read, a PolicyFormatError what is wrong with it. */
export async function loadPolicy(source: Source, options: LoadOptions = {}): Promise<Policy> {
  setWasmUrl(options.wasmUrl);
  const file = await readSource(source, "policy file");
  const decoded = await decodePolicy(file).catch((error: unknown) => {
    if (error instanceof PolicyFormatError && (typeof source === "string" || source instanceof URL)) {
      throw new PolicyFormatError(`${source}: ${error.message}`);
    }
    throw error;
  });
  const module = options.wasmModule ?? (await loadModule(new URL("../../build/policy.wasm", import.meta.url)));
  return WasmPolicy.create(file, decoded, module);
}

/** A policy from its parts, which are copied. Parts that don't fit one another are refused with a PolicyFormatError. */
export async function createPolicy(
  header: PolicyHeader,
  tensors: ReadonlyMap<string, NamedTensor>,
  module: WebAssembly.Module,
): Promise<Policy> {
  const file = await encodePolicy(header, tensors);
  return WasmPolicy.create(file, await decodePolicy(file), module);
}

class WasmPolicy implements Policy {
  readonly header: PolicyHeader;
  readonly sha256: string;
  readonly bytes: () => Promise<Uint8Array>;
  readonly #engine: Engine;
  /** Numbers of one observation as it is given. */
  readonly #size: number;
  readonly #bounds: { readonly low: Float32Array; readonly high: Float32Array } | undefined;
  /** For policies that see several observations at once. */
  readonly #history: FrameHistory | undefined;
  #seed = 0;
  #step = 0;

  static async create(file: Uint8Array, decoded: DecodedPolicy, module: WebAssembly.Module): Promise<WasmPolicy> {
    return new WasmPolicy(file, decoded, await Engine.create(decoded.header, decoded.tensors, module));
  }

  private constructor(file: Uint8Array, { header, sha256 }: DecodedPolicy, engine: Engine) {
    this.header = header;
    this.sha256 = sha256;
    this.bytes = async () => new Uint8Array(file);
    this.#engine = engine;
    this.#size = sizeOf(header.observationSpace);
    const { frameStack = 1 } = header;
    this.#history = frameStack > 1 ? new FrameHistory(frameStack, engine.frameSize) : undefined;
    this.#bounds = header.actionSpace.kind === "box" ? boundsOf(header.actionSpace) : undefined;
  }

  act(observation: ArrayLike<number>, options?: ActOptions): number | Float32Array {
    if (observation.length !== this.#size) {
      const { length } = observation;
      throw new UsageError(
        `the observation has ${length} numbers, ${this.header.environment} wants ${this.#size}; use actBatch for several at once`,
      );
    }
    this.#remember(observation, 1);
    const actions = this.#act(1, options);
    return this.#bounds ? (actions.slice(0, this.#engine.actions) as Float32Array) : (actions[0] as number);
  }

  actBatch(observations: Float32Array, options?: ActOptions): Int32Array | Float32Array {
    const rows = this.#remember(observations, this.#rowsOf(observations, 1));
    return this.#act(rows, options).slice(0, this.#bounds ? rows * this.#engine.actions : rows);
  }

  logits(observations: Float32Array): Float32Array {
    const rows = this.#observe(observations, this.#rowsOf(observations, this.#history?.count ?? 1));
    return this.#engine.actor(rows).slice(0, rows * this.#engine.outputs);
  }

  values(observations: Float32Array): Float32Array {
    const rows = this.#observe(observations, this.#rowsOf(observations, this.#history?.count ?? 1));
    const values = this.#engine.critic(rows);
    ensure(
      values !== undefined,
      () => `this policy (${this.header.algorithm} on ${this.header.environment}) has no critic, so it knows no values`,
    );
    return values.slice(0, rows);
  }

  reset(row?: number): void {
    this.#history?.reset(row);
  }

  seed(seed: number): void {
    this.#seed = checkSeed(seed);
    this.#step = 0;
  }

  /** Actions in the engine's memory. Every stochastic call draws from the next step of the generator. */
  #act(rows: number, options: ActOptions | undefined): Int32Array | Float32Array {
    const deterministic = options?.deterministic ?? true;
    const actions = this.#engine.act(rows, this.#seed, this.#step, deterministic);
    if (!deterministic) this.#step = (this.#step + 1) >>> 0;
    if (this.#bounds) clip(actions, rows * this.#engine.actions, this.#bounds.low, this.#bounds.high);
    return actions;
  }

  /** @param frames observations that make up a row */
  #rowsOf(observations: Float32Array, frames: number): number {
    const rows = observations.length / (this.#size * frames);
    ensure(
      Number.isInteger(rows),
      () =>
        `a batch of ${observations.length} numbers is no whole number of observations; ${this.header.environment} wants ${this.#size * frames} for each`,
    );
    return rows;
  }

  /** Writes the observations as the networks see them, after those that came before, and gives back `rows`. */
  #remember(observations: ArrayLike<number>, rows: number): number {
    if (!this.#history) return this.#observe(observations, rows);
    this.#encode(this.#history.room(rows), observations);
    this.#history.push(this.#engine.observations(rows));
    this.#engine.normalise(rows);
    return rows;
  }

  /** Writes rows of all that the networks see, and gives back their number. */
  #observe(observations: ArrayLike<number>, rows: number): number {
    this.#encode(this.#engine.observations(rows), observations);
    this.#engine.normalise(rows);
    return rows;
  }

  #encode(target: Float32Array, observations: ArrayLike<number>): void {
    const space = this.header.observationSpace;
    if (space.kind === "discrete") oneHot(target, observations, space.n);
    else copyFinite(target, observations, this.#size);
  }
}

/** [B] indices to [B,n] rows of zeros with a single one. */
function oneHot(target: Float32Array, indices: ArrayLike<number>, n: number): void {
  target.fill(0, 0, indices.length * n);
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row] as number;
    if (!Number.isInteger(index) || index < 0 || index >= n) {
      throw new UsageError(`observation ${row} is ${index}, not an index from 0 to ${n - 1}`);
    }
    target[row * n + index] = 1;
  }
}

function copyFinite(target: Float32Array, observations: ArrayLike<number>, size: number): void {
  target.set(observations);
  for (let i = 0; i < observations.length; i++) {
    if (Number.isFinite(target[i])) continue;
    throw new UsageError(
      `number ${i % size} of observation ${Math.floor(i / size)} is ${observations[i]}; observations are finite 32-bit numbers`,
    );
  }
}

function clip(actions: Int32Array | Float32Array, count: number, low: Float32Array, high: Float32Array): void {
  for (let i = 0; i < count; i++) {
    const at = i % low.length;
    actions[i] = Math.min(Math.max(actions[i] as number, low[at] as number), high[at] as number);
  }
}

function boundsOf({ low, high }: Box): { low: Float32Array; high: Float32Array } {
  return { low: Float32Array.from(low), high: Float32Array.from(high) };
}
