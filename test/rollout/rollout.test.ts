/** Recorded rollouts against a float64 forward pass, an independent generator, and a second environment that replays them. */
import { describe, expect, it } from "vitest";
import { PURPOSE } from "../../src/core/seeds.js";
import { discrete, featuresOf, type Space, sizeOf } from "../../src/core/spaces.js";
import { environments } from "../../src/envs/registry.js";
import type { EnvironmentSpec } from "../../src/envs/spec.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { type Plan, writePlan } from "../../src/rollout/plan.js";
import { type ActingNetwork, createRollout, type Rollout } from "../../src/rollout/rollout.js";
import { type Column, column, type Heap, ownHeap } from "../../src/wasm/heap.js";
import type { DenseLayer } from "../../src/wasm/layers.js";
import { bitsOf } from "../oracle/bits.js";
import { registered } from "../oracle/environments.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { forward64, logDensity64, logSoftmax64, randomLayers } from "../oracle/network.js";
import { stepNormals, stepUniforms } from "../oracle/philox.js";
import { drawn, randomNormals } from "../oracle/random.js";

/** Sums of a dozen float32 products through three layers, and one elementary function: some ten roundings of 6e-8. Measured: 1e-6. */
const FLOAT32_TOLERANCE = 3e-6;
/** A draw this near to where one action becomes another may fall on either side in float32. */
const BOUNDARY = 1e-5;
/** How many standard errors a frequency may be off: one test in 10⁶ fails by chance, and the seed is fixed. */
const SIGMAS = 5;

const SEED = 12;
/** Short episodes, so that rollouts hold truncations, and terminations where the task has them early. */
const TIME_LIMIT = 13;
const LANE_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 13];

interface Setup {
  readonly steps: number;
  readonly numEnvs: number;
  readonly seed?: number;
  readonly heap?: Heap;
  readonly timeLimit?: number;
}

/** A random network whose actions vary with the observation. */
function randomNetwork(heap: Heap, { observationSpace, actionSpace }: EnvironmentSpec): ActingNetwork & { logStd?: Column<"float32"> } {
  const inputs = featuresOf(observationSpace);
  const actor = randomLayers(heap, [inputs, 7, 5, featuresOf(actionSpace)], "tanh", 1);
  const critic = randomLayers(heap, [inputs, 6, 1], "relu", 2);
  if (actionSpace.kind === "discrete") return { actor, critic, sampler: { kind: "categorical" } };
  const logStd = column(heap, [sizeOf(actionSpace)]);
  logStd.data.set(drawn(logStd.length, randomNormals(3)));
  return { actor, critic, sampler: { kind: "gaussian", logStd }, logStd };
}

async function setUp(spec: EnvironmentSpec, { steps, numEnvs, seed = SEED, heap = ownHeap(), timeLimit = TIME_LIMIT }: Setup) {
  const env = await makeVec(spec, { numEnvs, heap, timeLimit });
  const network = randomNetwork(heap, spec);
  return { network, rollout: await createRollout(env, network, { steps, seed }) };
}

/** Copies of what was recorded, all but the estimates. */
function recorded({ columns }: Rollout) {
  const { advantage: _, returns: __, ...record } = columns;
  return Object.fromEntries(Object.entries(record).map(([name, { data }]) => [name, data.slice()])) as Record<
    keyof typeof record,
    Float32Array
  >;
}

/** Row t of lane n, from time-major data of N lanes. */
const rowOf = (data: Float32Array, width: number, numEnvs: number, t: number, n: number) =>
  data.subarray((t * numEnvs + n) * width, (t * numEnvs + n + 1) * width);

const near = (got: number | undefined, wanted: number) =>
  Math.abs((got ?? Number.NaN) - wanted) <= FLOAT32_TOLERANCE * (1 + Math.abs(wanted));

/** The action that a uniform draw stands for, or undefined where float32 can't be held to it. */
function drawnIndex(logits: readonly number[], uniform: number): number | undefined {
  let cumulative = 0;
  let index = 0;
  for (const logProb of logSoftmax64(logits).slice(0, -1)) {
    cumulative += Math.exp(logProb);
    if (Math.abs(cumulative - uniform) < BOUNDARY) return undefined;
    index += cumulative <= uniform ? 1 : 0;
  }
  return index;
}

