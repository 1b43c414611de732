/** Advantages and returns against their textbook definitions, in float64 and lane by lane. */
import { describe, expect, it } from "vitest";
import { Column, column } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type ReturnsKernels } from "../../src/wasm/kernels.js";
import { bitsOf } from "../oracle/bits.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { drawn, randomNormals, randomNumbers } from "../oracle/random.js";

/**
 * Each step rounds a sum of numbers near 1 four times, by 2^-24 each, and passes on γλ of what came before: together at most
 * 4·2^-24·T·(the largest number met), T ≤ 200. Measured: 1.9e-6.
 */
const FLOAT32_TOLERANCE = 1e-5;

const LANES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33];
const STEPS = [1, 2, 5, 50, 200];
const SHAPES = LANES.flatMap((lanes) => STEPS.map((steps) => ({ lanes, steps })));
const DISCOUNTS = [
  { gamma: 0.99, lambda: 0.95 },
  { gamma: 1, lambda: 1 },
  { gamma: 0.9, lambda: 0 },
  { gamma: 0, lambda: 0.5 },
];

type Names = "reward" | "terminated" | "truncated" | "value" | "finalValue" | "lastValue" | "advantage" | "returns";

interface Case {
  readonly steps: number;
  readonly lanes: number;
  readonly columns: Readonly<Record<Names, Column<"float32">>>;
  /** Number t of lane n in a column. */
  at(name: Names, t: number, n: number): number;
  readonly damaged: () => number[];
  readonly kernels: ReturnsKernels;
}

/** Columns of random numbers with random ends of episodes, some of both kinds at once, on a heap of their own. */
async function randomCase(steps: number, lanes: number, seed: number, module = MODULES.returns): Promise<Case> {
  const heap = guardedHeap();
  const kernels = await instantiate<ReturnsKernels>(heap, module);
  const [normal, random] = [randomNormals(seed), randomNumbers(seed)];
  const filled = (rows: number, draw: () => number) => {
    const made = column(heap, [rows, lanes]);
    made.data.set(drawn(rows * lanes, draw));
    return made;
  };
  const isEnd = () => Number(random() < 0.1);
  const columns = {
    reward: filled(steps, normal),
    terminated: filled(steps, isEnd),
    truncated: filled(steps, isEnd),
    value: filled(steps + 1, normal),
    finalValue: filled(steps, normal), // also where no episode was truncated: those must not count
    lastValue: filled(1, normal),
    advantage: filled(steps, () => Number.NaN),
    returns: filled(steps, () => Number.NaN),
  };
  columns.lastValue.data.set(columns.value.data.subarray(steps * lanes));
  heap.soil();
  const views = Object.fromEntries(Object.entries(columns).map(([name, { data }]) => [name, data])) as Record<Names, Float32Array>;
  const at = (name: Names, t: number, n: number) => views[name][t * lanes + n] as number;
  return { steps, lanes, columns, at, damaged: () => heap.damaged(), kernels };
}

function runGae({ kernels, columns: c, steps, lanes }: Case, gamma: number, lambda: number): void {
  kernels.gae(
    c.advantage.address,
    c.returns.address,
    c.reward.address,
    c.terminated.address,
    c.truncated.address,
    c.value.address,
    c.finalValue.address,
    steps,
    lanes,
    gamma,
    lambda,
  );
}

function runDiscounted({ kernels, columns: c, steps, lanes }: Case, gamma: number): void {
  kernels.discountedReturns(
    c.returns.address,
    c.reward.address,
    c.terminated.address,
    c.truncated.address,
    c.finalValue.address,
    c.lastValue.address,
    steps,
    lanes,
    gamma,
  );
}

/** The value that step t of lane n is bootstrapped with. */
function nextValue({ at }: Case, t: number, n: number): number {
  if (at("terminated", t, n)) return 0;
  return at("truncated", t, n) ? at("finalValue", t, n) : at("value", t + 1, n);
}

const isEnd = ({ at }: Case, t: number, n: number) => at("terminated", t, n) + at("truncated", t, n) > 0;

/** δ_t = r_t + γ V(s_{t+1}) − V(s_t) */
function temporalDifference(of: Case, t: number, n: number, gamma: number): number {
  return of.at("reward", t, n) + gamma * nextValue(of, t, n) - of.at("value", t, n);
}

