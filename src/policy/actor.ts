/**
 * What acts, on the kernels of assembly/acting.ts. It stands in `lanewise/policy` and travels inside exported modules, so that it is one
 * closure over plain numbers: minified, that comes out smallest.
 */
import { ensure, UsageError } from "../core/errors.js";
import { checkSeed } from "../core/seeds.js";
import { type Blueprint, KIND, type LayerNumbers } from "./blueprint.js";

/** How a policy acts. */
export interface ActOptions {
  /** Whether to take the most likely action instead of sampling one. Default true. */
  readonly deterministic?: boolean;
}

/**
 * Observations are rows of D numbers, D = 1 for a discrete space (the index), else the length of the box.
 * Actions in a box are clipped into its bounds. Whatever is no such observation, or no seed, is a UsageError.
 */
export interface Actor {
  /** The action for one observation [D]: an index for a discrete space, a vector for a box. */
  act(observation: ArrayLike<number>, options?: ActOptions): number | Float32Array;
  /** Actions for observations [B,D]: indices [B] or vectors [B,A]. */
  actBatch(observations: ArrayLike<number>, options?: ActOptions): Int32Array | Float32Array;
  /**
   * What the actor puts out for observations [B,D]: logits or means [B,A]. A policy that sees k observations at once takes [B,k·D] here
   * and in {@link values}, the newest last, and leaves what it remembers alone.
   */
  logits(observations: ArrayLike<number>): Float32Array;
  /** The critic's values [B] of observations [B,D]; a UsageError without a critic. */
  values(observations: ArrayLike<number>): Float32Array;
  /** A new episode begins in this row of the batch, or in all of them. Only policies that see several observations at once remember any. */
  reset(row?: number): void;
  /** Restarts stochastic acting from a seed; it starts from 0. */
  seed(seed: number): void;
}

/** The exports of build/acting.wasm; mirrors assembly/acting.ts, which names the arguments. */
interface Kernels {
  dense(y: number, x: number, weight: number, bias: number, rows: number, ...layer: LayerNumbers): void;
  choose(kind: number, action: number, head: number, logStd: number, rows: number, width: number, ...how: Sampling): void;
  bound(actions: number, low: number, high: number, rows: number, size: number, isRescaled: boolean): void;
  normalise(y: number, x: number, mean: number, scale: number, rows: number, size: number, limit: number): void;
}

type Sampling = [size: number, seed: number, step: number, deterministic: boolean, scratch: number];

/** Bytes that a batch may take; more is refused before any memory is asked for. */
const MOST = 2 ** 30;
const PAGE = 65536;
/** Kernels may read this many bytes past the end of what they are given, never write there. */
const SLACK = 16;
/** What a generator takes. */
const SCRATCH = 160;

/**
 * @param numbers weights and biases of the actor's layers, logStd, the normaliser's mean and scale, low and high of the actions, and the
 *   critic's layers, as far as they are there
 */
