/** What whole episodes say about their steps, against plain loops over them; and values that are estimated again. */
import { describe, expect, it } from "vitest";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { createEpisodeReturns, type Episode, stepsIn } from "../../src/rollout/episode-returns.js";
import { createRollout } from "../../src/rollout/rollout.js";
import { column, ownHeap } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type ReturnsKernels } from "../../src/wasm/kernels.js";
import { bitsOf } from "../oracle/bits.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { forward64, randomLayers } from "../oracle/network.js";
import { drawn, randomNormals, randomNumbers } from "../oracle/random.js";

/** Powers and sums over at most 40 steps in float32, relative. Measured: 1.8e-7. */
const FLOAT32_TOLERANCE = 1e-6;

const LANES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 13];
const STEPS = [1, 2, 3, 40];

/** Random ends of episodes and random returns on a heap of their own. */
async function randomCase(steps: number, lanes: number, module = MODULES.returns) {
  const heap = guardedHeap();
  const kernels = await instantiate<ReturnsKernels>(heap, module);
  const [normal, random] = [randomNormals(steps + lanes), randomNumbers(steps * lanes)];
  const filled = (draw: () => number) => {
    const made = column(heap, [steps, lanes]);
    made.data.set(drawn(steps * lanes, draw));
    return made;
  };
  const isEnd = () => Number(random() < 0.12);
  const columns = { terminated: filled(isEnd), truncated: filled(isEnd), returns: filled(normal) };
  const made = { whole: filled(() => Number.NaN), weight: filled(() => Number.NaN) };
  heap.soil();
  const ends = [columns.terminated.address, columns.truncated.address] as const;
  const run = (discount: number, onlyWhole: boolean) => {
    kernels.episodeReturns(made.whole.address, columns.returns.address, ...ends, steps, lanes);
    kernels.episodeWeights(made.weight.address, ...ends, steps, lanes, discount, Number(onlyWhole));
  };
  return { steps, lanes, columns, ...made, run, heap };
}

type Case = Awaited<ReturnType<typeof randomCase>>;

/** The episodes of a lane as rows [start, end), and whether each one ended. */
function episodesOf({ steps, lanes, columns }: Case, lane: number): (Episode & { readonly isEnded: boolean })[] {
  const episodes = [];
  let start = 0;
  for (let t = 0; t < steps; t++) {
    const at = t * lanes + lane;
    const isEnded = columns.terminated.data[at] === 1 || columns.truncated.data[at] === 1;
    if (!isEnded && t < steps - 1) continue;
    episodes.push({ lane, start, end: t + 1, isEnded });
    start = t + 1;
  }
  return episodes;
}

const close = (got: number, wanted: number) => Math.abs(got - wanted) / (1 + Math.abs(wanted)) < FLOAT32_TOLERANCE;

describe.each(LANES.flatMap((lanes) => STEPS.map((steps) => ({ lanes, steps }))))("over [$steps,$lanes]", ({ steps, lanes }) => {
  it.each([
    [1, false],
    [0.9, true],
    [0, true],
  ] as const)("every step gets its episode's return, and weight %f^t (only of whole episodes: %s)", async (discount, onlyWhole) => {
    const random = await randomCase(steps, lanes);
    random.run(discount, onlyWhole);
    for (let lane = 0; lane < lanes; lane++) {
      for (const { start, end, isEnded } of episodesOf(random, lane)) {
        for (let t = start; t < end; t++) {
          const at = t * lanes + lane;
          expect(random.whole.data[at]).toBe(random.columns.returns.data[start * lanes + lane]);
          const wanted = isEnded || !onlyWhole ? discount ** (t - start) : 0;
          expect(close(random.weight.data[at] as number, wanted), `weight at [${t},${lane}]`).toBe(true);
        }
      }
    }
  });

  it("the scalar twin has the same bits, and neither writes where it mustn't", async () => {
    const scalar = new URL(MODULES.returns.href.replace(/\.wasm$/, ".scalar.wasm"));
    const [a, b] = [await randomCase(steps, lanes), await randomCase(steps, lanes, scalar)];
    const inputs = ({ columns }: Case) => bitsOf(...Object.values(columns).map(({ data }) => data));
    const before = inputs(a);
    for (const one of [a, b]) one.run(0.97, true);
    expect(bitsOf(a.whole.data, a.weight.data)).toBe(bitsOf(b.whole.data, b.weight.data));
    expect([inputs(a), inputs(b)]).toEqual([before, before]);
    expect([a.heap.damaged(), b.heap.damaged()]).toEqual([[], []]);
  });
});

const GAMMA = 0.9;

