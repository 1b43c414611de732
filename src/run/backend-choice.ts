/** The backend that a run is fastest on here: each takes a few gradient steps of the run's own, over its network and its batches. */
import type { Algorithm } from "../algos/algorithm.js";
import { algorithms } from "../algos/registry.js";
import type { Space } from "../core/spaces.js";
import { closable, defineEnvironment } from "../envs/custom.js";
import { environmentOf } from "../envs/registry.js";
import type { EnvironmentSpec } from "../envs/spec.js";
import { type Backend, type BackendName, startBackend } from "../nn/backend.js";
import { setWasmUrl } from "../wasm/modules.js";
import { type ResolvedConfig, resolveConfig, type TrainOptions } from "./config.js";

/** What trials came to. */
export interface BackendChoice {
  /** The fastest. */
  readonly backend: BackendName;
  /** Milliseconds of a gradient step and of what the run does between two, by backend; none for one that doesn't start here or fails. */
  readonly milliseconds: Readonly<Partial<Record<BackendName, number>>>;
}

/** Gradient steps that aren't timed: those of several networks take turns, and each one's first records or compiles. */
const WARM_UP = 4;
const TIMED = 8;
/** Milliseconds after which timing ends early: with a backend that has been slower than another, and in any case. */
const PATIENCE = 250;
const LONGEST = 2000;
/** Milliseconds without a gradient step after which a trial ends; tables take none. */
const LONGEST_WAIT = 3000;

/**
 * Tries what `backend: "auto"` of these options would: a few gradient steps on `wasm` and, where it starts, on `webgpu`. No other run may be
 * under way in this thread. Environments in TypeScript aren't played; others of the same spaces stand in for them.
 */
export function chooseBackend(options: TrainOptions): Promise<BackendChoice> {
  setWasmUrl(options.wasmUrl);
  return fastestBackend(resolveConfig(options), environmentOf(options.env));
}

/** @param start how backends are started */
export async function fastestBackend(config: ResolvedConfig, spec: EnvironmentSpec, start = startBackend): Promise<BackendChoice> {
  const stage = "create" in spec ? standIn(spec) : spec;
  const trial = async (name: BackendName, best: number) =>
    new Trial(await start(name, config.kernels, config.threads), best).milliseconds(config, stage);
  const wasm = await trial("wasm", Infinity);
  const none = { backend: "wasm", milliseconds: {} } as const;
  if (wasm === undefined) return none;
  const webgpu = await trial("webgpu", wasm).catch(() => undefined); // it needn't be able to: WASM is
  if (webgpu === undefined) return { ...none, milliseconds: { wasm } };
  return { backend: webgpu < wasm ? "webgpu" : "wasm", milliseconds: { wasm, webgpu } };
}

/** One line: "backend wasm chosen: 0.4 ms a step, webgpu 210 ms". */
export function describeChoice({ backend, milliseconds }: BackendChoice): string {
  const show = (name: BackendName) => `${Number(milliseconds[name]?.toPrecision(2))} ms`;
  const [other] = (Object.keys(milliseconds) as BackendName[]).filter((name) => name !== backend);
  if (milliseconds[backend] === undefined) return `backend ${backend} chosen: the run takes too few gradient steps to compare`;
  return `backend ${backend} chosen: ${show(backend)} a step, ${other ? `${other} ${show(other)}` : "and no other that starts here"}`;
}

/** What ends a trial from within a gradient step. */
class Enough extends Error {}

class Trial {
  #steps = 0;
  /** When the first of the timed steps began. */
  #start = 0;

  /** @param best milliseconds of a step on the best backend so far */
  constructor(
    readonly backend: Backend,
    readonly best: number,
  ) {}

  /** Of a gradient step; undefined if the run takes too few. */
  async milliseconds({ algo, seed, totalSteps, options }: ResolvedConfig, given: EnvironmentSpec): Promise<number | undefined> {
    const backend: Backend = { ...this.backend, onStep: () => this.#count() };
    const { spec, close } = closable(given);
    const algorithm: Algorithm = algorithms[algo];
    try {
      const learner = await algorithm.create({ spec, given, backend, seed, totalSteps }, options);
      await backend.state.begin();
      const begin = performance.now();
      for await (const _ of learner.learn()) if (this.#steps === 0 && performance.now() - begin > LONGEST_WAIT) break;
    } catch (error) {
      if (!(error instanceof Enough)) throw error;
      await this.backend.finished();
      return (performance.now() - this.#start) / (this.#steps - WARM_UP);
    } finally {
      backend.dispose();
      await close();
    }
    return undefined;
  }

  /** A GPU has the steps queued only, so that they are timed together, by the end of the last. */
  #count(): void {
    this.#steps++;
    const now = performance.now();
    if (this.#steps === WARM_UP) this.#start = now;
    const timed = this.#steps - WARM_UP;
    const isLong = now - this.#start > Math.min(LONGEST, Math.max(PATIENCE, TIMED * this.best));
    if (timed === TIMED || (timed > 0 && isLong)) throw new Enough();
  }
}

/** An environment of the same spaces, in which nothing happens. */
function standIn(spec: EnvironmentSpec): EnvironmentSpec {
  const { id, timeLimit, observationSpace, actionSpace } = spec;
  const observation = nothingOf(observationSpace);
  const create = () => ({
    observationSpace,
    actionSpace,
    reset: () => observation,
    step: () => ({ observation, reward: 0, terminated: false }),
  });
  return { ...spec, ...defineEnvironment({ id, timeLimit, create }) };
}

/** An observation within the space. */
function nothingOf(space: Space) {
  return space.kind === "discrete" ? 0 : space.low.map((low, i) => Math.max(low, Math.min(0, space.high[i] ?? 0)));
}
