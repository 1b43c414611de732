/** Rollouts that workers share, held against the same rollout in one thread; in the built package, since workers need files that exist. */
import { afterEach, describe, expect, it } from "vitest";
import { featuresOf, sizeOf } from "../../../src/core/spaces.js";
import type { EnvironmentSpec } from "../../../src/envs/spec.js";
import { recorded } from "../../../src/rollout/parallel/block.js";
import type { ParallelOptions, ParallelRollout } from "../../../src/rollout/parallel/parallel-rollout.js";
import { mergeStatistics } from "../../../src/rollout/parallel/statistics.js";
import type { ActingNetwork, Rollout, RolloutOptions } from "../../../src/rollout/rollout.js";
import { column, type Heap, ownHeap } from "../../../src/wasm/heap.js";
import { randomLayers } from "../../oracle/network.js";
import { drawn, randomNormals } from "../../oracle/random.js";

const dist = async <T>(path: string) => (await import(new URL(`../../../dist/${path}`, import.meta.url).href)) as T;
const { makeVec } = await dist<typeof import("../../../src/envs/vec-env.js")>("envs/vec-env.js");
const { environments } = await dist<typeof import("../../../src/envs/registry.js")>("envs/registry.js");
const { createRollout } = await dist<typeof import("../../../src/rollout/rollout.js")>("rollout/rollout.js");
const { createParallelRollout } = await dist<typeof import("../../../src/rollout/parallel/parallel-rollout.js")>(
  "rollout/parallel/parallel-rollout.js",
);
const { walk, lateWalk, faulty, deadly } = await import(new URL("environments.mjs", import.meta.url).href);

const OPTIONS: RolloutOptions = { steps: 11, seed: 4 };
const ROLLOUTS = 3;

const running: ParallelRollout[] = [];
afterEach(() => {
  for (const rollout of running.splice(0)) rollout.dispose();
});

function networkOn(heap: Heap, { observationSpace, actionSpace }: EnvironmentSpec, frames = 1): ActingNetwork {
  const inputs = frames * featuresOf(observationSpace);
  const actor = randomLayers(heap, [inputs, 7, 5, featuresOf(actionSpace)], "tanh", 1);
  const critic = randomLayers(heap, [inputs, 6, 1], "relu", 2);
  if (actionSpace.kind === "discrete") return { actor, critic, sampler: { kind: "categorical" } };
  const logStd = column(heap, [sizeOf(actionSpace)]);
  logStd.data.set(drawn(logStd.length, randomNormals(3)));
  return { actor, critic, sampler: { kind: "gaussian", logStd } };
}

interface Contender {
  readonly rollout: Rollout;
  readonly network: ActingNetwork;
}

async function alone(spec: EnvironmentSpec, numEnvs: number, options = OPTIONS): Promise<Contender> {
  const heap = ownHeap();
  const network = networkOn(heap, spec, options.frameStack);
  return { network, rollout: await createRollout(await makeVec(spec, { numEnvs, heap }), network, options) };
}

async function together(spec: EnvironmentSpec, how: ParallelOptions, options = OPTIONS): Promise<Contender> {
  const heap = ownHeap();
  const network = networkOn(heap, spec, options.frameStack);
  const rollout = await createParallelRollout(spec, heap, network, options, how);
  running.push(rollout);
  return { network, rollout };
}

/** All that several rollouts record, with other parameters in each, and new episodes in the last. */
async function record({ rollout, network }: Contender): Promise<Record<string, number[]>[]> {
  const records: Record<string, number[]>[] = [];
  for (let round = 0; round < ROLLOUTS; round++) {
    const { data } = (network.actor[0] as (typeof network.actor)[number]).bias;
    data.set(data.map((value) => value + 0.5));
    if (round === ROLLOUTS - 1) rollout.restart();
    await rollout.collect();
    const columns = [...recorded(rollout.columns), ["reward", rollout.columns.reward] as const];
    records.push({
      ...Object.fromEntries(columns.map(([name, { data: numbers }]) => [name, [...numbers]])),
      states: [...rollout.env.states()],
      statistics: [...rollout.statistics],
    });
  }
  return records;
}

const isEnd = (records: Record<string, number[]>[]) =>
  records.some(({ terminated, truncated }) => [terminated, truncated].flat().includes(1));