/** A rollout of CartPole under a random network, with or without a critic. Episodes last at most 11 steps. */
async function randomRollout(hasCritic: boolean) {
  const heap = ownHeap();
  const env = await makeVec(environments["CartPole-v1"], { numEnvs: 5, heap, timeLimit: 11 });
  const actor = randomLayers(heap, [4, 5, 2], "tanh", 1);
  const critic = hasCritic ? randomLayers(heap, [4, 5, 1], "tanh", 2) : [];
  const sampler = { kind: "categorical" } as const;
  const rollout = await createRollout(env, { actor, critic, sampler }, { steps: 30, seed: 3, keepSuccessors: true });
  await rollout.collect();
  return { rollout, critic };
}

describe("the returns of a rollout's episodes", () => {
  it.each([true, false])(
    "are sums to their ends, bootstrapped if there is a critic (%s), and of the whole from the first step on",
    async (hasCritic) => {
      const { rollout } = await randomRollout(hasCritic);
      const returns = await createEpisodeReturns(rollout);
      returns.estimate(GAMMA);
      const { columns, env, options } = rollout;
      const at = (name: "reward" | "terminated" | "truncated" | "value" | "finalValue", t: number, n: number) =>
        columns[name].data[t * env.numEnvs + n] as number;
      let [truncations, terminations] = [0, 0];
      for (let n = 0; n < env.numEnvs; n++) {
        let first = 0;
        for (let t = 0; t < options.steps; t++) {
          let [sum, discount, k] = [0, 1, t];
          while (at("terminated", k, n) + at("truncated", k, n) === 0 && k < options.steps - 1) {
            sum += discount * at("reward", k++, n);
            discount *= GAMMA;
          }
          const cut = at("truncated", k, n) === 1 ? at("finalValue", k, n) : at("value", k + 1, n);
          const next = at("terminated", k, n) === 1 || !hasCritic ? 0 : cut;
          const wanted = sum + discount * (at("reward", k, n) + GAMMA * next);
          expect(close(columns.returns.data[t * env.numEnvs + n] as number, wanted)).toBe(true);
          expect(returns.whole.data[t * env.numEnvs + n]).toBe(columns.returns.data[first * env.numEnvs + n]);
          if (at("terminated", t, n) + at("truncated", t, n) > 0) first = t + 1;
          terminations += at("terminated", t, n);
          truncations += at("truncated", t, n);
        }
      }
      expect([terminations > 0, truncations > 0]).toEqual([true, true]);
    },
  );

  it("are listed episode by episode, those that the rollout's end cut left out", async () => {
    const { rollout } = await randomRollout(false);
    const returns = await createEpisodeReturns(rollout);
    returns.weigh(1, true);
    const episodes = returns.ended();
    const { columns, env } = rollout;
    const ends = columns.terminated.data.reduce((sum, x, i) => sum + Number(x + (columns.truncated.data[i] as number) > 0), 0);
    expect(episodes).toHaveLength(ends);
    for (const { lane, start, end } of episodes) {
      const isEnd = (t: number) =>
        (columns.terminated.data[t * env.numEnvs + lane] as number) + (columns.truncated.data[t * env.numEnvs + lane] as number) > 0;
      expect(isEnd(end - 1)).toBe(true);
      for (let t = start; t < end - 1; t++) expect(isEnd(t)).toBe(false);
      expect(start === 0 || isEnd(start - 1)).toBe(true);
    }
    expect(stepsIn(episodes)).toBe(returns.weight.data.reduce((sum, w) => sum + w, 0));
    expect(stepsIn(episodes)).toBeLessThan(rollout.size);
  });
});

describe("values that are estimated again", () => {
  it("are the present critic's, of every observation and of the final ones of truncated episodes", async () => {
    const { rollout, critic } = await randomRollout(true);
    const { columns, env, options } = rollout;
    const before = bitsOf(columns.value.data, columns.finalValue.data);
    rollout.estimateValues();
    expect(bitsOf(columns.value.data, columns.finalValue.data)).toBe(before);
    for (const { weight } of critic) weight.data.set(weight.data.map((w) => 2 * w));
    rollout.estimateValues();
    const wanted = (observation: Float32Array, i: number) => forward64(critic, observation.subarray(4 * i, 4 * i + 4))[0] as number;
    for (const [i, value] of columns.value.data.entries()) expect(close(value, wanted(columns.observation.data, i))).toBe(true);
    const next = columns.nextObservation?.data as Float32Array;
    for (let i = 0; i < options.steps * env.numEnvs; i++) {
      const isCut = columns.truncated.data[i] === 1 && columns.terminated.data[i] === 0;
      expect(close(columns.finalValue.data[i] as number, isCut ? wanted(next, i) : 0)).toBe(true);
    }
    expect(columns.finalValue.data.some((value) => value !== 0)).toBe(true);
  });

  it("need what the steps led to", async () => {
    const heap = ownHeap();
    const env = await makeVec(environments["CartPole-v1"], { numEnvs: 2, heap });
    const network = { actor: randomLayers(heap, [4, 2], "tanh", 1), critic: [], sampler: { kind: "categorical" } } as const;
    const rollout = await createRollout(env, network, { steps: 3, seed: 3 });
    expect(() => rollout.estimateValues()).toThrow("keepSuccessors");
  });
});
