/** A replay buffer that forgets nothing and searches everything: what the ring, the sum tree and their draws are checked against. */
import type { TransitionColumns } from "../../src/rollout/transitions.js";
import { column, type Heap } from "../../src/wasm/heap.js";
import { philox } from "./philox.js";
import { randomNormals, randomNumbers } from "./random.js";

export interface Transition {
  readonly observation: readonly number[];
  readonly action: readonly number[];
  readonly reward: number;
  readonly nextObservation: readonly number[];
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** A transition of up to n steps. */
export interface Window {
  readonly observation: readonly number[];
  readonly action: readonly number[];
  readonly reward: number;
  readonly nextObservation: readonly number[];
  readonly discount: number;
}

/** Every transition ever pushed, by lane, the latest `rows` of each lane counting as stored. */
export class ReplayOracle {
  readonly #history: Transition[][];

  constructor(
    readonly lanes: number,
    readonly rows: number,
  ) {
    this.#history = Array.from({ length: lanes }, () => []);
  }

  /** transitions[t][n] */
  push(transitions: readonly (readonly Transition[])[]): void {
    for (const row of transitions) {
      for (const [lane, transition] of row.entries()) this.#history[lane]?.push(transition);
    }
  }

  get steps(): number {
    return this.#history[0]?.length ?? 0;
  }

  get size(): number {
    return Math.min(this.steps, this.rows) * this.lanes;
  }

  /** The transition of row r = slot div N is the latest one whose time is r modulo the number of rows. */
  window(slot: number, nStep: number, gamma: number): Window {
    const history = this.#history[slot % this.lanes] ?? [];
    let start = this.steps - 1;
    while (start % this.rows !== Math.floor(slot / this.lanes)) start--;
    const steps: Transition[] = [];
    for (const transition of history.slice(start, start + nStep)) {
      steps.push(transition);
      if (transition.terminated || transition.truncated) break;
    }
    const [first, last] = [steps[0], steps.at(-1)] as [Transition, Transition];
    let [reward, discount] = [0, 1];
    for (const step of steps) {
      reward += discount * step.reward;
      discount *= gamma;
    }
    const { observation, action } = first;
    return { observation, action, reward, nextObservation: last.nextObservation, discount: last.terminated ? 0 : discount };
  }
}

/** The first place whose priorities, added up from the start, exceed the target. */
export function linearSearch(priorities: ArrayLike<number>, target: number): number {
  let sum = 0;
  for (let i = 0; i < priorities.length; i++) {
    sum += priorities[i] as number;
    if (target < sum) return i;
  }
  return -1;
}

const BULK = 0xffffffff;

/** Word i of a stream drawn in bulk: of sixteen words the first four are word 0 of four blocks. */
export function bulkWord(i: number, seed: number, purpose: number, stream: number): number {
  const [group, place] = [Math.floor(i / 16), i % 16];
  return philox([4 * group + (place % 4), stream, 0, BULK], [seed, purpose])[Math.floor(place / 4)] as number;
}

/** Integer i of a stream, below range: the high word of word · range, drawn again where the low word is among the 2^32 mod range too many. */
export function bulkInteger(i: number, range: number, seed: number, purpose: number, stream: number): number {
  let word = bulkWord(i, seed, purpose, stream);
  for (let attempt = 1; (BigInt(word) * BigInt(range)) % 2n ** 32n < 2n ** 32n % BigInt(range); attempt++) {
    word = philox([i, stream, attempt, BULK], [seed, purpose])[0];
  }
  return Number((BigInt(word) * BigInt(range)) >> 32n);
}

export interface Shape {
  readonly steps: number;
  readonly lanes: number;
  /** Numbers of an observation. */
  readonly width: number;
  /** Numbers of an action; 0 for an index. */
  readonly actionSize: number;
}

/** A source of transitions [t][n] of float32 numbers, of which the given share ends an episode, in one way, the other or both. */
export function randomTransitions({ steps, lanes, width, actionSize }: Shape, endRate: number, seed: number): () => Transition[][] {
  const [random, normal] = [randomNumbers(seed), randomNormals(seed + 1)];
  const numbers = (length: number) => Array.from({ length }, () => Math.fround(normal()));
  const transition = (): Transition => {
    const end = random() < endRate ? 1 + Math.floor(3 * random()) : 0;
    const action = actionSize ? numbers(actionSize) : [Math.floor(1e6 * random())];
    const reward = Math.fround(normal());
    return {
      ...{ observation: numbers(width), action, reward, nextObservation: numbers(width) },
      ...{ terminated: (end & 1) > 0, truncated: (end & 2) > 0 },
    };
  };
  return () => Array.from({ length: steps }, () => Array.from({ length: lanes }, transition));
}

/** A rollout's columns, with a row of observations that belongs to no transition. */
export function transitionColumns(heap: Heap, { steps, lanes, width, actionSize }: Shape): TransitionColumns {
  const row = () => column(heap, [steps, lanes]);
  return {
    observation: column(heap, [steps + 1, lanes, width]),
    action: actionSize ? column(heap, [steps, lanes, actionSize]) : column(heap, [steps, lanes], "int32"),
    reward: row(),
    nextObservation: column(heap, [steps, lanes, width]),
    terminated: row(),
    truncated: row(),
  };
}

export function fillColumns(columns: TransitionColumns, transitions: readonly (readonly Transition[])[]): void {
  const flat = transitions.flat();
  columns.observation.data.fill(Number.NaN);
  columns.observation.data.set(flat.flatMap(({ observation }) => observation));
  columns.action.data.set(flat.flatMap(({ action }) => action));
  columns.reward.data.set(flat.map(({ reward }) => reward));
  columns.nextObservation?.data.set(flat.flatMap(({ nextObservation }) => nextObservation));
  columns.terminated.data.set(flat.map(({ terminated }) => Number(terminated)));
  columns.truncated.data.set(flat.map(({ truncated }) => Number(truncated)));
}