describe.each([{ isShared: true }, { isShared: false }])("workers with %o memory", (memory) => {
  it.each([
    ["CartPole-v1", 8, 2],
    ["CartPole-v1", 10, 3],
    ["CartPole-v1", 5, 5],
    ["Pendulum-v1", 13, 2],
    ["FrozenLake-v1", 9, 2],
  ] as const)("record on %s, %i lanes over %i workers, the bits that one thread records", async (id, numEnvs, workers) => {
    const spec = { ...environments[id], timeLimit: 7 };
    const given = "module" in spec ? spec : environments[id];
    const wanted = await record(await alone(given, numEnvs));
    expect(isEnd(wanted)).toBe(true);
    expect(await record(await together(given, { numEnvs, workers, ...memory }))).toEqual(wanted);
  });

  it("stack frames, keep successors and scale rewards as one thread does", async () => {
    const options = { ...OPTIONS, frameStack: 3, keepSuccessors: true, normalizeReward: true, rescaleAction: true };
    for (const env of [environments["Pendulum-v1"], environments["FrozenLake-v1"]]) {
      const wanted = await record(await alone(env, 6, options));
      expect(wanted[0]?.["nextObservation"]?.length).toBe(11 * 6 * 3 * featuresOf(env.observationSpace));
      expect(await record(await together(env, { numEnvs: 6, workers: 2, ...memory }, options))).toEqual(wanted);
    }
  });

  it("give lanes of functions their own random numbers, and wait for the slowest", async () => {
    const wanted = await record(await alone(walk, 6));
    expect(isEnd(wanted)).toBe(true);
    expect(await record(await together(walk, { numEnvs: 6, workers: 3, ...memory }))).toEqual(wanted);
    const { states: _, ...late } = (await record(await together(lateWalk, { numEnvs: 6, workers: 3, ...memory })))[1] ?? {};
    const { states: __, ...prompt } = wanted[1] ?? {};
    expect(late).toEqual(prompt);
  });

  it("draw uniform actions when told to", async () => {
    const contenders = [
      await alone(environments["CartPole-v1"], 8),
      await together(environments["CartPole-v1"], { numEnvs: 8, workers: 2, ...memory }),
    ];
    for (const { rollout } of contenders) rollout.sampler.isUniform = true;
    const [wanted, got] = await Promise.all(contenders.map(record));
    expect(got).toEqual(wanted);
    expect(new Set(wanted?.[0]?.["logProb"]).size).toBe(1);
  });

  it("normalise by statistics of all lanes, the same way every time", async () => {
    const options = { ...OPTIONS, normalizeObservation: true };
    const how = { numEnvs: 10, workers: 3, ...memory };
    const records = await record(await together(environments["Pendulum-v1"], how, options));
    expect(await record(await together(environments["Pendulum-v1"], how, options))).toEqual(records);
    // One thread sees the same first observations; all that follow it counts just so, though it acts on others.
    const counts = records.map(({ statistics = [] }) => statistics[0]);
    expect(counts.map((count) => Math.round(count ?? 0))).toEqual(
      [1, 2, 3].map((rollouts) => 10 * (11 * rollouts + (rollouts === 3 ? 2 : 1))),
    );
  });

  it("pass on what goes wrong in a lane, by its number among all", async () => {
    const { rollout } = await together(faulty, { numEnvs: 8, workers: 2, ...memory });
    await expect(rollout.collect()).rejects.toMatchObject({
      name: "EnvironmentError",
      message: expect.stringMatching(/Faulty-v0, lane 5.*no ground/),
      stack: expect.stringContaining("environments.mjs"),
    });
  });

  it("that die end the rollout", async () => {
    const { rollout } = await together(deadly, { numEnvs: 8, workers: 2, ...memory });
    await expect(rollout.collect()).rejects.toThrow("the worker of lanes 4 to 7 died: exit code 7");
    await expect(rollout.collect()).rejects.toThrow();
  });
});

describe("workers", () => {
  it("are refused functions that they can't import, and lanes that there aren't", async () => {
    const { source: _, ...sourceless } = walk;
    await expect(together(sourceless, { numEnvs: 8, workers: 2 })).rejects.toThrow("Walk-v0 is made of functions");
    await expect(together(walk, { numEnvs: 2, workers: 3 })).rejects.toThrow("3 workers are more than the 2 environments");
  });
});

/** Count, means, variances of rows, two passes in float64. */
function statisticsOf(rows: readonly (readonly number[])[]): Float64Array {
  const n = rows[0]?.length ?? 0;
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const columns = Array.from({ length: n }, (_, j) => rows.map((row) => row[j] as number));
  const means = columns.map(mean);
  return Float64Array.of(rows.length, ...means, ...columns.map((values, j) => mean(values.map((value) => (value - (means[j] ?? 0)) ** 2))));
}

it("merged statistics are those of all rows, seen once", () => {
  const random = randomNormals(9);
  const rows = (count: number, offset: number) =>
    Array.from({ length: count }, () => drawn(3, random)).map((row) => [...row].map((x, j) => 100 * j + offset + x));
  const [before, first, second] = [rows(40, 0), rows(25, 2), rows(7, -1)];
  const merged = new Float64Array(7);
  const start = statisticsOf(before);
  mergeStatistics(merged, start, [statisticsOf([...before, ...first]), statisticsOf([...before, ...second])]);
  const wanted = statisticsOf([...before, ...first, ...second]);
  // A hundred roundings of 1e-16 of numbers whose squares are 4e4 times the variance. Measured: 6e-13.
  merged.forEach((value, i) => {
    expect(Math.abs(value / (wanted[i] as number) - 1)).toBeLessThan(1e-10);
  });
});
