/** Acting on action values: ε-greedy, Boltzmann and uniform indices against an independent generator, and against their own laws. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { PURPOSE } from "../../src/core/seeds.js";
import { box, discrete, featuresOf } from "../../src/core/spaces.js";
import { environments } from "../../src/envs/registry.js";
import { makeVec } from "../../src/envs/vec-env.js";
import { createRollout, type Rollout } from "../../src/rollout/rollout.js";
import { type Sampler, SamplerRecord } from "../../src/rollout/sampler.js";
import { column, type Heap, ownHeap } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../src/wasm/kernels.js";
import type { DenseLayer } from "../../src/wasm/layers.js";
import { bitsOf } from "../oracle/bits.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { forward64, logSoftmax64, randomLayers } from "../oracle/network.js";
import { stepUniforms } from "../oracle/philox.js";

/** Values of float32 sums through three layers, divided by the temperature, and a logarithm. Measured: 7e-7. */
const FLOAT32_TOLERANCE = 3e-6;
/** A draw this near to where one action becomes another, or values this near to one another, may go either way in float32. */
const BOUNDARY = 1e-5;
/** How many standard errors a frequency may be off: one test in 10⁶ fails by chance, and the seed is fixed. */
const SIGMAS = 5;
const LANE_COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 13];
const SEED = 5;
const ACTIONS = 5;

/** CartPole, whose physics takes all actions but 1 for 0. */
const spec = { ...environments["CartPole-v1"], actionSpace: discrete(ACTIONS) };
const INPUTS = featuresOf(spec.observationSpace);

interface Setup {
  readonly kind: "epsilonGreedy" | "boltzmann" | "categorical";
  /** ε or the temperature. */
  readonly amount: number;
  readonly steps?: number;
  readonly numEnvs?: number;
  readonly heap?: Heap;
  readonly actor?: (heap: Heap) => DenseLayer[];
}

/** A network whose values differ by about 1 from one action to another, and by as much from one of CartPole's small observations to another. */
function randomActor(heap: Heap): DenseLayer[] {
  const layers = randomLayers(heap, [INPUTS, 7, 6, ACTIONS], "tanh", 1);
  const first = layers[0]?.weight.data ?? [];
  for (const [i, weight] of first.entries()) first[i] = 20 * weight;
  return layers;
}

async function setUp({ kind, amount, steps = 40, numEnvs = 5, heap = ownHeap(), actor = randomActor }: Setup) {
  const env = await makeVec(spec, { numEnvs, heap, timeLimit: 11 });
  const current = column(heap, [1]);
  current.data[0] = amount;
  const samplers: Readonly<Record<Setup["kind"], Sampler>> = {
    epsilonGreedy: { kind: "epsilonGreedy", epsilon: current },
    boltzmann: { kind: "boltzmann", temperature: current },
    categorical: { kind: "categorical" },
  };
  const layers = actor(heap);
  const rollout = await createRollout(env, { actor: layers, critic: [], sampler: samplers[kind] }, { steps, seed: SEED });
  return { rollout, layers, current };
}

/** Every action of a rollout, with the uniforms that its lane drew at the step and the values that the network gave. */
function* drawsOf({ columns, env: { numEnvs } }: Rollout, layers: readonly DenseLayer[], stepsBefore = 0) {
  const { observation, action, logProb } = columns;
  const [observations, actions, logProbs] = [observation.data, action.data, logProb.data];
  for (let i = 0; i < actions.length; i++) {
    const [t, lane] = [Math.floor(i / numEnvs), i % numEnvs];
    yield {
      name: `row ${i}`,
      action: actions[i] as number,
      logProb: logProbs[i] as number,
      uniforms: stepUniforms(SEED, PURPOSE.acting, lane, stepsBefore + t, 2) as [number, number],
      values: forward64(layers, observations.subarray(i * INPUTS, (i + 1) * INPUTS)),
    };
  }
}

/** Where the first largest value stands, or undefined if float32 can't be held to it. */
function bestOf(values: readonly number[]): number | undefined {
  const [first = 0, second = 0] = values.toSorted((a, b) => b - a);
  return first - second < BOUNDARY ? undefined : values.indexOf(first);
}

/** The index in whose part of [0, 1) a uniform lies, or undefined if float32 can't be held to it. */
function indexAt(logProbs: readonly number[], uniform: number): number | undefined {
  let cumulative = 0;
  let index = 0;
  for (const logProb of logProbs.slice(0, -1)) {
    cumulative += Math.exp(logProb);
    if (Math.abs(cumulative - uniform) < BOUNDARY) return undefined;
    index += cumulative <= uniform ? 1 : 0;
  }
  return index;
}

/** One of n integers from a uniform, as float32 multiplies. */
function integerAt(uniform: number, n: number): number {
  const scaled = Math.fround(n * uniform);
  return scaled < n ? Math.floor(scaled) : 0;
}

