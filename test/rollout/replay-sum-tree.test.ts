/** The sum tree of prioritised replay: exact after any number of updates, and searched as a line is. */
import { describe, expect, it } from "vitest";
import { compile } from "../../assembly/compile.mjs";
import { column, ownHeap, zeroed } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type ReplayKernels } from "../../src/wasm/kernels.js";
import { randomNormals, randomNumbers } from "../oracle/random.js";
import { linearSearch } from "../oracle/replay.js";

/** The search as it stands inside the draws. */
interface SearchKernels extends Pick<ReplayKernels, "sumTreeBytes" | "updateSums"> {
  find(tree: number, priority: number, leaves: number, target: number): number;
}

describe("the sum tree", () => {
  async function tree(leaves: number) {
    const heap = ownHeap();
    const kernels = await instantiate<ReplayKernels>(heap, MODULES.replay);
    const bytes = kernels.sumTreeBytes(leaves);
    const priority = column(heap, [16 * Math.ceil(leaves / 16)]);
    const address = zeroed(heap, bytes);
    const nodes = () => new Float64Array(heap.memory.buffer, address, bytes / 8);
    return { heap, kernels, priority, address, nodes };
  }

  it("is after two million updates what a new one of the same priorities is, and its total right to 15 digits", async () => {
    const [leaves, batch] = [10_007, 1000];
    const { heap, kernels, priority, address, nodes } = await tree(leaves);
    const [scratch, index, error] = [column(heap, [batch]), column(heap, [batch], "int32"), column(heap, [batch])];
    const [random, normal] = [randomNumbers(1), randomNormals(2)];
    for (let i = 0; i < batch; i++) error.data[i] = 10 ** (3 * normal());
    for (let round = 0; round < 2000; round++) {
      for (let i = 0; i < batch; i++) index.data[i] = Math.floor(leaves * random());
      kernels.updatePriorities(address, priority.address, scratch.address, index.address, error.address, leaves, batch, 0.9, 1e-6, 1);
    }
    const fresh = zeroed(heap, kernels.sumTreeBytes(leaves));
    kernels.updateSums(fresh, priority.address, leaves, 0, leaves);
    const rebuilt = new Float64Array(heap.memory.buffer, fresh, nodes().length);
    expect(nodes()).toEqual(rebuilt);
    // Every float32 here is a multiple of 2^-60.
    const exact = priority.data.reduce((sum, p) => sum + BigInt(p * 2 ** 60), 0n);
    expect(Math.abs((nodes()[1] as number) / (Number(exact) / 2 ** 60) - 1)).toBeLessThan(1e-15);
  });

  it("is searched as a line is, from 0 to its total, and never finds a leaf of priority 0", async () => {
    const source = 'export { find, sumTreeBytes, updateSums } from "./replay/sum-tree";';
    const { binary } = await compile("probe.ts", { files: { "probe.ts": source } });
    const heap = ownHeap();
    const kernels = await instantiate<SearchKernels>(heap, await WebAssembly.compile(new Uint8Array(binary)));
    const random = randomNumbers(9);
    for (const leaves of [1, 2, 16, 17, 40, 128, 300]) {
      const priority = column(heap, [16 * Math.ceil(leaves / 16)]);
      const address = zeroed(heap, kernels.sumTreeBytes(leaves));
      for (const zeros of [0, 0.5, 0.95]) {
        const values = Array.from({ length: leaves }, () => (random() < zeros ? 0 : Math.ceil(100 * random())));
        values[Math.floor(leaves * random())] = 7;
        priority.data.set(values);
        kernels.updateSums(address, priority.address, leaves, 0, leaves);
        const total = values.reduce((a, b) => a + b, 0);
        const find = (target: number) => kernels.find(address, priority.address, leaves, target);
        for (let target = 0; target < total; target += 0.5) expect(find(target)).toBe(linearSearch(values, target));
        const last = values.findLastIndex((value) => value > 0);
        for (const beyond of [total, total * (1 + 2 ** -52)]) expect(find(beyond)).toBe(last);
      }
    }
  });

  it.each([1, 2, 15, 16, 17, 31, 32, 33, 100, 256, 257, 1000])(
    "of %i leaves sums what is below each node, whatever part changed",
    async (leaves) => {
      const { kernels, priority, address, nodes } = await tree(leaves);
      const random = randomNumbers(leaves);
      for (let round = 0; round < 20; round++) {
        const first = Math.floor(leaves * random());
        const count = 1 + Math.floor((leaves - first) * random());
        for (let leaf = first; leaf < first + count; leaf++) priority.data[leaf] = Math.ceil(100 * random());
        kernels.updateSums(address, priority.address, leaves, first, count);
        const sums = nodes();
        const blocks = sums.length / 2;
        const wanted = Array.from(sums, (_, node) => {
          if (node === 0) return 0;
          const depth = Math.floor(Math.log2(node));
          const width = (16 * blocks) / 2 ** depth;
          const start = (node - 2 ** depth) * width;
          return priority.data.subarray(start, start + width).reduce((a, b) => a + b, 0);
        });
        expect([...sums]).toEqual(wanted);
      }
    },
  );
});