/** Σ_l (γλ)^l δ_{t+l} up to the end of the episode or of the rollout: eq. 16 of the paper, as a forward sum. */
function advantageByDefinition(of: Case, t: number, n: number, gamma: number, lambda: number): number {
  let sum = 0;
  for (let weight = 1, k = t; k < of.steps; weight *= gamma * lambda, k++) {
    sum += weight * temporalDifference(of, k, n, gamma);
    if (isEnd(of, k, n)) break;
  }
  return sum;
}

/** Σ_l γ^l r_{t+l}, and the discounted bootstrap value at the end. */
function returnByDefinition(of: Case, t: number, n: number, gamma: number): number {
  let sum = 0;
  for (let weight = 1, k = t; k < of.steps; weight *= gamma, k++) {
    sum += weight * of.at("reward", k, n);
    if (isEnd(of, k, n) || k === of.steps - 1) return sum + weight * gamma * nextValue(of, k, n);
  }
  return sum;
}

/** r_t + … + γ^(k−1) r_{t+k−1} + γ^k V(s_{t+k}) − V(s_t), where t + k is the row `last`, or the end of the episode if that comes first. */
function nStepAdvantage(of: Case, t: number, n: number, gamma: number, last: number): number {
  let [sum, discount, k] = [0, 1, t];
  for (; ; k++) {
    sum += discount * of.at("reward", k, n);
    discount *= gamma;
    if (k === last - 1 || isEnd(of, k, n)) break;
  }
  return sum + discount * nextValue(of, k, n) - of.at("value", t, n);
}

/** `steps` rows of a case, from `first` on, as a case of their own on the same memory. */
function rowsOf(whole: Case, first: number, steps: number): Case {
  const { lanes, columns } = whole;
  const rows = ({ heap, address, shape, type }: Column<"float32">) =>
    new Column(heap, address + 4 * first * lanes, [Math.min(steps + 1, shape[0] as number), lanes], type);
  return {
    ...whole,
    steps,
    columns: Object.fromEntries(Object.entries(columns).map(([name, made]) => [name, rows(made)])) as typeof columns,
  };
}

/** The largest |got − wanted| / (1 + |wanted|) over all steps and lanes. */
function worstError(of: Case, name: Names, wanted: (t: number, n: number) => number): number {
  let worst = 0;
  for (let t = 0; t < of.steps; t++) {
    for (let n = 0; n < of.lanes; n++) {
      const error = Math.abs(of.at(name, t, n) - wanted(t, n)) / (1 + Math.abs(wanted(t, n)));
      worst = Math.max(worst, Number.isNaN(error) ? Infinity : error);
    }
  }
  return worst;
}

describe.each(DISCOUNTS)("with γ = $gamma and λ = $lambda", ({ gamma, lambda }) => {
  it("GAE is the weighted sum of temporal differences to the episode's end, for every shape", async () => {
    for (const [seed, { steps, lanes }] of SHAPES.entries()) {
      const random = await randomCase(steps, lanes, seed);
      runGae(random, gamma, lambda);
      const advantage = (t: number, n: number) => advantageByDefinition(random, t, n, gamma, lambda);
      expect(worstError(random, "advantage", advantage), `[${steps},${lanes}]`).toBeLessThan(FLOAT32_TOLERANCE);
      const target = (t: number, n: number) => advantage(t, n) + random.at("value", t, n);
      expect(worstError(random, "returns", target), `[${steps},${lanes}]`).toBeLessThan(FLOAT32_TOLERANCE);
    }
  });

  it("discounted returns are the sum of rewards to the episode's end and the bootstrap there, for every shape", async () => {
    for (const [seed, { steps, lanes }] of SHAPES.entries()) {
      const random = await randomCase(steps, lanes, 100 + seed);
      runDiscounted(random, gamma);
      const wanted = (t: number, n: number) => returnByDefinition(random, t, n, gamma);
      expect(worstError(random, "returns", wanted), `[${steps},${lanes}]`).toBeLessThan(FLOAT32_TOLERANCE);
    }
  });

  it("both have the bits of their scalar twins", async () => {
    const scalar = new URL(MODULES.returns.href.replace(/\.wasm$/, ".scalar.wasm"));
    for (const [seed, { steps, lanes }] of SHAPES.entries()) {
      const [a, b] = [await randomCase(steps, lanes, seed), await randomCase(steps, lanes, seed, scalar)];
      for (const run of [(one: Case) => runGae(one, gamma, lambda), (one: Case) => runDiscounted(one, gamma)]) {
        run(a);
        run(b);
        expect(bitsOf(a.columns.returns.data, a.columns.advantage.data)).toBe(bitsOf(b.columns.returns.data, b.columns.advantage.data));
      }
    }
  });
});

