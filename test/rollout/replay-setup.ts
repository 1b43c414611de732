/** A replay buffer and the oracle that it is checked against, filled alike. */
import { createReplay, type Replay, type ReplayOptions } from "../../src/rollout/replay.js";
import { MODULES } from "../../src/wasm/kernels.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { fillColumns, ReplayOracle, type Shape, type Transition, transitionColumns, type Window } from "../oracle/replay.js";

export const SEED = 7;
export const GAMMA = 0.9;

export const scalarModule = new URL(MODULES.replay.href.replace(/\.wasm$/, ".scalar.wasm"));

export interface Setup extends Shape, Partial<ReplayOptions> {
  readonly capacity: number;
}

export async function setUp({ steps, lanes, width, actionSize, ...options }: Setup) {
  const heap = guardedHeap();
  const shape = { steps, lanes, width, actionSize };
  const source = transitionColumns(heap, shape);
  const replay = await createReplay(heap, source, { batchSize: 64, gamma: GAMMA, seed: SEED, ...options });
  const oracle = new ReplayOracle(lanes, Math.floor(options.capacity / lanes));
  const push = (transitions: readonly (readonly Transition[])[]) => {
    fillColumns(source, transitions);
    replay.push(source);
    oracle.push(transitions);
  };
  return { heap, shape, source, replay, oracle, push };
}

/** The minibatch as the oracle would say it. */
export function windowsOf({ columns, index }: Replay): Window[] {
  const row = (data: Float32Array | Int32Array, i: number) => {
    const width = data.length / index.length;
    return [...data.subarray(i * width, (i + 1) * width)];
  };
  return Array.from(index.data, (_, i) => ({
    observation: row(columns.observation.data, i),
    action: row(columns.action.data, i),
    reward: columns.reward.data[i] as number,
    nextObservation: row(columns.nextObservation.data, i),
    discount: columns.discount.data[i] as number,
  }));
}

/** Both sum in float64 and round once. */
export const rounded = ({ reward, discount, ...rest }: Window): Window => ({
  ...rest,
  ...{ reward: Math.fround(reward), discount: Math.fround(discount) },
});
