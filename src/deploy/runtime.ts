/**
 * What acts in an exported module: a policy made of a WebAssembly module that carries its weights.
 * This file travels inside them, minified: it imports nothing but types, and is one closure because that comes out smallest.
 */

/** A policy in an exported module. Methods are those of lanewise's own `Policy`, with the same bits. */
export interface ExportedPolicy {
  readonly header: RuntimeSpec["header"];
  act(observation: ArrayLike<number>, options?: { readonly deterministic?: boolean }): number | Float32Array;
  actBatch(observations: ArrayLike<number>, options?: { readonly deterministic?: boolean }): Int32Array | Float32Array;
  logits(observations: ArrayLike<number>): Float32Array;
  reset(row?: number): void;
  seed(seed: number): void;
}

/** What stands in the module's section "lanewise.policy", as JSON. */
export interface RuntimeSpec {
  readonly header: Readonly<Record<string, unknown>>;
  /** Inputs, outputs and the kernels' number of the activation. */
  readonly layers: readonly (readonly [number, number, number])[];
  /** The kernel that samples, or "" where the outputs are the action. */
  readonly sampler: string;
  readonly purpose: number;
  readonly isGreedy: boolean;
  readonly frames: number;
  readonly size: number;
  readonly frameSize: number;
  readonly isIndex: boolean;
  readonly actions: number;
  readonly isDiscrete: boolean;
  readonly isRescaled: boolean;
  /** Only where the kernel takes an address of log-deviations: whether they are among the weights. */
  readonly logStd?: boolean;
  /** The normaliser's, if there is one. */
  readonly limit?: number;
}

/**
 * Weights stand in the section "lanewise.weights": each layer's weight and bias, logStd, mean and scale, low and high, as far as
 * they are there; first all lowest bytes, then the next, and so on, which packs better.
 */
