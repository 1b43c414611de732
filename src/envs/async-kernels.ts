/**
 * The kernels of environments whose answers take their time. A reset or a step is begun by its call, in all lanes at once, and
 * is done, its rows written, when the batch has settled: `env.step(actions); await settled(env)`.
 */
import { UsageError } from "../core/errors.js";
import type { Purpose } from "../core/seeds.js";
import type { Heap } from "../wasm/heap.js";
import type { StepFunction } from "../wasm/kernels.js";
import { type AsyncEnvironment, EnvironmentError, type Task } from "./environment.js";
import { type Batch, type ClosableKernels, closeQuietly, ensureDistinct, kernelsOf, lanesOf } from "./host-kernels.js";
import { type Lane, type Rows, Words } from "./host-lane.js";
import type { VecEnv } from "./vec-env.js";

/** A step that is only begun by the call. */
interface AsyncStepFunction extends StepFunction {
  /** Settles when the reset or step that was begun last is done; gives the number of lanes that ended an episode. */
  settled(self: number): Promise<number>;
}

type AsyncLane = Lane<Promise<AsyncEnvironment>>;

/** Whether resets and steps of the batch are only begun by their calls. */
export function isAsynchronous(env: VecEnv): boolean {
  return "settled" in env.stepFunction;
}

/**
 * Waits for the reset or step that was begun last, where steps take their time; others are done at once.
 * @returns how many lanes ended an episode in an asynchronous step
 */
export async function settled(env: VecEnv): Promise<number> {
  return isAsynchronous(env) ? (env.stepFunction as AsyncStepFunction).settled(env.address) : 0;
}

/** @param create makes the environment of a lane */
export async function asyncKernels(
  task: Task,
  create: (lane: number) => AsyncEnvironment | Promise<AsyncEnvironment>,
  heap: Heap,
): Promise<ClosableKernels> {
  const createBatch = (numEnvs: number, timeLimit: number) => {
    const environments = Array.from({ length: numEnvs }, (_, lane) => created(task, create, lane));
    return new AsyncBatch(task, new Words(heap), lanesOf(task, environments, timeLimit));
  };
  const { kernels, batchAt } = kernelsOf(createBatch, 0);
  const stepBatch: AsyncStepFunction = Object.assign(kernels.stepBatch, { settled: (self: number) => batchAt(self).settled });
  return { ...kernels, stepBatch };
}

async function created(task: Task, create: (lane: number) => AsyncEnvironment | Promise<AsyncEnvironment>, lane: number) {
  try {
    return await create(lane);
  } catch (error) {
    throw new EnvironmentError(`${task.id}, lane ${lane}: create() threw ${error}`, error);
  }
}

class AsyncBatch implements Batch {
  #isBusy = false;
  /** The reset or step begun last. */
  settled: Promise<number> = Promise.resolve(0);

  constructor(
    readonly task: Task,
    readonly words: Words,
    readonly lanes: readonly AsyncLane[],
  ) {
    for (const { environment } of lanes) expectFailure(environment);
  }

  reset(seed: number, purpose: Purpose, observation: number): void {
    for (const lane of this.lanes) lane.seed(seed, purpose);
    this.#begin(async () => {
      ensureDistinct(this.task, await Promise.all(this.lanes.map(({ environment }) => environment)));
      await Promise.all(this.lanes.map(beginEpisode));
      for (const lane of this.lanes) lane.writeObservation(this.words, observation);
      return 0;
    });
  }

  /** Nothing is written before all lanes are done: a failure leaves no lane behind that still writes. */
  step(action: number, rows: Rows): number {
    this.#begin(async () => {
      const actions = this.lanes.map((lane) => lane.nextAction(this.words, action));
      const ended = await Promise.all(this.lanes.map((lane, i) => takeStep(lane, actions[i] as number | Float32Array)));
      for (const lane of this.lanes) lane.write(this.words, rows);
      return ended.filter(Boolean).length;
    });
    return 0;
  }

  getState(): never {
    throw new UsageError(`${this.task.id} is asynchronous; the states of such environments can't be taken out or put in`);
  }

  setState(): never {
    return this.getState();
  }

  async close(): Promise<void> {
    const created = await Promise.allSettled(this.lanes.map(({ environment }) => environment));
    await closeQuietly(created.flatMap((result) => (result.status === "fulfilled" ? [result.value] : [])));
  }

  #begin(work: () => Promise<number>): void {
    if (this.#isBusy)
      throw new UsageError(`${this.task.id} is asynchronous and still at its last step; await settled(env) before the next`);
    this.#isBusy = true;
    this.settled = work().finally(() => {
      this.#isBusy = false;
    });
    expectFailure(this.settled);
  }
}

/** Keeps the host from ending the process before anyone has had the time to ask. */
function expectFailure(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

async function beginEpisode(lane: AsyncLane): Promise<void> {
  const environment = await lane.environment;
  const random = lane.nextEpisode();
  lane.begin(await attempt(lane, "reset()", () => environment.reset(random)));
}

/** Returns whether the episode has ended; the next one has then begun. */
async function takeStep(lane: AsyncLane, action: number | Float32Array): Promise<boolean> {
  const environment = await lane.environment;
  const hasEnded = lane.end(await attempt(lane, "step()", () => environment.step(action)));
  if (hasEnded) await beginEpisode(lane);
  return hasEnded;
}

async function attempt<T>(lane: AsyncLane, what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw lane.error(`${what} threw ${error}`, error);
  }
}
