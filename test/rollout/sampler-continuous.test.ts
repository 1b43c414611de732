/** Actions that are vectors, and their log-probabilities, against float64 and an independent generator: every kind of sampler over boxes. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { PURPOSE } from "../../src/core/seeds.js";
import { box } from "../../src/core/spaces.js";
import { defineEnvironment } from "../../src/envs/custom.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { LOG_STD_RANGE } from "../../src/nn/distributions.js";
import { createRollout, type Rollout } from "../../src/rollout/rollout.js";
import type { Sampler } from "../../src/rollout/sampler.js";
import { type Column, column, type Heap, ownHeap } from "../../src/wasm/heap.js";
import { squashed64 } from "../oracle/actor-critics.js";
import { clip64, mean64 } from "../oracle/losses.js";
import { forward64, logDensity64, randomLayers } from "../oracle/network.js";
import { stepNormals, stepUniforms } from "../oracle/philox.js";

/** Sums of a dozen float32 products through two layers, elementary functions, and a few steps of remembered noise. Measured: 1.5e-6. */
const FLOAT32_TOLERANCE = 5e-6;
/** How many standard errors a statistic may be off: one test in 10⁶ fails by chance, and the seed is fixed. */
const SIGMAS = 5;

const SEED = 12;
const INPUTS = 2;
const STEPS = 30;
const LANES = [1, 4, 13];
const LOW = [-0.5, -3, 1];
const HIGH = [0.5, 5, 1.25];

/** A world that goes round, of episodes of 7 steps at most and some of fewer, and what it was told to do. */
function roundabout(size: number, timeLimit = 7) {
  const told: number[][] = [];
  const spec = defineEnvironment({
    id: "Roundabout-v0",
    timeLimit,
    create() {
      let t = 0;
      const observe = () => [Math.fround(Math.sin(t)), Math.fround(Math.cos(2 * t))];
      return {
        observationSpace: box([-1, -1], [1, 1]),
        actionSpace: box(LOW.slice(0, size), HIGH.slice(0, size)),
        reset(random) {
          t = Math.floor(9 * random.uniform(0, 1));
          return observe();
        },
        step(action) {
          told.push([...action]);
          t++;
          return { observation: observe(), reward: 0, terminated: timeLimit > 0 && t % 11 === 0 };
        },
      };
    },
  }) as unknown as EnvironmentSpec;
  return { spec, told };
}

interface Setup {
  readonly size: number;
  readonly numEnvs: number;
  /** Outputs of the actor for each component. */
  readonly outputs: number;
  readonly samplerOn: (heap: Heap) => Sampler;
  readonly rescaleAction?: boolean;
}

async function setUp({ size, numEnvs, outputs, samplerOn, rescaleAction = true }: Setup) {
  const { spec, told } = roundabout(size);
  const heap = ownHeap();
  const env = await makeVec(spec, { numEnvs, heap });
  const actor = randomLayers(heap, [INPUTS, 6, outputs * size], "tanh", size);
  const sampler = samplerOn(heap);
  const rollout = await createRollout(env, { actor, critic: [], sampler }, { steps: STEPS, seed: SEED, rescaleAction });
  told.length = 0;
  const headAt = (row: number) => forward64(actor, rollout.columns.observation.data.subarray(row * INPUTS, (row + 1) * INPUTS));
  return { rollout, told, headAt, actor };
}

function numbersOn(heap: Heap, values: readonly number[]): Column<"float32"> {
  const made = column(heap, [values.length]);
  made.data.set(values);
  return made;
}

interface Drawn {
  readonly action: readonly number[];
  readonly logProb: number;
}

/** Compares every row of a rollout with what `draw` says of its lane and time, lane by lane. */
function expectDrawn({ columns, env: { numEnvs } }: Rollout, size: number, draw: (lane: number, t: number, row: number) => Drawn): void {
  const [action, logProb] = [columns.action.data, columns.logProb.data];
  const near = (got: number | undefined, wanted: number) =>
    Math.abs((got ?? Number.NaN) - wanted) <= FLOAT32_TOLERANCE * (1 + Math.abs(wanted));
  const stray: string[] = [];
  for (let lane = 0; lane < numEnvs; lane++) {
    for (let t = 0; t < STEPS; t++) {
      const row = t * numEnvs + lane;
      const wanted = draw(lane, t, row);
      const got = Array.from(action.subarray(row * size, (row + 1) * size));
      if (!wanted.action.every((x, k) => near(got[k], x))) stray.push(`lane ${lane}, step ${t}: ${got}, not ${wanted.action}`);
      if (!near(logProb[row], wanted.logProb)) stray.push(`lane ${lane}, step ${t}: ln π ${logProb[row]}, not ${wanted.logProb}`);
    }
  }
  expect(stray).toEqual([]);
  expect(new Set(action).size).toBeGreaterThan(STEPS / 2);
}

