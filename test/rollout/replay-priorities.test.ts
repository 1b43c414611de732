/** Prioritised replay against the paper's formulas in float64, a linear search, and the laws of chance. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PURPOSE } from "../../src/core/seeds.js";
import { createReplay, type Replay, type ReplayOptions } from "../../src/rollout/replay.js";
import { column } from "../../src/wasm/heap.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { randomNormals, randomNumbers } from "../oracle/random.js";
import { bulkWord, linearSearch, transitionColumns } from "../oracle/replay.js";

const SEED = 3;
/** x^α = e^(α ln x) in float32: |α ln x| <= 14 here, which float32 knows to 5e-7, and so is the power off by. Measured: 4e-7. */
const POWER_TOLERANCE = 2e-6;

interface Setup extends Partial<ReplayOptions> {
  readonly steps: number;
  readonly lanes: number;
  /** Rows that are pushed. */
  readonly filled?: number;
  readonly alpha?: number;
}

async function setUp({ steps, lanes, filled = steps, alpha = 0.6, batchSize = 32, ...options }: Setup) {
  const heap = guardedHeap();
  const columns = (rows: number) => transitionColumns(heap, { steps: rows, lanes, width: 1, actionSize: 0 });
  const replay = await createReplay(heap, columns(1), {
    ...{ capacity: steps * lanes, batchSize, gamma: 0.9, seed: SEED, prioritised: { alpha }, ...options },
  });
  replay.push(columns(filled));
  const priority = {
    /** Of the transitions stored. */
    get data() {
      return replay.snapshot()["priority"] as Float32Array;
    },
  };
  const error = column(heap, [batchSize]);
  const learn = (errors: ArrayLike<number>) => {
    error.data.set(errors);
    replay.updatePriorities(error);
  };
  const push = (rows: number) => replay.push(columns(rows));
  return { heap, replay, priority, learn, push };
}

/** Puts priorities of a test's own in place. */
function setPriorities(replay: Replay, values: ArrayLike<number>): void {
  replay.restore({ ...replay.snapshot(), priority: Float32Array.from(values) });
}

const relative = (got: number, wanted: number) => Math.abs(got - wanted) / Math.abs(wanted);

describe("priorities", () => {
  it("are (|δ| + ε)^α of the latest error, the later one where a transition was drawn twice", async () => {
    for (const [alpha, epsilon] of [
      [0.6, 1e-6],
      [1, 0.01],
      [0.3, 1e-6],
      [0, 1],
    ] as const) {
      const { heap, replay, priority, learn } = await setUp({ steps: 7, lanes: 3, batchSize: 33, prioritised: { alpha, epsilon } });
      heap.soil();
      const normal = randomNormals(1);
      const wanted = Array<number>(21).fill(1);
      let worst = 0;
      for (let round = 0; round < 50; round++) {
        replay.sample();
        const errors = Array.from({ length: 33 }, (_, i) => (i % 7 === 0 ? 0 : Math.fround(10 ** normal() * normal())));
        learn(errors);
        replay.index.data.forEach((slot, i) => {
          wanted[slot] = (Math.abs(errors[i] as number) + epsilon) ** alpha;
        });
        priority.data.forEach((got, slot) => {
          worst = Math.max(worst, relative(got, wanted[slot] as number));
        });
      }

      expect(worst).toBeLessThan(POWER_TOLERANCE);
      expect(heap.damaged()).toEqual([]);
    }
  });

  it("of new transitions are the largest so far, 1 before there was any", async () => {
    const { replay, priority, learn, push } = await setUp({ steps: 10, lanes: 2, filled: 4, alpha: 1, batchSize: 2 });
    expect([...priority.data]).toEqual(Array(8).fill(1));
    replay.sample();
    learn([0.25, 0.5]);
    push(1);
    expect([...priority.data.subarray(8)]).toEqual([1, 1]);
    replay.sample();
    learn([-8, 2]);
    const { largestPriority } = replay.snapshot();
    expect(relative(largestPriority, 8)).toBeLessThan(POWER_TOLERANCE);
    replay.sample();
    learn([0, 0]);
    push(8); // around the ring's end
    const slots = [10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 0, 1, 2, 3, 4, 5];
    for (const slot of slots) expect(priority.data[slot]).toBe(largestPriority);
  });

  it("of errors that are no finite numbers are the largest so far, and draws go on", async () => {
    const { replay, priority, learn } = await setUp({ steps: 5, lanes: 1, batchSize: 4, alpha: 1 });
    replay.sample();
    learn([4, 4, 4, 4]);
    const { largestPriority } = replay.snapshot();
    for (const odd of [Number.NaN, Infinity, -Infinity]) {
      replay.sample();
      learn([odd, odd, odd, odd]);
      for (const slot of replay.index.data) expect(priority.data[slot]).toBe(largestPriority);
    }
    replay.sample();
    expect(replay.snapshot().largestPriority).toBe(largestPriority);
    expect([...replay.columns.weight.data].every((weight) => weight > 0 && weight <= 1)).toBe(true);
  });

  it("stay above 0 and below infinity, however small or large the errors", async () => {
    const { replay, priority, learn } = await setUp({ steps: 2, lanes: 1, batchSize: 2, prioritised: { alpha: 1, epsilon: 1e-50 } });
    replay.sample(); // one of each, since their priorities are equal
    learn([0, 3.4e38]);
    expect(Math.min(...priority.data)).toBeGreaterThan(0);
    expect(Math.max(...priority.data)).toBeLessThan(Infinity);
    replay.sample(1);
    expect([...replay.index.data]).toEqual([1, 1]);
  });
});

