/**
 * One lane of a batch of environments that are written in TypeScript: its clock, its count of episodes, its random numbers, and
 * what its last step gave. What comes from the environment is checked and copied here, at once.
 */
import type { Numbers } from "../core/run-state.js";
import type { Purpose } from "../core/seeds.js";
import { type Space, sizeOf } from "../core/spaces.js";
import type { Heap } from "../wasm/heap.js";
import { EnvironmentError, type ObservationOf, type StepOutcome, type Task } from "./environment.js";
import { HostRandom } from "./host-random.js";
import { wrongAction, wrongObservation, wrongOutcome } from "./host-values.js";

/** Addresses of the rows that a vector step writes, as in assembly/envs/driver.ts. */
export interface Rows {
  readonly observation: number;
  readonly reward: number;
  readonly terminated: number;
  readonly truncated: number;
  readonly finalObservation: number;
}

export class Lane<E> {
  readonly #random = new HostRandom();
  /** Where the agent stands, `[D]`. */
  readonly #observation: Float32Array;
  /** The last observation of the episode that ended in the latest step, `[D]`. */
  readonly #finalObservation: Float32Array;
  #reward = 0;
  #isTerminated = false;
  #isTruncated = false;
  #seed = 0;
  #purpose: Purpose = 0;
  /** Episodes begun since the seed. */
  #episodes = 0;
  /** Steps of the present episode. */
  #elapsed = 0;

  /** @param timeLimit steps after which an episode is truncated; 0 for none */
  constructor(
    readonly environment: E,
    readonly task: Task,
    /** Where it stands in its batch. */
    readonly row: number,
    /** Its number among all lanes, of other batches too: its stream of random numbers. */
    readonly index: number,
    readonly timeLimit: number,
  ) {
    const size = sizeOf(task.observationSpace);
    this.#observation = new Float32Array(size);
    this.#finalObservation = new Float32Array(size);
  }

  /** The next episode is the first one under this seed. */
  seed(seed: number, purpose: Purpose): void {
    this.#seed = seed;
    this.#purpose = purpose;
    this.#episodes = 0;
  }

  /** Its clock and its random numbers. */
  get position(): Numbers {
    return Float64Array.of(this.#seed, this.#purpose, this.#episodes, this.#elapsed, ...this.#random.position);
  }

  set position(numbers: Numbers) {
    const [seed, purpose, episodes, elapsed] = numbers as unknown as [number, Purpose, number, number];
    this.seed(seed, purpose);
    this.#episodes = episodes;
    this.#elapsed = elapsed;
    this.#random.position = numbers.subarray(4);
  }

  /** Counts an episode that is about to begin and gives its random numbers. */
  nextEpisode(): HostRandom {
    this.#elapsed = 0;
    return this.#random.begin(this.#seed, this.#purpose, this.index, this.#episodes++);
  }

  /** Takes the first observation of an episode. */
  begin(observation: ObservationOf<Space>): void {
    this.#observe(observation, "reset()");
  }

  /** Counts a step that is about to be taken and gives its action out of a row, i32 `[N]` or f32 `[N,A]`. */
  nextAction(words: Words, address: number): number | Float32Array {
    this.#elapsed++;
    const { actionSpace } = this.task;
    const size = sizeOf(actionSpace);
    const start = (address >>> 2) + this.row * size;
    const action = actionSpace.kind === "discrete" ? (words.integers[start] as number) : words.floats.slice(start, start + size);
    this.#refuse(wrongAction(actionSpace, action));
    return action;
  }

  /** Takes what a step gave. Returns whether the episode has ended; {@link begin} follows. */
  end(outcome: StepOutcome): boolean {
    this.#refuse(wrongOutcome(outcome));
    const { observation, reward, terminated, truncated = false } = outcome;
    this.#observe(observation, "step()");
    this.#reward = reward;
    this.#isTerminated = terminated;
    this.#isTruncated = truncated || this.#elapsed === this.timeLimit;
    if (this.hasEnded) this.#finalObservation.set(this.#observation);
    return this.hasEnded;
  }

  /** Whether an episode ended in the latest step. */
  get hasEnded(): boolean {
    return this.#isTerminated || this.#isTruncated;
  }

  /** Writes the first observation of an episode into its place in a row `[N,D]`. */
  writeObservation({ floats }: Words, row: number): void {
    floats.set(this.#observation, (row >>> 2) + this.row * this.#observation.length);
  }

  /** Writes what the step gave into this lane's place in the rows. */
  write(words: Words, rows: Rows): void {
    const { floats } = words;
    floats[(rows.reward >>> 2) + this.row] = this.#reward;
    floats[(rows.terminated >>> 2) + this.row] = Number(this.#isTerminated);
    floats[(rows.truncated >>> 2) + this.row] = Number(this.#isTruncated);
    this.writeObservation(words, rows.observation);
    if (this.hasEnded) floats.set(this.#finalObservation, (rows.finalObservation >>> 2) + this.row * this.#finalObservation.length);
  }

  /** An error that says where it happened. */
  error(what: string, cause?: unknown): EnvironmentError {
    const moment = this.#elapsed === 0 ? "reset" : `step ${this.#elapsed}`;
    return new EnvironmentError(`${this.task.id}, lane ${this.index}, episode ${this.#episodes}, ${moment}: ${what}`, cause);
  }

  #observe(observation: ObservationOf<Space>, source: string): void {
    this.#refuse(wrongObservation(this.task.observationSpace, observation, source));
    if (typeof observation === "number") this.#observation[0] = observation;
    else this.#observation.set(observation);
  }

  #refuse(complaint: string | undefined): void {
    if (complaint !== undefined) throw this.error(complaint);
  }
}

/** All of a heap's memory as numbers; views are made anew when it has grown. */
export class Words {
  #floats = new Float32Array();
  #integers = new Int32Array();

  constructor(readonly heap: Heap) {}

  get floats(): Float32Array {
    this.#follow();
    return this.#floats;
  }

  get integers(): Int32Array {
    this.#follow();
    return this.#integers;
  }

  #follow(): void {
    const { buffer } = this.heap.memory;
    if (this.#floats.buffer === buffer) return;
    this.#floats = new Float32Array(buffer);
    this.#integers = new Int32Array(buffer);
  }
}