const normals = (lane: number, t: number, size: number) => stepNormals(SEED, PURPOSE.acting, lane, t, size);

/** Noise that remembers: x ← keep · x + deviation · normal, from 0 in every episode. */
function remembered({ columns, env: { numEnvs } }: Rollout, size: number, [keep, deviation]: readonly [number, number]) {
  const state = Array.from({ length: numEnvs }, () => Array<number>(size).fill(0));
  let forgotten = 0;
  const advance = (lane: number, t: number): number[] => {
    const before = (t - 1) * numEnvs + lane;
    const isNew = t > 0 && (columns.terminated.data[before] !== 0 || columns.truncated.data[before] !== 0);
    forgotten += Number(isNew);
    const old = isNew ? Array<number>(size).fill(0) : (state[lane] as number[]);
    const next = normals(lane, t, size).map((z, k) => keep * (old[k] as number) + deviation * z);
    state[lane] = next;
    return next;
  };
  return { advance, forgotten: () => forgotten };
}

/** Means and log-deviations from outputs. */
function halves(head: readonly number[], size: number): [mean: number[], logStd: number[]] {
  return [head.slice(0, size), head.slice(size).map((l) => clip64(l, LOG_STD_RANGE.min, LOG_STD_RANGE.max))];
}

const SIZES = [1, 2, 3];
const CASES = SIZES.flatMap((size) => LANES.map((numEnvs) => ({ size, numEnvs })));

describe.each(CASES)("actions of $size components in $numEnvs lanes", ({ size, numEnvs }) => {
  it("are normals whose deviations are outputs too", async () => {
    const { rollout, headAt } = await setUp({ size, numEnvs, outputs: 2, samplerOn: () => ({ kind: "gaussian" }) });
    rollout.collect();
    expectDrawn(rollout, size, (lane, t, row) => {
      const [mean, logStd] = halves(headAt(row), size);
      const noise = normals(lane, t, size);
      const action = mean.map((m, k) => m + Math.exp(logStd[k] as number) * (noise[k] as number));
      return { action, logProb: logDensity64(noise, logStd) };
    });
  });

  it("are tanh of normals, with the density that they have there", async () => {
    const { rollout, headAt } = await setUp({ size, numEnvs, outputs: 2, samplerOn: () => ({ kind: "squashedGaussian" }) });
    rollout.collect();
    expectDrawn(rollout, size, (lane, t, row) => squashed64(...halves(headAt(row), size), normals(lane, t, size)));
  });

  it("are tanh of normals whose noise remembers, until its episode ends", async () => {
    const memory = [0.9, 0.4] as const;
    const samplerOn = (heap: Heap) => ({ kind: "squashedGaussian", parameters: numbersOn(heap, memory) }) as const;
    const { rollout, headAt } = await setUp({ size, numEnvs, outputs: 2, samplerOn });
    rollout.collect();
    const { advance, forgotten } = remembered(rollout, size, memory);
    expectDrawn(rollout, size, (lane, t, row) => squashed64(...halves(headAt(row), size), advance(lane, t)));
    expect(forgotten()).toBeGreaterThan(2 * numEnvs);
  });

  it.each([
    ["independent noise", [0, 0.9]],
    ["an Ornstein-Uhlenbeck process", [0.85, 0.6]],
  ] as const)("are the actor's outputs and %s, kept within ±1", async (_, memory) => {
    const samplerOn = (heap: Heap) => ({ kind: "noisy", parameters: numbersOn(heap, memory) }) as const;
    const { rollout, headAt } = await setUp({ size, numEnvs, outputs: 1, samplerOn });
    rollout.collect();
    const { advance } = remembered(rollout, size, memory);
    let clipped = 0;
    expectDrawn(rollout, size, (lane, t, row) => {
      const noise = advance(lane, t);
      const action = headAt(row).map((mean, k) => clip64(mean + (noise[k] as number), -1, 1));
      clipped += action.filter((a) => Math.abs(a) === 1).length;
      return { action, logProb: 0 };
    });
    expect(clipped).toBeGreaterThan(0);
    expect(clipped).toBeLessThan(STEPS * numEnvs * size);
  });

  it.each([
    ["the bounds", false],
    ["±1, which stands for them", true],
  ])("are uniform within %s, whatever the network says", async (_, rescaleAction) => {
    const samplerOn = () => ({ kind: "squashedGaussian" }) as const;
    const { rollout } = await setUp({ size, numEnvs, outputs: 2, samplerOn, rescaleAction });
    rollout.sampler.isUniform = true;
    rollout.collect();
    const [low, high] = rescaleAction ? [LOW.map(() => -1), HIGH.map(() => 1)] : [LOW, HIGH];
    expectDrawn(rollout, size, (lane, t) => {
      const width = (k: number) => (high[k] as number) - (low[k] as number);
      const action = stepUniforms(SEED, PURPOSE.acting, lane, t, size).map((u, k) => (low[k] as number) + width(k) * u);
      return { action, logProb: -action.reduce((sum, _, k) => sum + Math.log(width(k)), 0) };
    });
  });

  it("reach the environment as ±1 stands for its bounds", async () => {
    const { rollout, told } = await setUp({ size, numEnvs, outputs: 2, samplerOn: () => ({ kind: "squashedGaussian" }) });
    rollout.collect();
    const wanted = Array.from(rollout.columns.action.data, (a, i) => {
      const [low, high] = [LOW[i % size] as number, HIGH[i % size] as number];
      return low + (0.5 * a + 0.5) * (high - low);
    });
    const errors = told.flat().map((x, i) => Math.abs(x - (wanted[i] as number)) / (1 + Math.abs(wanted[i] as number)));
    expect(errors).toHaveLength(STEPS * numEnvs * size);
    expect(Math.max(...errors)).toBeLessThan(FLOAT32_TOLERANCE);
  });
});