describe("GAE", () => {
  it("with λ = 1 is the Monte-Carlo return minus the value", async () => {
    for (const lanes of LANES) {
      const random = await randomCase(60, lanes, lanes);
      runGae(random, 0.97, 1);
      const target = random.columns.returns.data.slice();
      const advantage = random.columns.advantage.data.slice();
      runDiscounted(random, 0.97);
      expect(worstError(random, "returns", (t, n) => target[t * lanes + n] as number)).toBeLessThan(FLOAT32_TOLERANCE);
      const difference = (t: number, n: number) => random.at("returns", t, n) - random.at("value", t, n);
      random.columns.advantage.data.set(advantage);
      expect(worstError(random, "advantage", difference)).toBeLessThan(FLOAT32_TOLERANCE);
    }
  });

  it("with λ = 0 is the temporal difference of one step", async () => {
    for (const lanes of LANES) {
      const random = await randomCase(60, lanes, lanes);
      runGae(random, 0.97, 0);
      expect(worstError(random, "advantage", (t, n) => temporalDifference(random, t, n, 0.97))).toBeLessThan(FLOAT32_TOLERANCE);
    }
  });

  it.each([1, 6, 7])("with λ = 1 on rollouts of n = %i rows is the n-step advantage, also across both kinds of ends", async (n) => {
    for (const lanes of LANES) {
      const whole = await randomCase(42, lanes, lanes);
      for (let first = 0; first < whole.steps; first += n) {
        runGae(rowsOf(whole, first, n), 0.97, 1);
      }
      const wanted = (t: number, lane: number) => nStepAdvantage(whole, t, lane, 0.97, Math.ceil((t + 1) / n) * n);
      expect(worstError(whole, "advantage", wanted), `${lanes} lanes`).toBeLessThan(FLOAT32_TOLERANCE);
    }
  });

  it("looks no further than a terminal state, even if the time ran out at the same step", async () => {
    const random = await randomCase(4, 5, 1);
    random.columns.terminated.data.fill(0).fill(1, 5, 10); // step 1
    random.columns.truncated.data.fill(0).fill(1, 5, 10);
    runGae(random, 0.9, 0.8);
    const before = random.columns.advantage.data.slice(0, 10);
    for (const name of ["reward", "value"] as const) random.columns[name].data.fill(1e6, 10);
    random.columns.finalValue.data.fill(1e6);
    runGae(random, 0.9, 0.8);
    expect([...random.columns.advantage.data.subarray(0, 10)]).toEqual([...before]);
  });

  it("looks at the final observation's value after a truncation, and at nothing later", async () => {
    const random = await randomCase(4, 5, 1);
    random.columns.terminated.data.fill(0);
    random.columns.truncated.data.fill(0).fill(1, 5, 10);
    for (const name of ["reward", "value"] as const) random.columns[name].data.fill(1e6, 10);
    random.columns.finalValue.data.fill(2, 5, 10);
    runGae(random, 0.5, 0.8);
    const wanted = (n: number) => random.at("reward", 1, n) + 0.5 * 2 - random.at("value", 1, n);
    for (let n = 0; n < 5; n++) expect(random.at("advantage", 1, n)).toBeCloseTo(wanted(n), 5);
  });
});

it("neither kernel writes beyond its columns, or into its inputs", async () => {
  for (const lanes of LANES) {
    const random = await randomCase(7, lanes, lanes);
    const { advantage: _, returns: __, ...inputs } = random.columns;
    const bits = () => bitsOf(...Object.values(inputs).map(({ data }) => data));
    const before = bits();
    runGae(random, 0.99, 0.95);
    runDiscounted(random, 0.99);
    expect(random.damaged()).toEqual([]);
    expect(bits()).toBe(before);
  }
});