const near = (got: number, wanted: number) => Math.abs(got - wanted) <= FLOAT32_TOLERANCE * (1 + Math.abs(wanted));

describe("ε-greedy actions", () => {
  it.each([0, 0.1, 0.5, 1])("with ε = %d are the best ones, or any where the first uniform is below ε", async (epsilon) => {
    const { rollout, layers } = await setUp({ kind: "epsilonGreedy", amount: epsilon });
    rollout.collect();
    const stray: string[] = [];
    const seen = new Set<string>();
    for (const { name, action, logProb, uniforms, values } of drawsOf(rollout, layers)) {
      const best = bestOf(values);
      if (best === undefined) continue;
      const explores = uniforms[0] < epsilon;
      if (action !== (explores ? integerAt(uniforms[1], ACTIONS) : best)) stray.push(`${name} takes ${action}`);
      const probability = epsilon / ACTIONS + (action === best ? 1 - epsilon : 0);
      if (!near(logProb, Math.log(probability))) stray.push(`${name} has log-probability ${logProb}`);
      seen.add(explores ? "any" : "best");
    }
    expect(stray).toEqual([]);
    expect([...seen].sort()).toEqual(epsilon === 0 ? ["best"] : epsilon === 1 ? ["any"] : ["any", "best"]);
  });

  it("take the first of several best ones", async () => {
    const { rollout } = await setUp({ kind: "epsilonGreedy", amount: 0, actor: (heap) => constantHead(heap, [0, 2, -1, 2, 2]) });
    rollout.collect();
    expect(new Set(rollout.columns.action.data)).toEqual(new Set([1]));
  });

  it("follow ε as it changes between rollouts", async () => {
    const { rollout, layers, current } = await setUp({ kind: "epsilonGreedy", amount: 1 });
    rollout.collect();
    current.data[0] = 0;
    rollout.collect();
    const taken = [...drawsOf(rollout, layers, 40)];
    expect(taken.every(({ action, values }) => [action, undefined].includes(bestOf(values)))).toBe(true);
    expect(new Set(taken.map(({ action }) => action)).size).toBeGreaterThan(1);
  });
});

describe("Boltzmann actions", () => {
  it.each([0.05, 0.5, 1, 20])("at temperature %d come from softmax(values / temperature)", async (temperature) => {
    const { rollout, layers } = await setUp({ kind: "boltzmann", amount: temperature });
    rollout.collect();
    const stray: string[] = [];
    for (const { name, action, logProb, uniforms, values } of drawsOf(rollout, layers)) {
      const logProbs = logSoftmax64(values.map((value) => value / temperature));
      const wanted = indexAt(logProbs, uniforms[0]);
      if (wanted !== undefined && action !== wanted) stray.push(`${name} takes ${action}, not ${wanted}`);
      if (!near(logProb, logProbs[action] as number)) stray.push(`${name} has log-probability ${logProb}`);
    }
    expect(stray).toEqual([]);
    expect(new Set(rollout.columns.action.data).size).toBeGreaterThan(1);
  });

  it.each([0, 1e-30, 1e-45])("at temperature %d are the best ones, for certain", async (temperature) => {
    const { rollout, layers } = await setUp({ kind: "boltzmann", amount: temperature });
    rollout.collect();
    for (const { name, action, logProb, values } of drawsOf(rollout, layers)) {
      const best = bestOf(values);
      if (best !== undefined) expect([name, action, logProb]).toEqual([name, best, 0]);
    }
  });

  it.each([
    [[1e30, 0, -1e30, 0, 0], 1e-10, [1, 0, 0, 0, 0]],
    [[-1e30, -1e30, -1e30, -1e30, -1e30], 1, [0.2, 0.2, 0.2, 0.2, 0.2]],
    [[3e38, 3e38, -3e38, 0, 0], 1e-3, [0.5, 0.5, 0, 0, 0]],
  ])("of values %j at temperature %d neither overflow nor lose anything", async (values, temperature, probabilities) => {
    const { rollout } = await setUp({ kind: "boltzmann", amount: temperature, steps: 400, actor: (heap) => constantHead(heap, values) });
    rollout.collect();
    expectFrequencies(rollout, probabilities);
    expect(rollout.columns.logProb.data.every((logProb) => Number.isFinite(logProb) && logProb <= 0)).toBe(true);
  });
});

/** One layer without weights: the same values for every observation. */
function constantHead(heap: Heap, head: readonly number[]): DenseLayer[] {
  const [weight, bias] = [column(heap, [INPUTS, head.length]), column(heap, [head.length])];
  bias.data.set(head);
  return [{ weight, bias, activation: "linear" }];
}

function expectFrequencies({ columns }: Rollout, probabilities: readonly number[]): void {
  const actions = columns.action.data;
  for (const [index, p] of probabilities.entries()) {
    const frequency = actions.filter((action) => action === index).length / actions.length;
    expect(Math.abs(frequency - p), `action ${index}`).toBeLessThanOrEqual(SIGMAS * Math.sqrt((p * (1 - p)) / actions.length));
  }
}