export async function createPolicy(module: WebAssembly.Module): Promise<ExportedPolicy> {
  const [json, weights] = ["policy", "weights"].map((name) => WebAssembly.Module.customSections(module, `lanewise.${name}`)[0]);
  if (!json || !weights) throw new TypeError("this WebAssembly module carries no policy");
  const spec: RuntimeSpec = JSON.parse(new TextDecoder().decode(json));
  const { header, layers, frames, size, frameSize, isIndex, actions, isDiscrete, limit } = spec;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const kernels = exports as Record<string, (...numbers: number[]) => number>;
  const planes = new Uint8Array(weights);
  const features = frames * frameSize;
  let end = 16;
  let taken = 0;

  const allocate = (count: number) => {
    const address = end;
    end += (Math.ceil(count / 4) + 1) * 16;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    return address;
  };
  const floats = (address: number, count: number) => new Float32Array(memory.buffer, address, count);
  const place = (count: number) => {
    const address = allocate(count);
    const bytes = new Uint8Array(memory.buffer, address, 4 * count);
    bytes.forEach((_, i) => {
      bytes[i] = planes[((i & 3) * planes.length) / 4 + taken + (i >> 2)] as number;
    });
    taken += count;
    return address;
  };

  const placed = layers.map(([inputs, outputs]) => [place(inputs * outputs), place(outputs)] as const);
  const logStd = spec.logStd ? place(actions) : 0;
  const mean = limit ? place(frameSize) : 0;
  const scale = limit ? place(frameSize) : 0;
  const [low, high] = isDiscrete ? [0, 0] : [place(actions), place(actions)];
  const lows = floats(low, actions).slice();
  const highs = floats(high, actions).slice();
  const scratch = allocate(kernels.scratchBytes?.(actions) ?? 0);
  const start = end;
  let room = 0;
  let [input, output, records, action, logProb, width] = [0, 0, 0, 0, 0, 0];

  const makeRoom = (rows: number) => {
    if (rows <= room) return;
    end = start;
    room = rows;
    input = allocate(rows * features);
    output = 0;
    const words = layers.flatMap(([inputs, outputs, activation], i) => {
      const from = output;
      output = allocate(rows * outputs);
      width = outputs;
      return [from, output, ...(placed[i] ?? []), inputs, outputs, activation];
    });
    records = allocate(words.length);
    action = allocate(rows * actions);
    logProb = allocate(rows);
    new Uint32Array(memory.buffer, records, words.length).set(words);
  };
  const encode = (target: Float32Array, observations: ArrayLike<number>) => {
    target.fill(0);
    for (let i = 0; i < observations.length; i++) {
      const value = observations[i] as number;
      if (!isIndex) target[i] = value;
      else if (value >= 0 && value < frameSize) target[i * frameSize + value] = 1;
      if (isIndex ? !(Number.isInteger(value) && value >= 0 && value < frameSize) : !Number.isFinite(target[i]))
        throw new RangeError(
          `observation value ${i} is ${value}, not ${isIndex ? `an index below ${frameSize}` : "a finite 32-bit number"}`,
        );
    }
  };
  const forward = (rows: number) => {
    if (limit) kernels.normaliseRows?.(input, input, mean, scale, rows * frames, frameSize, limit);
    kernels.forward?.(records, layers.length, rows, input);
  };

  let stacks = new Float32Array(0);
  let fresh: boolean[] = [];
  const observe = (observations: ArrayLike<number>, rows: number) => {
    makeRoom(rows);
    const target = floats(input, rows * features);
    if (frames === 1) return encode(target, observations);
    if (fresh.length !== rows) {
      stacks = new Float32Array(rows * features);
      fresh = Array(rows).fill(true);
    }
    const newest = new Float32Array(rows * frameSize);
    encode(newest, observations);
    for (let row = 0; row < rows; row++) {
      const stack = stacks.subarray(row * features, (row + 1) * features).copyWithin(0, frameSize);
      const frame = newest.subarray(row * frameSize, (row + 1) * frameSize);
      for (let at = fresh[row] ? 0 : features - frameSize; at < features; at += frameSize) stack.set(frame, at);
      fresh[row] = false;
    }
    target.set(stacks);
  };

  let seed = 0;
  let step = 0;
  const choose = (rows: number, deterministic = true) => {
    forward(rows);
    const head = spec.logStd === undefined ? [] : [logStd];
    const flag = +(deterministic || spec.isGreedy);
    const count = isDiscrete ? rows : rows * actions;
    if (spec.sampler) kernels[spec.sampler]?.(action, logProb, output, ...head, rows, actions, seed, spec.purpose, step, flag, scratch);
    else floats(action, count).set(floats(output, count));
    if (!deterministic) step = (step + 1) >>> 0;
    if (isDiscrete) return new Int32Array(memory.buffer, action, count).slice();
    if (spec.isRescaled) kernels.rescaleRows?.(action, low, high, rows, actions);
    return floats(action, count).map((a, i) => Math.min(Math.max(a, lows[i % actions] as number), highs[i % actions] as number));
  };
  const rowsOf = (observations: ArrayLike<number>, numbers: number) => {
    const rows = observations.length / numbers;
    if (!Number.isInteger(rows)) throw new RangeError(`${observations.length} numbers are no whole rows of ${numbers}`);
    return rows;
  };
  return {
    header,
    act(observation, options) {
      if (observation.length !== size) throw new RangeError(`the observation has ${observation.length} numbers, wanted ${size}`);
      observe(observation, 1);
      const chosen = choose(1, options?.deterministic);
      return isDiscrete ? (chosen[0] as number) : (chosen as Float32Array);
    },
    actBatch(observations, options) {
      const rows = rowsOf(observations, size);
      observe(observations, rows);
      return choose(rows, options?.deterministic);
    },
    logits(observations) {
      const rows = rowsOf(observations, size * frames);
      makeRoom(rows);
      encode(floats(input, rows * features), observations);
      forward(rows);
      return floats(output, rows * width).slice();
    },
    reset(row) {
      if (row === undefined) fresh.fill(true);
      else fresh[row] = true;
    },
    seed(value) {
      if (!(value >= 0 && value < 2 ** 32 && Number.isInteger(value)))
        throw new RangeError(`seed ${value} is not an integer from 0 to 4294967295`);
      seed = value;
      step = 0;
    },
  };
}
