/**
 * The kernels of environments that are written in TypeScript: what assembly/envs/driver.ts does for compiled ones (time limit,
 * same-step autoreset, the rows of results), in the same columns. The environments themselves live outside the heap.
 */
import { ensure } from "../core/errors.js";
import type { Numbers, Resumable } from "../core/run-state.js";
import type { Purpose } from "../core/seeds.js";
import type { Heap } from "../wasm/heap.js";
import type { EnvironmentKernels, StepFunction } from "../wasm/kernels.js";
import type { Environment, Task } from "./environment.js";
import { Lane, type Rows, Words } from "./host-lane.js";
import { HostRandom } from "./host-random.js";

/** Kernels that hold what should be given back. */
export interface ClosableKernels extends EnvironmentKernels {
  /** Closes all environments. What they throw meanwhile is ignored: nothing is left that could be done about it. */
  close(): Promise<void>;
}

/** N lanes stepped together, by the addresses of their rows. */
export interface Batch {
  reset(seed: number, purpose: Purpose, observation: number): void;
  step(action: number, rows: Rows): number;
  readonly resumable: Resumable;
  getState(lane: number, state: number): void;
  setState(lane: number, state: number): void;
  close(): Promise<void>;
}

/** A batch whose every lane can be saved. */
function resumable(lanes: readonly Lane<Environment>[], stateOf: (lane: Lane<Environment>) => Stateful): Resumable {
  return {
    snapshot: () =>
      Object.fromEntries(
        lanes.flatMap((lane) => [
          [`lane ${lane.index}`, lane.position],
          [`state ${lane.index}`, Float64Array.from(stateOf(lane).state())],
        ]),
      ),
    restore(saved) {
      for (const lane of lanes) {
        lane.position = saved[`lane ${lane.index}`] as Numbers;
        stateOf(lane).setState(saved[`state ${lane.index}`] as Float64Array);
      }
    },
  };
}

/** What a batch takes on the heap: nothing but an address of its own. */
const BATCH_BYTES = 16;

/**
 * The kernels of environments that answer at once.
 * @param create makes the environment of a lane
 */
export async function hostKernels(task: Task, create: (lane: number) => Environment, heap: Heap): Promise<ClosableKernels> {
  const example = create(0);
  const unused = [example];
  const stateSize = stateSizeOf(example);
  const createBatch = (numEnvs: number, timeLimit: number, firstLane: number) => {
    const environments = Array.from({ length: numEnvs }, (_, i) => (firstLane === 0 && unused.pop()) || create(firstLane + i));
    return new HostBatch(new Words(heap), lanesOf(task, environments, timeLimit, firstLane), stateSize);
  };
  const { kernels } = kernelsOf(createBatch, stateSize);
  return { ...kernels, close: () => Promise.all([kernels.close(), closeQuietly(unused)]).then(() => {}) };
}

/** Kernels over batches that are told apart by their addresses. Plain functions, for WebAssembly to import. */
export function kernelsOf<B extends Batch>(createBatch: (numEnvs: number, timeLimit: number, firstLane: number) => B, stateSize: number) {
  const batches = new Map<number, B>();
  const batchAt = (self: number) => batches.get(self >>> 0) as B;
  const stepBatch: StepFunction = (self, action, observation, reward, terminated, truncated, finalObservation) =>
    batchAt(self).step(action, { observation, reward, terminated, truncated, finalObservation });
  const kernels: ClosableKernels = {
    stateSize: () => stateSize,
    batchBytes: () => BATCH_BYTES,
    createBatch: (self, ...how) => void batches.set(self >>> 0, createBatch(...how)),
    resetBatch: (self, seed, purpose, observation) => batchAt(self).reset(seed, purpose as Purpose, observation),
    stepBatch,
    getState: (self, lane, state) => batchAt(self).getState(lane, state),
    setState: (self, lane, state) => batchAt(self).setState(lane, state),
    resumable: (self) => batchAt(self).resumable,
    close: () => Promise.all([...batches.values()].map((batch) => batch.close())).then(() => {}),
  };
  return { kernels, batchAt };
}

/** A lane for each environment. */
export function lanesOf<E>(task: Task, environments: readonly E[], timeLimit: number, firstLane: number): Lane<E>[] {
  ensureDistinct(task, environments);
  return environments.map((environment, row) => new Lane(environment, task, row, firstLane + row, timeLimit));
}

export function ensureDistinct({ id }: Task, environments: readonly unknown[]): void {
  const isDistinct = new Set(environments).size === environments.length;
  ensure(isDistinct, () => `${id}: create() gave the same environment for two lanes; make a new one in each call`);
}

export async function closeQuietly(environments: readonly { close?(): unknown }[]): Promise<void> {
  await Promise.allSettled(environments.map(async (environment) => environment.close?.()));
}

class HostBatch implements Batch {
  constructor(
    readonly words: Words,
    readonly lanes: readonly Lane<Environment>[],
    readonly stateSize: number,
  ) {}

  reset(seed: number, purpose: Purpose, observation: number): void {
    for (const lane of this.lanes) {
      lane.seed(seed, purpose);
      beginEpisode(lane);
    }
    for (const lane of this.lanes) lane.writeObservation(this.words, observation);
  }

  step(action: number, rows: Rows): number {
    let ended = 0;
    for (const lane of this.lanes) {
      if (!takeStep(lane, lane.nextAction(this.words, action))) continue;
      beginEpisode(lane);
      ended++;
    }
    for (const lane of this.lanes) lane.write(this.words, rows);
    return ended;
  }

  getState(index: number, address: number): void {
    const lane = this.lanes[index] as Lane<Environment>;
    const state = this.#stateful(lane).state();
    if (state.length !== this.stateSize) throw lane.error(`state() gave ${state.length} numbers, at first ${this.stateSize}`);
    this.words.floats.set(state, address >>> 2);
  }

  setState(index: number, address: number): void {
    const start = address >>> 2;
    this.#stateful(this.lanes[index] as Lane<Environment>).setState(this.words.floats.slice(start, start + this.stateSize));
  }

  get resumable(): Resumable {
    return resumable(this.lanes, (lane) => this.#stateful(lane));
  }

  #stateful({ environment, task }: Lane<Environment>): Stateful {
    ensure(isStateful(environment), () => `${task.id} has no state; ${NO_STATE}`);
    return environment;
  }

  close(): Promise<void> {
    return closeQuietly(this.lanes.map(({ environment }) => environment));
  }
}

function beginEpisode(lane: Lane<Environment>): void {
  const random = lane.nextEpisode();
  let observation: ReturnType<Environment["reset"]>;
  try {
    observation = lane.environment.reset(random);
  } catch (error) {
    throw lane.error(`reset() threw ${error}`, error);
  }
  lane.begin(observation);
}

/** Returns whether the episode has ended. */
function takeStep(lane: Lane<Environment>, action: number | Float32Array): boolean {
  let outcome: ReturnType<Environment["step"]>;
  try {
    outcome = lane.environment.step(action);
  } catch (error) {
    throw lane.error(`step() threw ${error}`, error);
  }
  return lane.end(outcome);
}

type Stateful = Environment & Required<Pick<Environment, "state" | "setState">>;

export const NO_STATE = "define state() and setState(values) to take it out and put it in";

export function isStateful(environment: Environment): environment is Stateful {
  return environment.state !== undefined && environment.setState !== undefined;
}

/** How many numbers a state has; 0 where there is none. Only an episode has a state, so one is begun. */
function stateSizeOf(environment: Environment): number {
  if (!isStateful(environment)) return 0;
  environment.reset(new HostRandom());
  return environment.state().length;
}