describe("actions on constant values", () => {
  const VALUES = [0.5, -1, 2, 0, 1];
  const boltzmann = (temperature: number) => logSoftmax64(VALUES.map((value) => value / temperature)).map(Math.exp);
  it.each([
    ["epsilonGreedy", 0.3, VALUES.map((value) => 0.06 + (value === 2 ? 0.7 : 0))],
    ["epsilonGreedy", 1, VALUES.map(() => 0.2)],
    ["boltzmann", 0.5, boltzmann(0.5)],
    ["boltzmann", 1e6, VALUES.map(() => 0.2)],
  ] as const)("come as often as %s with %d says", async (kind, amount, probabilities) => {
    const { rollout } = await setUp({ kind, amount, steps: 500, numEnvs: 65, actor: (heap) => constantHead(heap, VALUES) });
    rollout.collect();
    expectFrequencies(rollout, probabilities);
  });
});

describe.each(["epsilonGreedy", "boltzmann", "categorical"] as const)("uniform actions in the place of %s ones", (kind) => {
  const uniform = Array<number>(ACTIONS).fill(-Math.log(ACTIONS));

  it("take each index in its fifth of the uniforms, and end when they shall", async () => {
    const { rollout, layers } = await setUp({ kind, amount: 0.1, steps: 20, numEnvs: 7 });
    rollout.sampler.isUniform = true;
    rollout.collect();
    for (const { name, action, logProb, uniforms } of drawsOf(rollout, layers)) {
      expect([name, action]).toEqual([name, indexAt(uniform, uniforms[0]) ?? action]);
      expect(near(logProb, -Math.log(ACTIONS)), `${name} has log-probability ${logProb}`).toBe(true);
    }
    rollout.sampler.isUniform = false;
    rollout.collect();
    const { rollout: always } = await setUp({ kind, amount: 0.1, steps: 20, numEnvs: 7 });
    always.sampler.isUniform = true;
    always.collect();
    always.collect();
    expect(bitsOf(rollout.columns.action.data)).not.toBe(bitsOf(always.columns.action.data));
  });

  it("come equally often", async () => {
    const { rollout } = await setUp({ kind, amount: 0, steps: 500, numEnvs: 65, actor: (heap) => constantHead(heap, [9, 0, 0, 0, -9]) });
    rollout.sampler.isUniform = true;
    rollout.collect();
    expectFrequencies(
      rollout,
      uniform.map(() => 0.2),
    );
  });
});

describe.each([
  ["epsilonGreedy", 0.4],
  ["boltzmann", 0.7],
  ["boltzmann", 0],
] as const)("%s actions with %d", (kind, amount) => {
  it.each([false, true])("of a lane are the same however many lanes there are (uniform: %s)", async (isUniform) => {
    const play = async (numEnvs: number) => {
      const { rollout } = await setUp({ kind, amount, numEnvs, steps: 20 });
      rollout.sampler.isUniform = isUniform;
      rollout.collect();
      return rollout.columns;
    };
    const reference = await play(13);
    for (const numEnvs of LANE_COUNTS) {
      const columns = await play(numEnvs);
      for (const name of ["action", "logProb"] as const) {
        const lanes = Array.from({ length: 20 }, (_, t) => reference[name].data.subarray(13 * t, 13 * t + numEnvs));
        expect(bitsOf(columns[name].data), `${name} of ${numEnvs} lanes`).toBe(lanes.map((lane) => bitsOf(lane)).join(""));
      }
    }
  });

  it("are written to their columns and nowhere else", async () => {
    for (const numEnvs of LANE_COUNTS) {
      const heap = guardedHeap();
      const { rollout, current } = await setUp({ kind, amount, numEnvs, steps: 5, heap });
      heap.soil();
      current.data[0] = amount;
      rollout.collect();
      rollout.sampler.isUniform = true;
      rollout.collect();
      expect(heap.damaged(), `${numEnvs} lanes`).toEqual([]);
    }
  });
});

describe("a sampler's record", () => {
  const how = { seed: 1, isRescaled: false };

  it("refuses uniform actions in a space without bounds", async () => {
    const heap = ownHeap();
    const nn = await instantiate<NnKernels>(heap, MODULES.nn);
    const record = new SamplerRecord(heap, nn, { kind: "gaussian" }, box([-1, -Infinity], [1, 1]), 1, how);
    record.isUniform = false;
    expect(() => {
      record.isUniform = true;
    }).toThrow(new UsageError("uniform actions need an action space with bounds"));
  });

  it("that the kernel would read differently is refused", () => {
    const nn = { samplerBytes: () => 8 } as NnKernels;
    expect(() => new SamplerRecord(ownHeap(), nn, { kind: "categorical" }, discrete(2), 1, how)).toThrow(
      "the sampler's record has 8 bytes, not 48; run npm run build",
    );
  });
});