/** Rows as a network sees them: indices become one-hot. */
function asSeen(space: Space, rows: Float32Array): Float32Array {
  if (space.kind === "box") return rows;
  return Float32Array.from([...rows].flatMap((index) => Array.from({ length: space.n }, (_, i) => Number(i === index))));
}

describe.each(registered.map((spec) => ({ id: spec.id, spec })))("a rollout of $id", ({ spec }) => {
  const { observationSpace, actionSpace } = spec;
  const width = featuresOf(observationSpace);
  const actionSize = sizeOf(actionSpace);

  it.each([1, 4, 13])("of %i lanes records values of a float64 forward pass, also after its last step", async (numEnvs) => {
    const { network, rollout } = await setUp(spec, { steps: 50, numEnvs });
    rollout.collect();
    const { observation, value } = recorded(rollout);
    expect(value).toHaveLength(51 * numEnvs);
    const values = Array.from(value, (_, i) => forward64(network.critic, observation.subarray(i * width, (i + 1) * width))[0] as number);
    expect(values.filter((wanted, i) => !near(value[i], wanted))).toEqual([]);
    expect(new Set(value).size).toBeGreaterThan(observationSpace.kind === "box" ? value.length / 2 : 2);
  });

  it.each([1, 4, 13])("of %i lanes records the actions that its noise stands for, and their log-probabilities", async (numEnvs) => {
    const { network, rollout } = await setUp(spec, { steps: 50, numEnvs });
    rollout.collect();
    const { observation, action, logProb } = recorded(rollout);
    const logStd = network.logStd?.data ?? [];
    const stray: string[] = [];
    let clear = 0;
    for (let i = 0; i < logProb.length; i++) {
      const [t, lane] = [Math.floor(i / numEnvs), i % numEnvs];
      const head = forward64(network.actor, observation.subarray(i * width, (i + 1) * width));
      if (actionSpace.kind === "discrete") {
        const wanted = drawnIndex(head, stepUniforms(SEED, PURPOSE.acting, lane, t, 1)[0] as number);
        if (!near(logProb[i], logSoftmax64(head)[action[i] as number] as number)) stray.push(`log-probability of row ${i}: ${logProb[i]}`);
        if (wanted === undefined) continue;
        if (action[i] !== wanted) stray.push(`action of row ${i}: ${action[i]}, not ${wanted}`);
      } else {
        const noise = stepNormals(SEED, PURPOSE.acting, lane, t, actionSize);
        const wanted = head.map((mean, k) => mean + Math.exp(logStd[k] as number) * (noise[k] as number));
        if (!wanted.every((x, k) => near(action[i * actionSize + k], x))) stray.push(`action of row ${i}, not ${wanted}`);
        if (!near(logProb[i], logDensity64(noise, logStd))) stray.push(`log-probability of row ${i}: ${logProb[i]}`);
      }
      clear++;
    }
    expect(stray).toEqual([]);
    expect(clear).toBeGreaterThan(0.99 * logProb.length - 1);
    expect(new Set(action).size).toBeGreaterThan(1);
  });

  it.each([1, 4, 13])("of %i lanes is what the environment does with those actions, bit by bit", async (numEnvs) => {
    const steps = 60;
    const { network, rollout } = await setUp(spec, { steps, numEnvs });
    rollout.collect();
    const { observation, action, reward, terminated, truncated, finalValue } = recorded(rollout);
    const env = await makeVec(spec, { numEnvs, timeLimit: TIME_LIMIT });
    const row = (data: Float32Array, t: number, size = 1) => data.subarray(t * numEnvs * size, (t + 1) * numEnvs * size);
    expect(bitsOf(row(observation, 0, width))).toBe(bitsOf(asSeen(observationSpace, env.reset(SEED))));
    let [truncations, outside] = [0, 0];
    for (let t = 0; t < steps; t++) {
      const taken = Array.from(row(action, t, actionSize), (x, i) => {
        if (actionSpace.kind === "discrete") return x;
        const clipped = Math.min(Math.max(x, actionSpace.low[i % actionSize] as number), actionSpace.high[i % actionSize] as number);
        outside += Number(clipped !== x);
        return clipped;
      });
      const result = env.step(taken);
      expect(bitsOf(row(observation, t + 1, width)), `observation after step ${t}`).toBe(
        bitsOf(asSeen(observationSpace, result.observation)),
      );
      expect(bitsOf(row(reward, t)), `reward of step ${t}`).toBe(bitsOf(result.reward));
      expect(bitsOf(row(terminated, t)), `terminations at step ${t}`).toBe(bitsOf(result.terminated));
      expect(bitsOf(row(truncated, t)), `truncations at step ${t}`).toBe(bitsOf(result.truncated));
      for (let n = 0; n < numEnvs; n++) {
        const isCut = result.truncated[n] === 1 && result.terminated[n] === 0;
        const wanted = isCut
          ? (forward64(network.critic, rowOf(asSeen(observationSpace, result.finalObservation), width, numEnvs, 0, n))[0] as number)
          : 0;
        expect(near(finalValue[t * numEnvs + n], wanted), `final value of lane ${n} at step ${t}: ${finalValue[t * numEnvs + n]}`).toBe(
          true,
        );
        if (isCut) expect(finalValue[t * numEnvs + n]).not.toBe(0);
        truncations += Number(isCut);
      }
    }
    expect(truncations).toBeGreaterThan(0);
    if (actionSpace.kind === "box") expect(outside, "actions beyond the bounds").toBeGreaterThan(0);
  });

  it("goes on where the one before it ended: two of T steps are one of 2T", async () => {
    for (const numEnvs of [1, 5, 8]) {
      const [half, whole] = [(await setUp(spec, { steps: 25, numEnvs })).rollout, (await setUp(spec, { steps: 50, numEnvs })).rollout];
      half.collect();
      const first = recorded(half);
      half.collect();
      const second = recorded(half);
      whole.collect();
      const both = recorded(whole);
      for (const name of Object.keys(both) as (keyof typeof both)[]) {
        const rows = name === "observation" || name === "value" ? 26 : 25; // the row after the last step is the next rollout's first
        const rowLength = first[name].length / rows;
        expect(bitsOf(first[name].subarray(0, 25 * rowLength)), name).toBe(bitsOf(both[name].subarray(0, 25 * rowLength)));
        expect(bitsOf(second[name]), name).toBe(bitsOf(both[name].subarray(25 * rowLength)));
      }
    }
  });

  it("plays each lane the same however many lanes there are", async () => {
    const [steps, most] = [30, 13];
    const { rollout } = await setUp(spec, { steps, numEnvs: most });
    rollout.collect();
    const reference = recorded(rollout);
    for (const numEnvs of LANE_COUNTS) {
      const { rollout: smaller } = await setUp(spec, { steps, numEnvs });
      smaller.collect();
      for (const [name, data] of Object.entries(recorded(smaller)) as [keyof typeof reference, Float32Array][]) {
        const rows = name === "observation" || name === "value" ? steps + 1 : steps;
        const size = data.length / (rows * numEnvs);
        const lanes = Array.from({ length: rows }, (_, t) => reference[name].subarray(t * most * size, (t * most + numEnvs) * size));
        expect(bitsOf(data), `${name} of ${numEnvs} lanes`).toBe(lanes.map((lane) => bitsOf(lane)).join(""));
      }
    }
  });

  it("repeats itself from the same seed, and only from it", async () => {
    const play = async (seed: number) => {
      const { rollout } = await setUp(spec, { steps: 20, numEnvs: 5, seed });
      rollout.collect();
      return bitsOf(...Object.values(recorded(rollout)));
    };
    const once = await play(1);
    expect(await play(1)).toBe(once);
    expect(await play(2)).not.toBe(once);
  });

  it("writes nothing beyond its columns", async () => {
    for (const numEnvs of LANE_COUNTS) {
      const heap = guardedHeap();
      const { rollout } = await setUp(spec, { steps: 7, numEnvs, heap, timeLimit: 3 });
      heap.soil();
      rollout.collect();
      rollout.collect();
      rollout.estimateAdvantages(0.99, 0.95);
      expect(heap.damaged(), `${numEnvs} lanes`).toEqual([]);
    }
  });

  it("does not care that its memory grows between two of them", async () => {
    const play = async (between: (heap: Heap) => void) => {
      const heap = ownHeap();
      const { rollout } = await setUp(spec, { steps: 20, numEnvs: 5, heap });
      rollout.collect();
      between(heap);
      rollout.collect();
      return bitsOf(...Object.values(recorded(rollout)));
    };
    const grown = await play((heap) => column(heap, [1_000_000]).data.fill(1));
    expect(grown).toBe(await play(() => {}));
  });

  it("without a critic leaves values and final values at 0", async () => {
    const env = await makeVec(spec, { numEnvs: 5, timeLimit: 3 });
    const network = randomNetwork(env.heap, spec);
    const rollout = await createRollout(env, { ...network, critic: [] }, { steps: 20, seed: SEED });
    rollout.collect();
    const { rollout: valued } = await setUp(spec, { steps: 20, numEnvs: 5, timeLimit: 3 });
    valued.collect();
    const [{ value, finalValue, ...rest }, { value: _, finalValue: __, ...wanted }] = [recorded(rollout), recorded(valued)];
    expect([...value, ...finalValue].every((x) => x === 0)).toBe(true);
    expect(bitsOf(...Object.values(rest))).toBe(bitsOf(...Object.values(wanted)));
  });

  it("estimates advantages from its own columns", async () => {
    const [steps, numEnvs, gamma, lambda] = [40, 5, 0.97, 0.9];
    const { rollout } = await setUp(spec, { steps, numEnvs });
    rollout.collect();
    rollout.estimateAdvantages(gamma, lambda);
    const { value, reward, terminated, truncated, finalValue } = recorded(rollout);
    const [advantage, returns] = [rollout.columns.advantage.data, rollout.columns.returns.data];
    const largest = Math.max(...[...value, ...reward, ...finalValue].map(Math.abs)); // sums cancel, their roundings don't
    const errors: number[] = [];
    for (let n = 0; n < numEnvs; n++) {
      let carried = 0;
      for (let i = (steps - 1) * numEnvs + n; i >= 0; i -= numEnvs) {
        const next = truncated[i] ? (finalValue[i] as number) : (value[i + numEnvs] as number);
        if (terminated[i] || truncated[i]) carried = 0;
        carried = (reward[i] as number) + gamma * (terminated[i] ? 0 : next) - (value[i] as number) + gamma * lambda * carried;
        errors.push((advantage[i] as number) - carried, (returns[i] as number) - carried - (value[i] as number));
      }
    }
    expect(errors).toHaveLength(2 * steps * numEnvs);
    expect(Math.max(...errors.map(Math.abs)) / (1 + largest)).toBeLessThan(FLOAT32_TOLERANCE);
  });
});

