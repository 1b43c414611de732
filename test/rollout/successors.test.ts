/** What each step of a rollout led to, against a second environment that is stepped by hand. */
import { describe, expect, it } from "vitest";
import { featuresOf, type Space, sizeOf } from "../../src/core/spaces.js";
import { environments } from "../../src/envs/registry.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { NORMALISATION_LIMIT } from "../../src/rollout/normalisation.js";
import { createRollout, type RolloutOptions } from "../../src/rollout/rollout.js";
import { type Heap, ownHeap } from "../../src/wasm/heap.js";
import { bitsOf } from "../oracle/bits.js";
import { CUT_AT, counter, lateCounter, TERMINATES_AT } from "../oracle/counter.js";
import { registered } from "../oracle/environments.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { randomLayers } from "../oracle/network.js";

const SEED = 8;
/** Short episodes, so that rollouts hold truncations, and terminations where the task has them early. */
const TIME_LIMIT = 9;

interface Setup extends Partial<RolloutOptions> {
  readonly numEnvs: number;
  readonly heap?: Heap;
  readonly timeLimit?: number;
}

async function setUp(spec: EnvironmentSpec, { numEnvs, heap = ownHeap(), timeLimit = TIME_LIMIT, ...options }: Setup) {
  const env = await makeVec(spec, { numEnvs, heap, timeLimit });
  const inputs = (options.frameStack ?? 1) * featuresOf(spec.observationSpace);
  const isDiscrete = spec.actionSpace.kind === "discrete";
  const actor = randomLayers(heap, [inputs, 5, (isDiscrete ? 1 : 2) * featuresOf(spec.actionSpace)], "tanh", 1);
  const critic = randomLayers(heap, [inputs, 5, 1], "tanh", 2);
  const network = { actor, critic, sampler: { kind: isDiscrete ? "categorical" : "gaussian" } } as const;
  return createRollout(env, network, { steps: 30, seed: SEED, keepSuccessors: true, ...options });
}

/** An index as the network sees it, one-hot; a vector as it is. */
function asSeen(space: Space, row: readonly number[]): number[] {
  return space.kind === "box" ? [...row] : Array.from({ length: space.n }, (_, i) => Number(i === row[0]));
}

/** What the actions of a rollout lead to in an environment of the same seed, [t][lane], and whether an episode ended there. */
async function replayed(spec: EnvironmentSpec, actions: Float32Array | Int32Array, numEnvs: number) {
  const env = await makeVec(spec, { numEnvs, timeLimit: TIME_LIMIT });
  const width = sizeOf(spec.observationSpace);
  const rowsOf = (data: Float32Array) =>
    Array.from({ length: numEnvs }, (_, n) => asSeen(spec.observationSpace, [...data.subarray(n * width, (n + 1) * width)]));
  const first = rowsOf(env.reset(SEED));
  const perStep = numEnvs * sizeOf(spec.actionSpace);
  const steps = Array.from({ length: actions.length / perStep }, (_, t) => {
    const result = env.step(clipped(spec.actionSpace, actions.slice(t * perStep, (t + 1) * perStep)));
    const [next, last] = [rowsOf(result.observation), rowsOf(result.finalObservation)];
    return Array.from({ length: numEnvs }, (_, n) => {
      const [terminated, truncated] = [result.terminated[n] === 1, result.truncated[n] === 1];
      const row = { next: next[n] as number[], isEnd: terminated || truncated, terminated, truncated };
      return { ...row, led: row.isEnd ? (last[n] as number[]) : row.next };
    });
  });
  return { first, steps };
}

function clipped(space: Space, actions: Float32Array | Int32Array): Float32Array | Int32Array {
  if (space.kind === "discrete") return actions;
  const size = space.low.length;
  return actions.map((x, i) => Math.min(Math.max(x, space.low[i % size] as number), space.high[i % size] as number));
}

