/** Minibatches hold every transition once per epoch, its columns still side by side. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { Minibatches } from "../../src/rollout/minibatches.js";
import { column, type Heap } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type NnKernels } from "../../src/wasm/kernels.js";
import { guardedHeap } from "../oracle/guarded-heap.js";

const SEED = 5;
/** Numbers in a row of each source: what the kernel copies as 4 bytes, as 16, and in any other length. */
const WIDTHS = { three: [3], four: [4], seven: [7], twoByThree: [2, 3] };

type Names = "scalar" | "index" | "value" | keyof typeof WIDTHS;

/** Columns `[T,N,…]` whose numbers tell their row and component, and which end in a row that belongs to no transition. */
function sources(heap: Heap, steps: number, lanes: number) {
  const row = (width: readonly number[], rows = steps, type: "float32" | "int32" = "float32") => {
    const made = column(heap, [rows, lanes, ...width], type);
    const size = width.reduce((a, b) => a * b, 1);
    made.data.set(Array.from({ length: made.length }, (_, i) => 100 * Math.floor(i / size) + (i % size)));
    return made;
  };
  return {
    scalar: row([]),
    index: row([], steps, "int32"),
    value: row([], steps + 1),
    three: row(WIDTHS.three, steps + 1),
    four: row(WIDTHS.four),
    seven: row(WIDTHS.seven),
    twoByThree: row(WIDTHS.twoByThree),
  } satisfies Record<Names, unknown>;
}

async function setUp(steps: number, lanes: number, batchSize: number, seed = SEED) {
  const heap = guardedHeap();
  const kernels = await instantiate<NnKernels>(heap, MODULES.nn);
  return { heap, minibatches: new Minibatches<Names>(heap, kernels, sources(heap, steps, lanes), steps * lanes, batchSize, seed) };
}

/** The transitions of each minibatch of one epoch, told from one of its columns. */
function orderOf(minibatches: Minibatches<Names>): number[][] {
  return Array.from(minibatches.epoch(), () => Array.from(minibatches.columns.index.data, (marked) => marked / 100));
}

const SHAPES = [
  { steps: 1, lanes: 1, batchSize: 1 },
  { steps: 8, lanes: 3, batchSize: 1 },
  { steps: 8, lanes: 3, batchSize: 4 },
  { steps: 8, lanes: 3, batchSize: 24 },
  { steps: 33, lanes: 5, batchSize: 55 },
];

describe.each(SHAPES)("$steps steps of $lanes lanes in batches of $batchSize", ({ steps, lanes, batchSize }) => {
  const size = steps * lanes;

  it("hold each transition exactly once in every epoch", async () => {
    const { minibatches } = await setUp(steps, lanes, batchSize);
    for (let epoch = 0; epoch < 4; epoch++) {
      const batches = orderOf(minibatches);
      expect(batches.map((batch) => batch.length)).toEqual(Array(size / batchSize).fill(batchSize));
      expect(batches.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
    }
  });

  it("hold whole rows, the same ones in every column", async () => {
    const { minibatches } = await setUp(steps, lanes, batchSize);
    for (const _ of minibatches.epoch()) {
      const rows = Array.from(minibatches.columns.index.data, (marked) => marked / 100);
      for (const [name, { data, shape }] of Object.entries(minibatches.columns)) {
        const width = data.length / batchSize;
        expect(shape, name).toEqual([batchSize, ...(WIDTHS[name as keyof typeof WIDTHS] ?? [])]);
        expect([...data], name).toEqual(rows.flatMap((row) => Array.from({ length: width }, (_, k) => 100 * row + k)));
      }
    }
  });

  it("write nothing beyond their columns", async () => {
    const { heap, minibatches } = await setUp(steps, lanes, batchSize);
    heap.soil();
    for (const _ of minibatches.epoch()) expect(heap.damaged()).toEqual([]);
  });
});

it("come in another order in each epoch and under each seed, and in the same one again under the same seed", async () => {
  const [once, again, other] = [await setUp(16, 4, 8), await setUp(16, 4, 8), await setUp(16, 4, 8, SEED + 1)];
  const epochs = Array.from({ length: 3 }, () => orderOf(once.minibatches));
  expect(Array.from({ length: 3 }, () => orderOf(again.minibatches))).toEqual(epochs);
  const orders = [...epochs, orderOf(other.minibatches)].map(String);
  expect(new Set(orders).size).toBe(orders.length);
});

it("put every transition into the first place about equally often", async () => {
  const [size, epochs] = [8, 4000];
  const { minibatches } = await setUp(size, 1, size);
  const counts = Array<number>(size).fill(0);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const first = orderOf(minibatches)[0]?.[0] as number;
    counts[first] = (counts[first] as number) + 1;
  }
  // χ² with 7 degrees of freedom: above 40 once in 10⁶ by chance, and the seed is fixed.
  const expected = epochs / size;
  expect(counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)).toBeLessThan(40);
});

it("take columns as they are at the time of gathering", async () => {
  const heap = guardedHeap();
  const kernels = await instantiate<NnKernels>(heap, MODULES.nn);
  const reward = column(heap, [4, 2]);
  const minibatches = new Minibatches(heap, kernels, { reward }, 8, 4, SEED);
  for (const _ of minibatches.epoch()) {
    /* the first epoch reads zeros */
  }
  reward.data.fill(3);
  for (const _ of minibatches.epoch()) expect([...minibatches.columns.reward.data]).toEqual([3, 3, 3, 3]);
});

it("of a size that doesn't divide the rollout are refused", async () => {
  await expect(setUp(8, 3, 5)).rejects.toThrow(new UsageError("a batch of 5 does not divide the 24 transitions of a rollout"));
});