it("uniform actions count as draws: acting by the policy goes on at the step where it takes over", async () => {
  const setup = { size: 2, numEnvs: 3, outputs: 2, samplerOn: () => ({ kind: "squashedGaussian" }) as const };
  const { rollout, headAt } = await setUp(setup);
  rollout.sampler.isUniform = true;
  rollout.collect();
  rollout.sampler.isUniform = false;
  rollout.collect();
  expectDrawn(rollout, 2, (lane, t, row) => squashed64(...halves(headAt(row), 2), normals(lane, STEPS + t, 2)));
});

it("uniform actions are refused where there are no bounds", async () => {
  const { spec } = roundabout(1);
  const heap = ownHeap();
  const env = await makeVec({ ...spec, actionSpace: box([-Infinity], [0]) } as EnvironmentSpec, { numEnvs: 1, heap });
  const network = { actor: randomLayers(heap, [INPUTS, 2], "tanh", 1), critic: [], sampler: { kind: "squashedGaussian" } as const };
  const rollout = await createRollout(env, network, { steps: 1, seed: SEED });
  expect(() => {
    rollout.sampler.isUniform = true;
  }).toThrow(new UsageError("uniform actions need an action space with bounds"));
  rollout.sampler.isUniform = false;
});

it("squashed actions far out in the tails have the density that they have there", async () => {
  for (const mean of [9, 20, 60, -9, -44, -300]) {
    const samplerOn = () => ({ kind: "squashedGaussian" }) as const;
    const { rollout, actor } = await setUp({ size: 3, numEnvs: 4, outputs: 2, samplerOn });
    const logStds = [2, -20, 0.5];
    for (const { weight, bias } of actor) {
      weight.data.fill(0);
      if (bias.length === 6) bias.data.set([mean, -mean, mean, ...logStds]);
    }
    rollout.collect();
    const logProb = rollout.columns.logProb.data;
    const errors = Array.from(logProb, (got, row) => {
      const noise = normals(row % 4, Math.floor(row / 4), 3);
      const { logProb: wanted } = squashed64([mean, -mean, mean], logStds, noise);
      return Math.abs(got - wanted) / (1 + Math.abs(wanted));
    });
    expect(Math.max(...errors), `mean ${mean}`).toBeLessThan(FLOAT32_TOLERANCE);
  }
});

it("noise that remembers has, in the long run, the deviation of noise that doesn't, and the correlation that it was given", async () => {
  const [keep, numEnvs, steps] = [0.8, 50, 400];
  const { spec } = roundabout(1, 0);
  const heap = ownHeap();
  const env = await makeVec(spec, { numEnvs, heap });
  const actor = randomLayers(heap, [INPUTS, 2], "tanh", 1);
  for (const { weight, bias } of actor) {
    weight.data.fill(0);
    bias.data.set([0, Math.log(0.1)]);
  }
  const sampler = { kind: "squashedGaussian", parameters: numbersOn(heap, [keep, Math.sqrt(1 - keep ** 2)]) } as const;
  const rollout = await createRollout(env, { actor, critic: [], sampler }, { steps, seed: SEED });
  rollout.collect();
  const noise = Array.from(rollout.columns.action.data, (a) => Math.atanh(a) / 0.1);
  const settled = noise.slice(20 * numEnvs);
  const draws = settled.length * ((1 - keep) / (1 + keep)); // how many independent draws tell as much
  expect(Math.abs(mean64(settled.map((x) => x * x)) - 1)).toBeLessThan(SIGMAS * Math.sqrt(2 / draws));
  const products = settled.slice(numEnvs).map((x, i) => x * (settled[i] as number));
  expect(Math.abs(mean64(products) - keep)).toBeLessThan(SIGMAS * Math.sqrt(2 / draws));
});
