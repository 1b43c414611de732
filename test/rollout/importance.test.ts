/** Importance weights, and what they make of advantages, against their definitions in float64. */
import { describe, expect, it } from "vitest";
import { WEIGHT_FORMS, type WeightForm } from "../../src/rollout/importance.js";
import { MODULES } from "../../src/wasm/kernels.js";
import { bitsOf } from "../oracle/bits.js";
import { at, type Case, caseOf, estimate, isEnd, type Names, randomCase, weigh, weighPerDecision } from "./importance-setup.js";

/** Relative: a sum of up to 50 float32 logarithms near 0.3 is off by 50·2^-24, and so is its exponential. Measured: 1.7e-6. */
const WEIGHT_TOLERANCE = 5e-6;
/** Sums of 50 products of such weights, relative to 1 plus their size. Measured: below 3e-7. */
const ADVANTAGE_TOLERANCE = 2e-6;

const LANES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 33];
const SHAPES = LANES.flatMap((lanes) => [1, 2, 7, 50].map((steps) => ({ lanes, steps })));

/** First and last row of the trajectory that step t of lane n belongs to. */
function trajectoryOf(one: Case, t: number, n: number): [first: number, last: number] {
  let [first, last] = [t, t];
  while (first > 0 && !isEnd(one, first - 1, n)) first--;
  while (last < one.steps - 1 && !isEnd(one, last, n)) last++;
  return [first, last];
}

/** The product of ratios from one row to another. */
function product(one: Case, n: number, from: number, to: number): number {
  let sum = 0;
  for (let t = from; t <= to; t++) sum += at(one, "logRatio", t, n);
  return Math.exp(sum);
}

function weightByDefinition(one: Case, form: WeightForm, t: number, n: number): number {
  const [first, last] = trajectoryOf(one, t, n);
  return form === "first-order" ? product(one, n, t, t) : product(one, n, first, form === "causal" ? t : last);
}

function worst(one: Case, name: Names, wanted: (t: number, n: number) => number, scale: (x: number) => number): number {
  let largest = 0;
  for (let t = 0; t < one.steps; t++) {
    for (let n = 0; n < one.lanes; n++) {
      const error = Math.abs(at(one, name, t, n) - wanted(t, n)) / scale(Math.abs(wanted(t, n)));
      largest = Math.max(largest, Number.isNaN(error) ? Infinity : error);
    }
  }
  return largest;
}

describe.each(WEIGHT_FORMS)("%s weights", (form) => {
  it("are products of ratios within a trajectory, for every shape", async () => {
    for (const [seed, { steps, lanes }] of SHAPES.entries()) {
      const random = await randomCase(steps, lanes, seed);
      weigh(random, form);
      const wanted = (t: number, n: number) => weightByDefinition(random, form, t, n);
      expect(
        worst(random, "weight", wanted, (x) => x),
        `[${steps},${lanes}]`,
      ).toBeLessThan(WEIGHT_TOLERANCE);
      expect(random.damaged()).toEqual([]);
    }
  });

  it("are cut at a limit", async () => {
    const random = await randomCase(50, 6, 1);
    weigh(random, form, 1.25);
    const wanted = (t: number, n: number) => Math.min(1.25, weightByDefinition(random, form, t, n));
    expect(worst(random, "weight", wanted, (x) => x)).toBeLessThan(WEIGHT_TOLERANCE);
    const cut = random.columns.weight.data.filter((weight) => weight === 1.25).length;
    expect(cut).toBeGreaterThan(30);
    expect(cut).toBeLessThan(270);
  });

  it("are exactly 1 where both policies are the same", async () => {
    const same = await caseOf(9, 5, {});
    weigh(same, form);
    expect([...same.columns.weight.data]).toEqual(Array(45).fill(1));
  });

  it("stay finite where one policy is certain of what the other never does", async () => {
    const extreme = await caseOf(4, 5, { logRatio: () => 80 });
    weigh(extreme, form);
    expect(extreme.columns.weight.data.every((weight) => weight > 1e8 && weight < 1e9)).toBe(true); // e^20
    extreme.columns.logRatio.data.fill(-Infinity);
    weigh(extreme, form);
    expect([...extreme.columns.weight.data]).toEqual(Array(20).fill(0));
  });

  it("have the bits of their scalar twins", async () => {
    const scalar = new URL(MODULES.returns.href.replace(/\.wasm$/, ".scalar.wasm"));
    for (const [seed, { steps, lanes }] of SHAPES.entries()) {
      const twins = [await randomCase(steps, lanes, seed), await randomCase(steps, lanes, seed, scalar)] as const;
      for (const one of twins) {
        weigh(one, form, 3);
        weighPerDecision(one, 0.97, 0.9);
        one.kernels.weightAdvantages(one.columns.plain.address, one.columns.weight.address, one.columns.reward.address, steps, lanes);
      }
      const bits = ({ columns: { weight, advantage, plain } }: Case) => bitsOf(weight.data, advantage.data, plain.data);
      expect(bits(twins[0])).toBe(bits(twins[1]));
    }
  });
});

describe("per-decision advantages", () => {
  it("are sums of temporal differences, each with the weight of its own step, for every shape", async () => {
    for (const [seed, { steps, lanes }] of SHAPES.entries()) {
      const random = await randomCase(steps, lanes, 100 + seed);
      weigh(random, "causal");
      weighPerDecision(random, 0.97, 0.9);
      const wanted = (t: number, n: number) => {
        const [, last] = trajectoryOf(random, t, n);
        let sum = 0;
        for (let k = t; k <= last; k++) {
          const continuing = at(random, "truncated", k, n) ? at(random, "finalValue", k, n) : at(random, "value", k + 1, n);
          const next = at(random, "terminated", k, n) ? 0 : continuing;
          const delta = at(random, "reward", k, n) + 0.97 * next - at(random, "value", k, n);
          sum += (0.97 * 0.9) ** (k - t) * at(random, "weight", k, n) * delta;
        }
        return sum;
      };
      expect(
        worst(random, "advantage", wanted, (x) => 1 + x),
        `[${steps},${lanes}]`,
      ).toBeLessThan(ADVANTAGE_TOLERANCE);
      expect(random.damaged()).toEqual([]);
    }
  });

  it("are the plain ones, bit for bit, where both policies are the same", async () => {
    const random = await randomCase(50, 9, 3);
    random.columns.logRatio.data.fill(0);
    weigh(random, "causal");
    weighPerDecision(random, 0.97, 0.9);
    estimate(random, 0.97, 0.9);
    expect(bitsOf(random.columns.advantage.data)).toBe(bitsOf(random.columns.plain.data));
  });
});