export function createActor(blueprint: Blueprint, numbers: Float32Array, module: WebAssembly.Module): Actor {
  const { actor, critic, kind, isGreedy, frames, size, frameSize, isIndex, actions, isDiscrete, isRescaled, limit } = blueprint;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels;
  const features = frames * frameSize;
  // Address 0 stays unused, so that it can mean "none".
  let end = SLACK;

  const allocate = (bytes: number) => {
    const address = end;
    end += Math.ceil(bytes / 16) * 16 + SLACK;
    if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / PAGE));
    return address;
  };
  const floats = (address: number, count: number) => new Float32Array(memory.buffer, address, count);

  let next = allocate(numbers.byteLength);
  floats(next, numbers.length).set(numbers);
  const take = (count: number) => {
    next += 4 * count;
    return next - 4 * count;
  };
  const place = (layers: readonly LayerNumbers[]) =>
    layers.map((layer) => ({ layer, weight: take(layer[0] * layer[1]), bias: take(layer[1]), output: 0 }));
  const actorLayers = place(actor);
  const logStd = blueprint.hasLogStd ? take(actions) : 0;
  const takeTwo = (count: number) => [take(count), take(count)] as const;
  const [mean, scale] = takeTwo(limit ? frameSize : 0);
  const [low, high] = takeTwo(isDiscrete ? 0 : actions);
  const criticLayers = place(critic);
  const layers = [...actorLayers, ...criticLayers];
  const scratch = allocate(SCRATCH);

  // What a batch takes lies behind the weights, and is laid out anew for a larger one.
  const start = end;
  const width = layers.reduce((sum, { layer }) => sum + layer[1], features + actions);
  let room = 0;
  let input = 0;
  let action = 0;
  let observed = new Float32Array(0);
  let chosen: Int32Array | Float32Array = observed;
  const fits = (bytes: number) => {
    try {
      end = start;
      allocate(bytes + 2 * SLACK * (layers.length + 2));
      return true;
    } catch {
      return false;
    }
  };
  const makeRoom = (rows: number) => {
    if (rows <= room) return;
    const bytes = 4 * rows * width;
    ensure(bytes <= MOST && fits(bytes), () => `${rows} rows take ${bytes} bytes; act on fewer`);
    end = start;
    room = rows;
    input = allocate(4 * rows * features);
    action = allocate(4 * rows * actions);
    for (const one of layers) one.output = allocate(4 * rows * one.layer[1]);
    observed = floats(input, rows * features);
    chosen = isDiscrete ? new Int32Array(memory.buffer, action, rows) : floats(action, rows * actions);
  };

  /** Writes observations, or frames of them, as the networks see them. */
  const observe = (observations: ArrayLike<number>, rows: number) => {
    makeRoom(rows);
    if (isIndex) observed.fill(0, 0, observations.length * frameSize);
    for (let i = 0; i < observations.length; i++) {
      const value = observations[i] as number;
      const isRight = isIndex ? Number.isInteger(value) && value >= 0 && value < frameSize : Number.isFinite(Math.fround(value));
      if (!isRight)
        throw new UsageError(
          `number ${i} of the observations is ${value}, not ${isIndex ? `an index below ${frameSize}` : "a finite float32"}`,
        );
      if (isIndex) observed[i * frameSize + value] = 1;
      else observed[i] = value;
    }
  };

  // The latest frames of each row, the newest last, and whether the row's next one begins an episode.
  let stacks = new Float32Array(0);
  let isFresh: boolean[] = [];
  const remember = (rows: number) => {
    if (frames < 2) return;
    if (isFresh.length !== rows) {
      stacks = new Float32Array(rows * features);
      isFresh = Array(rows).fill(true);
    }
    for (let row = 0; row < rows; row++) {
      const stack = stacks.subarray(row * features, (row + 1) * features).copyWithin(0, frameSize);
      const frame = observed.subarray(row * frameSize, (row + 1) * frameSize);
      for (let at = isFresh[row] ? 0 : features - frameSize; at < features; at += frameSize) stack.set(frame, at);
      isFresh[row] = false;
    }
    observed.set(stacks);
  };

  /** Runs a network over what was observed, and gives back the address of its outputs. */
  const forward = (network: typeof layers, rows: number) => {
    let from = input;
    for (const { layer, weight, bias, output } of network) {
      kernels.dense(output, from, weight, bias, rows, layer[0], layer[1], layer[2]);
      from = output;
    }
    return from;
  };
  const normalise = (rows: number) => {
    if (limit) kernels.normalise(input, input, mean, scale, rows * frames, frameSize, limit);
  };

  let seed = 0;
  let step = 0;
  const outputs = actor.at(-1)?.[1] ?? 0;
  const choose = (observations: ArrayLike<number>, rows: number, { deterministic = true }: ActOptions = {}) => {
    observe(observations, rows);
    remember(rows);
    normalise(rows);
    const head = forward(actorLayers, rows);
    if (kind === KIND.deterministic) floats(action, rows * actions).set(floats(head, rows * actions));
    else kernels.choose(kind, action, head, logStd, rows, outputs, actions, seed, step, deterministic || isGreedy, scratch);
    if (!isDiscrete) kernels.bound(action, low, high, rows, actions, isRescaled);
    if (!deterministic) step = (step + 1) >>> 0;
  };
  const rowsOf = (observations: ArrayLike<number>, numbers: number) => {
    const rows = observations.length / numbers;
    ensure(Number.isInteger(rows), () => `${observations.length} numbers are no whole rows of ${numbers}`);
    return rows;
  };
  const run = (network: typeof layers, observations: ArrayLike<number>, outputs: number) => {
    const rows = rowsOf(observations, size * frames);
    observe(observations, rows);
    normalise(rows);
    return floats(forward(network, rows), rows * outputs).slice();
  };
  return {
    act(observation, options) {
      const { length } = observation;
      ensure(length === size, () => `the observation has ${length} numbers, wanted ${size}; actBatch takes several`);
      choose(observation, 1, options);
      return isDiscrete ? (chosen[0] as number) : (chosen.slice(0, actions) as Float32Array);
    },
    actBatch(observations, options) {
      const rows = rowsOf(observations, size);
      choose(observations, rows, options);
      return chosen.slice(0, isDiscrete ? rows : rows * actions);
    },
    logits: (observations) => run(actorLayers, observations, outputs),
    values(observations) {
      ensure(critic.length > 0, () => "this policy has no critic");
      return run(criticLayers, observations, 1);
    },
    reset: (row) => void isFresh.fill(true, row, row === undefined ? row : row + 1),
    seed(value) {
      seed = checkSeed(value);
      step = 0;
    },
  };
}
