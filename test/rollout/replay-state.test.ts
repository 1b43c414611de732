/** A replay buffer's bits: the same in both twins, and the same again after a checkpoint. */
import { describe, expect, it } from "vitest";
import { createReplay, Replay } from "../../src/rollout/replay.js";
import { column, ownHeap } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type ReplayKernels } from "../../src/wasm/kernels.js";
import { bitsOf } from "../oracle/bits.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { fillColumns, randomTransitions, type Transition, transitionColumns } from "../oracle/replay.js";
import { GAMMA, SEED, scalarModule } from "./replay-setup.js";

describe.each([{ prioritised: undefined }, { prioritised: { alpha: 0.6 } }])("with prioritised: $prioritised", ({ prioritised }) => {
  const shape = { steps: 7, lanes: 3, width: 5, actionSize: 2 };
  const options = { capacity: 50, batchSize: 13, nStep: 3, gamma: GAMMA, seed: SEED, prioritised };

  /** Pushes, samples and learns, and says what each minibatch was. */
  function run(replay: Replay, source: ReturnType<typeof transitionColumns>, next: () => Transition[][], rounds: number): string[] {
    const error = column(source.reward.heap, [options.batchSize]);
    return Array.from({ length: rounds }, () => {
      fillColumns(source, next());
      replay.push(source);
      const minibatches = [0.4, 1].map((beta) => {
        replay.sample(beta);
        error.data.set(replay.columns.reward.data);
        replay.updatePriorities(error);
        return bitsOf(replay.index.data, ...Object.values(replay.columns).map(({ data }) => data));
      });
      return minibatches.join();
    });
  }

  it("four lanes and the scalar twin give the same bits", async () => {
    const runs = [];
    for (const module of [MODULES.replay, scalarModule]) {
      const heap = guardedHeap();
      const source = transitionColumns(heap, shape);
      const replay = new Replay(heap, await instantiate<ReplayKernels>(heap, module), source, options);
      heap.soil();
      runs.push(run(replay, source, randomTransitions(shape, 0.1, 2), 20));
      expect(heap.damaged()).toEqual([]);
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(new Set(runs[0]).size).toBe(20);
  });

  it("a buffer restored from a snapshot goes on with the same bits", async () => {
    const make = async () => {
      const heap = ownHeap();
      const source = transitionColumns(heap, shape);
      return { source, replay: await createReplay(heap, source, options) };
    };
    const [first, second] = [await make(), await make()];
    const next = randomTransitions(shape, 0.1, 3);
    run(first.replay, first.source, next, 5);
    const saved = structuredClone(first.replay.snapshot());
    const rest = Array.from({ length: 6 }, next);
    const replayed = () => {
      const queue = [...rest];
      return () => queue.shift() ?? [];
    };
    const wanted = run(first.replay, first.source, replayed(), 6);

    run(second.replay, second.source, randomTransitions(shape, 0.1, 4), 2); // something else, to be forgotten
    second.replay.restore(saved);
    expect(run(second.replay, second.source, replayed(), 6)).toEqual(wanted);
  });
});