describe("draws", () => {
  it("are the places that a linear search finds, one in each equal segment of the total", async () => {
    const cases = fc.record({
      lanes: fc.integer({ min: 1, max: 5 }),
      steps: fc.integer({ min: 1, max: 60 }),
      filledShare: fc.double({ min: 0, max: 1, noNaN: true }),
      batchSize: fc.integer({ min: 1, max: 70 }),
      seed: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ filledShare, ...shape }) => {
        const { seed, steps, lanes, batchSize } = shape;
        const filled = 1 + Math.floor(filledShare * (steps - 1));
        const { replay, priority } = await setUp({ ...shape, filled });
        const random = randomNumbers(seed);
        // Multiples of 1/64, so that no order of additions rounds; with holes of next to nothing, and rows that nobody wrote yet.
        const values = priority.data.map((_, slot) => (slot < filled * lanes ? (random() < 0.2 ? 1 : Math.ceil(1000 * random())) / 64 : 0));
        setPriorities(replay, values);
        const total = values.reduce((a, b) => a + b, 0);
        for (let draw = 0; draw < 3; draw++) {
          replay.sample();
          const slots = Array.from({ length: batchSize }, (_, i) => {
            const target = (i + bulkWord(i, seed, PURPOSE.replay, draw) / 2 ** 32) * (total / batchSize);
            return linearSearch(values, target);
          });
          expect([...replay.index.data]).toEqual(slots);
        }
      }),
      { numRuns: 100 },
    );
  });

  it.each([{ batchSize: 1 }, { batchSize: 50 }])(
    "in batches of $batchSize are as frequent as the priorities say",
    async ({ batchSize }) => {
      const { replay, priority, learn } = await setUp({ steps: 10, lanes: 4, batchSize, alpha: 0.7 });
      const normal = randomNormals(5);
      for (let i = 0; i < 200; i++) {
        replay.sample();
        learn(Array.from({ length: batchSize }, normal));
      }
      const total = priority.data.reduce((a, b) => a + b, 0);
      expect(Math.max(...priority.data) / Math.min(...priority.data)).toBeGreaterThan(5); // not all alike
      const counts = Array<number>(40).fill(0);
      const draws = 200_000 / batchSize;
      for (let i = 0; i < draws; i++) {
        replay.sample();
        for (const slot of replay.index.data) counts[slot] = (counts[slot] as number) + 1;
      }
      const expected = (slot: number) => (200_000 * (priority.data[slot] as number)) / total;
      const chiSquare = counts.reduce((sum, count, slot) => sum + (count - expected(slot)) ** 2 / expected(slot), 0);
      // χ² with 39 degrees of freedom (segments make it smaller): above 97 once in 10⁶ by chance, and the seed is fixed.
      expect(chiSquare).toBeLessThan(97);
    },
  );

  it("weigh (N·P)^-β, the largest weight of the minibatch being 1", async () => {
    for (const beta of [0, 0.4, 1]) {
      const { replay, priority, learn } = await setUp({ steps: 11, lanes: 3, batchSize: 33 });
      const normal = randomNormals(6);
      let worst = 0;
      for (let round = 0; round < 20; round++) {
        replay.sample(beta);
        const total = priority.data.reduce((a, b) => a + b, 0);
        const weights = Array.from(replay.index.data, (slot) => ((33 * (priority.data[slot] as number)) / total) ** -beta);
        const largest = Math.max(...weights);
        weights.forEach((weight, i) => {
          worst = Math.max(worst, relative(replay.columns.weight.data[i] as number, weight / largest));
        });
        expect(Math.max(...replay.columns.weight.data)).toBe(1);
        learn(Array.from({ length: 33 }, normal));
      }

      expect(worst).toBeLessThan(POWER_TOLERANCE);
    }
  });
});
