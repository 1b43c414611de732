/** The replay buffer's minibatches and uniform draws, against a buffer that keeps every transition and an independent generator. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PURPOSE } from "../../src/core/seeds.js";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { createReplay } from "../../src/rollout/replay.js";
import { createRollout } from "../../src/rollout/rollout.js";
import { column, ownHeap } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type ReplayKernels } from "../../src/wasm/kernels.js";
import { randomLayers } from "../oracle/network.js";
import { bulkInteger, randomTransitions } from "../oracle/replay.js";
import { GAMMA, rounded, SEED, scalarModule, setUp, windowsOf } from "./replay-setup.js";

const setups = fc
  .record({
    lanes: fc.integer({ min: 1, max: 6 }),
    rows: fc.integer({ min: 1, max: 12 }),
    spare: fc.integer({ min: 0, max: 5 }),
    stepShare: fc.double({ min: 0, max: 1, noNaN: true }),
    width: fc.constantFrom(1, 2, 3, 4, 5, 9),
    actionSize: fc.constantFrom(0, 1, 3, 4),
    nStep: fc.integer({ min: 1, max: 7 }),
    gamma: fc.constantFrom(0, 0.5, 0.97, 1),
    batchSize: fc.integer({ min: 1, max: 40 }),
    endRate: fc.constantFrom(0, 0.1, 0.5, 1),
    pushes: fc.integer({ min: 1, max: 8 }),
    seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  })
  .map(({ lanes, rows, spare, stepShare, ...rest }) => ({
    ...rest,
    ...{ lanes, steps: 1 + Math.floor(stepShare * (rows - 1)), capacity: rows * lanes + Math.min(spare, lanes - 1) },
  }));

describe("minibatches", () => {
  it("are the transitions of slots drawn by Philox, their windows summed to the episode's end or the newest row", async () => {
    await fc.assert(
      fc.asyncProperty(setups, async ({ pushes, endRate, ...setup }) => {
        const { heap, shape, replay, oracle, push } = await setUp(setup);
        const next = randomTransitions(shape, endRate, setup.seed);
        heap.soil();
        for (let draw = 0; draw < pushes; draw++) {
          push(next());
          replay.sample();
          expect(replay.size).toBe(oracle.size);
          const slots = Array.from(replay.index.data, (_, i) => bulkInteger(i, oracle.size, setup.seed, PURPOSE.replay, draw));
          expect([...replay.index.data]).toEqual(slots);
          expect(windowsOf(replay)).toEqual(slots.map((slot) => rounded(oracle.window(slot, setup.nStep, setup.gamma))));
        }
        expect(heap.damaged()).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("keep their addresses, which tensors hold", async () => {
    const { replay, shape, push } = await setUp({ steps: 4, lanes: 2, width: 3, actionSize: 0, capacity: 16 });
    const addresses = () => [replay.index, ...Object.values(replay.columns)].map(({ address }) => address);
    const before = addresses();
    const next = randomTransitions(shape, 0.1, 1);
    for (let i = 0; i < 3; i++) {
      push(next());
      replay.sample();
    }
    expect(addresses()).toEqual(before);
  });

  it("weigh all transitions alike, whatever errors come back", async () => {
    const { heap, replay, shape, push } = await setUp({ steps: 4, lanes: 2, width: 1, actionSize: 0, capacity: 8, batchSize: 5 });
    push(randomTransitions(shape, 0, 1)());
    replay.sample(0.4);
    const error = column(heap, [5]);
    error.data.set([1, 2, 3, 4, 5]);
    replay.updatePriorities(error);
    replay.sample(0.4);
    expect([...replay.columns.weight.data]).toEqual([1, 1, 1, 1, 1]);
  });
});

describe("uniform draws", () => {
  it("take every transition about equally often", async () => {
    const { replay, shape, push } = await setUp({ steps: 10, lanes: 5, width: 1, actionSize: 0, capacity: 60, batchSize: 1000 });
    push(randomTransitions(shape, 0, 1)());
    const counts = Array<number>(60).fill(0);
    const draws = 200;
    for (let i = 0; i < draws; i++) {
      replay.sample();
      for (const slot of replay.index.data) counts[slot] = (counts[slot] as number) + 1;
    }
    // χ² with 49 degrees of freedom: above 112 once in 10⁶ by chance, and the seed is fixed.
    const expected = (1000 * draws) / 50;
    const stored = counts.slice(0, 50);
    expect(stored.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(112);
    expect(counts.slice(50)).toEqual(Array(10).fill(0)); // rows that nothing was written to
  });

  it("draw again where a word would favour some slots, in both twins", async () => {
    const range = 3 * 2 ** 29; // of 2^32 words a quarter is too many
    const heap = ownHeap();
    const index = column(heap, [100], "int32");
    for (const module of [MODULES.replay, scalarModule]) {
      const kernels = await instantiate<ReplayKernels>(heap, module);
      kernels.drawUniform(index.address, 100, range, SEED, PURPOSE.replay, 3);
      expect([...index.data]).toEqual(Array.from({ length: 100 }, (_, i) => bulkInteger(i, range, SEED, PURPOSE.replay, 3)));
    }
  });
});

it("a rollout's transitions lead from one observation to the next, and to the final one where an episode ended", async () => {
  const env = await makeVec(environments["CartPole-v1"], { numEnvs: 3, timeLimit: 9 });
  const actor = randomLayers(env.heap, [4, 5, 2], "tanh", 1);
  const network = { actor, critic: [], sampler: { kind: "categorical" } } as const;
  const rollout = await createRollout(env, network, { steps: 20, seed: SEED, keepSuccessors: true });
  const replay = await createReplay(env.heap, rollout.columns, { capacity: 120, batchSize: 500, gamma: GAMMA, seed: SEED });
  for (let i = 0; i < 2; i++) {
    await rollout.collect();
    replay.push(rollout.columns);
  }
  const starts = replay.snapshot()["observation"] as Float32Array;
  replay.sample();
  const counts = { within: 0, cut: 0, over: 0 };
  for (const [i, { observation, nextObservation, discount }] of windowsOf(replay).entries()) {
    const slot = replay.index.data[i] as number;
    expect(observation).toEqual([...starts.subarray(4 * slot, 4 * slot + 4)]);
    if (slot >= 117) continue; // what follows is in no row yet
    const isFollowed = String(starts.subarray(4 * slot + 12, 4 * slot + 16)) === String(nextObservation);
    counts[isFollowed ? "within" : discount > 0 ? "cut" : "over"]++;
    // The cart moves by its velocity in 0.02 s (Euler), also into the final observation.
    const [x, velocity] = observation as [number, number];
    expect(Math.abs((nextObservation[0] as number) - (x + 0.02 * velocity))).toBeLessThan(1e-6);
  }
  expect(counts.cut).toBeGreaterThan(10);
  expect(counts.within).toBeGreaterThan(300);
});