/** One layer without weights: the same head for every observation. */
function constantHead(heap: Heap, inputs: number, head: readonly number[]): DenseLayer {
  const [weight, bias] = [column(heap, [inputs, head.length]), column(heap, [head.length])];
  bias.data.set(head);
  return { weight, bias, activation: "linear" };
}

describe("acting on constant logits", () => {
  it.each([[[0, 0]], [[1.5, 0]], [[-3, 2]], [[100, -100]], [[-1e30, -1e30]], [[0, 1, -1, 0.5, 2]], [[3]]])(
    "%j takes each action as often as the softmax says",
    async (logits) => {
      const [steps, numEnvs] = [500, 65];
      const heap = ownHeap();
      const spec = { ...environments["CartPole-v1"], actionSpace: discrete(logits.length) }; // whose physics takes all but 1 for 0
      const env = await makeVec(spec, { numEnvs, heap });
      const actor = [constantHead(heap, featuresOf(spec.observationSpace), logits)];
      const rollout = await createRollout(env, { actor, critic: [], sampler: { kind: "categorical" } }, { steps, seed: 4 });
      rollout.collect();
      const actions = rollout.columns.action.data;
      for (const [index, logProb] of logSoftmax64(logits).entries()) {
        const p = Math.exp(logProb);
        const frequency = actions.filter((action) => action === index).length / actions.length;
        expect(Math.abs(frequency - p), `action ${index}`).toBeLessThanOrEqual(SIGMAS * Math.sqrt((p * (1 - p)) / actions.length));
      }
    },
  );
});

it("a plan that the kernel would read differently is refused", () => {
  const heap = ownHeap();
  expect(() => writePlan(heap, {} as Plan, 100)).toThrow("the rollout kernel's plan has 100 bytes, not 148; run npm run build");
});
