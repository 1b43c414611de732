/** The kernel that steps tables, against a plain simulation that draws the same words. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { PURPOSE, type Purpose } from "../../src/core/seeds.js";
import { environments } from "../../src/envs/registry.js";
import { gridWorld } from "../../src/envs/tabular/grid-world.js";
import { tabularKernels } from "../../src/envs/tabular/kernels.js";
import { type TabularSpec, tableOf, tabular } from "../../src/envs/tabular/spec.js";
import type { TransitionTable } from "../../src/envs/tabular/table.js";
import { makeVec, type VecEnv } from "../../src/envs/vec-env.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { randomNumbers } from "../oracle/random.js";
import { LaneSimulation, randomTable } from "../oracle/tabular.js";

const SCALAR_TWIN = new URL("../../build/tabular.scalar.wasm", import.meta.url);
const LANE_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 13];

const indices = (length: number) => Array.from({ length }, (_, i) => i);

function specOf(table: TransitionTable, timeLimit = 20): TabularSpec {
  return { id: "Table-v0", timeLimit, ...tabular(table) };
}

/** Steps an environment and its simulation side by side; returns where they differ. */
function differences(
  env: VecEnv,
  table: TransitionTable,
  timeLimit: number,
  steps: number,
  seed: number,
  purpose: Purpose = PURPOSE.environment,
) {
  const lanes = indices(env.numEnvs).map((lane) => new LaneSimulation(table, lane, timeLimit, [seed, purpose]));
  const random = randomNumbers(seed);
  const strays: string[] = [];
  let ends = 0;
  const compare = (where: string, got: readonly unknown[], wanted: readonly unknown[]) => {
    if (String(got) !== String(wanted)) strays.push(`${where}: ${got}, not ${wanted}`);
  };
  compare("reset", [...env.reset(seed, purpose)], lanes.map(({ state }) => state)); // biome-ignore format: one line
  for (let t = 0; t < steps; t++) {
    const actions = lanes.map(() => Math.floor(random() * table.actions));
    const { observation, reward, terminated, truncated, finalObservation } = env.step(actions);
    for (const [lane, simulation] of lanes.entries()) {
      const wanted = simulation.step(actions[lane] as number);
      const final = wanted.final === undefined ? undefined : finalObservation[lane];
      const got = [observation[lane], reward[lane], terminated[lane], truncated[lane], final];
      compare(`lane ${lane} at step ${t}`, got, Object.values(wanted));
      if (wanted.final !== undefined) ends++;
    }
  }
  return { strays: strays.slice(0, 5), ends };
}

describe.each([
  ["four lanes", undefined],
  ["scalar twin", SCALAR_TWIN],
] as const)("a table (%s)", (_, module) => {
  const withModule = (spec: TabularSpec): TabularSpec => (module ? { ...spec, kernels: tabularKernels(spec.table, module) } : spec);

  it.each([1, 2, 3, 9])("with up to %i outcomes is stepped as the simulation does it, however many lanes there are", async (most) => {
    const table = randomTable(17, 3, most, most);
    for (const numEnvs of LANE_COUNTS) {
      const env = await makeVec(withModule(specOf(table)), { numEnvs });
      const { strays, ends } = differences(env, table, 20, 60, 100 + numEnvs);
      expect(strays, `${numEnvs} lanes`).toEqual([]);
      expect(ends).toBeGreaterThan(2 * numEnvs);
    }
  });

  it("has other streams for another seed and another purpose, and none depends on the time limit", async () => {
    const table = randomTable(40, 2, 5, 8);
    const env = await makeVec(withModule(specOf(table)), { numEnvs: 5, timeLimit: 0 });
    expect(differences(env, table, 0, 100, 2 ** 32 - 1).strays).toEqual([]);
    expect(differences(env, table, 0, 100, 3, PURPOSE.evaluation).strays).toEqual([]);
  });
});

describe.each(["FrozenLake-v1", "FrozenLake8x8-v1", "CliffWalking-v1", "Taxi-v3", "GridWorld-v0"] as const)("%s", (id) => {
  it("plays as its table says", async () => {
    const spec = environments[id];
    const env = await makeVec(spec, { numEnvs: 6 });
    expect(differences(env, tableOf(spec), spec.timeLimit, 500, 4).strays).toEqual([]);
    const limited = await makeVec(spec, { numEnvs: 6, timeLimit: 7 });
    const { strays, ends } = differences(limited, tableOf(spec), 7, 50, 5);
    expect(strays).toEqual([]);
    expect(ends).toBeGreaterThanOrEqual(6 * 7);
  });
});

describe("a batch of a table", () => {
  it("leaves no outcome of probability 0 to chance, not even the last", async () => {
    const impossible = { probability: 0, nextState: 1, reward: 0, terminated: true };
    const table: TransitionTable = {
      states: 2,
      actions: 1,
      initial: [1, 0],
      outcomes: () => [impossible, { ...impossible, probability: 1, nextState: 0, terminated: false }, impossible],
    };
    const env = await makeVec(specOf(table, 0), { numEnvs: 1000 });
    expect(env.reset(1).some(Boolean)).toBe(false);
    for (let t = 0; t < 100; t++) expect(env.step(Array(1000).fill(0)).terminated.some(Boolean)).toBe(false);
  });

  it("writes nothing beyond its rows", async () => {
    for (const numEnvs of LANE_COUNTS) {
      const heap = guardedHeap();
      const env = await makeVec(gridWorld({ width: 3, height: 3, holes: 1 }), { numEnvs, timeLimit: 2, heap });
      differences(env, gridWorld({ width: 3, height: 3, holes: 1 }).table, 2, 10, 1);
      expect(heap.damaged(), `${numEnvs} lanes`).toEqual([]);
    }
  });

  it("takes a lane's state out and in, and goes on from there with its clock", async () => {
    const table = tableOf(environments["CliffWalking-v1"]);
    const env = await makeVec(environments["CliffWalking-v1"], { numEnvs: 5, timeLimit: 3 });
    env.reset(0);
    const [UP, DOWN] = [0, 2];
    env.step(Array(5).fill(UP));
    env.setState(3, [35]);
    expect(indices(5).map((lane) => [...env.state(lane)])).toEqual([[24], [24], [24], [35], [24]]);
    const { terminated, finalObservation, observation } = env.step([UP, UP, UP, DOWN, UP]);
    expect([[...terminated], finalObservation[3], observation[3]]).toEqual([[0, 0, 0, 1, 0], 47, 36]);
    expect([...env.step(Array(5).fill(UP)).truncated]).toEqual([1, 1, 1, 0, 1]);
    expect(table.states).toBe(48);
  });

  it.each([-1, 16, 0.5, Number.NaN, Infinity])("refuses %s as a state", async (state) => {
    const env = await makeVec(environments["FrozenLake-v1"], { numEnvs: 2 });
    env.reset(0);
    expect(() => env.setState(0, [state])).toThrow(new UsageError(`a state is an integer from 0 to 15, not ${state}`));
    expect([...env.state(0)]).toEqual([0]);
  });
});