describe.each(registered.map((spec) => ({ id: spec.id, spec })))("successors in a rollout of $id", ({ spec }) => {
  it.each([1, 4, 7])("of %i lanes are the next observations, at an episode's end its last one, bit by bit", async (numEnvs) => {
    const rollout = await setUp(spec, { numEnvs });
    rollout.collect();
    const { nextObservation, observation, action } = rollout.columns;
    const { steps } = await replayed(spec, action.data, numEnvs);
    const wanted = Float32Array.from(steps.flat().flatMap(({ led }) => led));
    expect(bitsOf(nextObservation?.data as Float32Array)).toBe(bitsOf(wanted));
    expect(steps.flat().some(({ truncated }) => truncated)).toBe(true);
    const width = featuresOf(spec.observationSpace);
    expect(bitsOf(wanted), "a rollout without ends").not.toBe(bitsOf(observation.data.subarray(numEnvs * width)));
  });

  it("change nothing else, and take no room unless they are wanted", async () => {
    const [kept, left] = [await setUp(spec, { numEnvs: 5 }), await setUp(spec, { numEnvs: 5, keepSuccessors: false })];
    for (const rollout of [kept, left]) {
      rollout.collect();
      rollout.collect();
    }
    expect(left.columns.nextObservation).toBeUndefined();
    for (const [name, column] of Object.entries(left.columns)) {
      const other = kept.columns[name as keyof typeof kept.columns];
      expect(bitsOf(other?.data as Float32Array), name).toBe(bitsOf(column.data));
    }
  });

  it("are written to their column and nowhere else", async () => {
    for (const numEnvs of [1, 2, 3, 4, 5, 9]) {
      const heap = guardedHeap();
      const rollout = await setUp(spec, { numEnvs, heap, steps: 7, timeLimit: 3 });
      heap.soil();
      rollout.collect();
      rollout.collect();
      expect(heap.damaged(), `${numEnvs} lanes`).toEqual([]);
    }
  });
});

it("successors hold as many frames as observations do, those of the episode that ended", async () => {
  const [spec, frames, numEnvs] = [environments["CartPole-v1"], 3, 3];
  const rollout = await setUp(spec, { numEnvs, frameStack: frames });
  rollout.collect();
  const { nextObservation, action } = rollout.columns;
  const { first, steps } = await replayed(spec, action.data, numEnvs);
  const stacks = first.map((frame) => Array<number[]>(frames).fill(frame));
  const wanted = steps.flatMap((lanes) =>
    lanes.map(({ led, next, isEnd }, n) => {
      const shifted = (frame: number[]) => [...(stacks[n] as number[][]).slice(1), frame];
      const successor = shifted(led);
      stacks[n] = isEnd ? Array<number[]>(frames).fill(next) : shifted(next);
      return successor;
    }),
  );
  expect([...(nextObservation?.data ?? [])]).toEqual(wanted.flat(2));
  expect(steps.flat().some(({ isEnd }) => isEnd)).toBe(true);
});

it("successors are normalised as the observations of their step are", async () => {
  const [spec, numEnvs] = [environments["CartPole-v1"], 4];
  const rollout = await setUp(spec, { numEnvs, steps: 1, normalizeObservation: true });
  const { nextObservation, observation, action } = rollout.columns;
  const { mean, scale } = rollout.normalizer ?? {};
  const seen: { data: number[]; next: number[]; mean: number[]; scale: number[] }[] = [];
  const actions: number[] = [];
  for (let t = 0; t < 20; t++) {
    rollout.collect();
    const next = [...observation.data.subarray(numEnvs * 4)];
    seen.push({ data: [...(nextObservation?.data ?? [])], next, mean: [...(mean?.data ?? [])], scale: [...(scale?.data ?? [])] });
    actions.push(...action.data);
  }
  const { steps } = await replayed(spec, Int32Array.from(actions), numEnvs);
  for (const [t, lanes] of steps.entries()) {
    const { data, next, mean, scale } = seen[t] as (typeof seen)[number];
    for (const [n, { led, isEnd }] of lanes.entries()) {
      const wanted = led.map((x, i) => {
        const scaled = Math.fround(Math.fround(x - (mean[i] as number)) * (scale[i] as number));
        return Math.min(Math.max(scaled, -NORMALISATION_LIMIT), NORMALISATION_LIMIT);
      });
      expect(data.slice(4 * n, 4 * n + 4), `step ${t}, lane ${n}`).toEqual(wanted.map(Math.fround));
      if (!isEnd) expect(data.slice(4 * n, 4 * n + 4)).toEqual(next.slice(4 * n, 4 * n + 4));
    }
  }
  expect(steps.flat().some(({ isEnd }) => isEnd)).toBe(true);
});

describe.each([
  ["of the host", counter],
  ["that takes its time", lateCounter],
] as const)("an environment %s", (_, spec) => {
  it("counts on from each observation to its successor, at an episode's end too", async () => {
    const rollout = await setUp(spec, { numEnvs: 3, steps: 8, timeLimit: CUT_AT });
    const seen: number[] = [];
    for (let i = 0; i < 3; i++) {
      await rollout.collect();
      const { nextObservation, observation, terminated, truncated } = rollout.columns;
      const [now, next] = [observation.data, nextObservation?.data ?? new Float32Array()];
      expect([...next]).toEqual(Array.from(next, (_, at) => (now[at] as number) + 1));
      const ends = (flag: Float32Array) => [...next].filter((_, at) => flag[at] === 1);
      expect(new Set(ends(terminated.data))).toEqual(new Set([TERMINATES_AT]));
      seen.push(...ends(truncated.data));
    }
    expect(new Set(seen)).toEqual(new Set([CUT_AT]));
  });
});
