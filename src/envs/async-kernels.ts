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

/**
 * @param create makes the environment of a lane
 * @param answerTimeout seconds that create, reset and step may take
 */
export async function asyncKernels(
  task: Task,
  create: (lane: number) => AsyncEnvironment | Promise<AsyncEnvironment>,
  heap: Heap,
  answerTimeout?: number,
): Promise<ClosableKernels> {
  const createBatch = (numEnvs: number, timeLimit: number, firstLane: number) => {
    const lanes = Array.from({ length: numEnvs }, (_, i) => firstLane + i);
    const environments = lanes.map((lane) => created(task, () => answer(() => create(lane), answerTimeout), lane));
    return new AsyncBatch(task, new Words(heap), lanesOf(task, environments, timeLimit, firstLane), answerTimeout);
  };
  const { kernels, batchAt } = kernelsOf(createBatch, 0);
  const stepBatch: AsyncStepFunction = Object.assign(kernels.stepBatch, { settled: (self: number) => batchAt(self).settled });
  return { ...kernels, stepBatch };
}

async function created(task: Task, create: () => Promise<AsyncEnvironment>, lane: number) {
  try {
    return await create();
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
    readonly answerTimeout: number | undefined,
  ) {
    for (const { environment } of lanes) expectFailure(environment);
  }

  reset(seed: number, purpose: Purpose, observation: number): void {
    for (const lane of this.lanes) lane.seed(seed, purpose);
    this.#begin(async () => {
      ensureDistinct(this.task, await Promise.all(this.lanes.map(({ environment }) => environment)));
      await Promise.all(this.lanes.map((lane) => beginEpisode(lane, this.answerTimeout)));
      for (const lane of this.lanes) lane.writeObservation(this.words, observation);
      return 0;
    });
  }

  /** Nothing is written before all lanes are done: a failure leaves no lane behind that still writes. */
  step(action: number, rows: Rows): number {
    this.#begin(async () => {
      const actions = this.lanes.map((lane) => lane.nextAction(this.words, action));
      const ended = await Promise.all(this.lanes.map((lane, i) => takeStep(lane, actions[i] as number | Float32Array, this.answerTimeout)));
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

  get resumable(): never {
    return this.getState();
  }

  async close(): Promise<void> {
    const created = await Promise.allSettled(this.lanes.map(({ environment }) => environment));
    const environments = created.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    await answer(() => closeQuietly(environments), this.answerTimeout).catch(() => {}); // what doesn't answer can't be closed
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

async function beginEpisode(lane: AsyncLane, timeout: number | undefined): Promise<void> {
  const environment = await lane.environment;
  const random = lane.nextEpisode();
  lane.begin(await attempt(lane, "reset()", () => environment.reset(random), timeout));
}

/** Returns whether the episode has ended; the next one has then begun. */
async function takeStep(lane: AsyncLane, action: number | Float32Array, timeout: number | undefined): Promise<boolean> {
  const environment = await lane.environment;
  const hasEnded = lane.end(await attempt(lane, "step()", () => environment.step(action), timeout));
  if (hasEnded) await beginEpisode(lane, timeout);
  return hasEnded;
}

async function attempt<T>(lane: AsyncLane, what: string, work: () => T | Promise<T>, timeout: number | undefined): Promise<T> {
  try {
    return await answer(work, timeout);
  } catch (error) {
    throw lane.error(`${what} threw ${error}`, error);
  }
}

/** What comes of the work, or an error if nothing does within so many seconds. */
async function answer<T>(work: () => T | Promise<T>, timeout: number | undefined): Promise<T> {
  if (timeout === undefined) return work();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new DOMException(`no answer within ${timeout} s`, "TimeoutError")), 1000 * timeout);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
