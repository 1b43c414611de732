/** What a run's state asks of its parts, and says where they don't fit. */
import { describe, expect, it } from "vitest";
import { fill, RunState } from "../../src/core/run-state.js";

/** A state with two counters and a table, as an earlier run left it or as new. */
function stateWith(values: { readonly a: number; readonly b: number; readonly table: readonly number[] }) {
  const state = new RunState();
  const [first, second] = [state.numbers("counter", { n: values.a }), state.numbers("counter", { n: values.b })];
  const table = { data: Float64Array.from(values.table) };
  state.learned("table", { table });
  return { state, first, second, table };
}

const saved = () => stateWith({ a: 1, b: 2, table: [3, Number.NaN, -0] }).state.snapshot();

describe("a run's state", () => {
  it("comes back, parts of one name in the order in which they were made", async () => {
    const { state, first, second, table } = stateWith({ a: 0, b: 0, table: [0, 0, 0] });
    state.resumeFrom(await saved());
    await state.begin();
    expect([first.n, second.n, ...table.data]).toEqual([1, 2, 3, Number.NaN, -0]);
  });

  it("comes back at once to parts that are made later", async () => {
    const state = new RunState();
    state.resumeFrom(await saved());
    await state.begin();
    expect(state.numbers("counter", { n: 0 })).toEqual({ n: 1 });
    expect(() => state.ensureComplete()).toThrow('the checkpoint has a part "counter#2" that this run never made');
  });

  it("is left alone in a run from the start", async () => {
    const { state, first } = stateWith({ a: 7, b: 0, table: [] });
    await state.begin();
    state.ensureComplete();
    expect(first.n).toBe(7);
    expect(state.numbers("late", { n: 5 })).toEqual({ n: 5 });
  });

  it("is refused by a part that the earlier run had not, or of another size", async () => {
    const state = new RunState();
    state.resumeFrom(await saved());
    state.numbers("stranger", { n: 0 });
    await expect(state.begin()).rejects.toThrow('the checkpoint has no part "stranger"');
    const { state: smaller } = stateWith({ a: 0, b: 0, table: [0] });
    smaller.resumeFrom(await saved());
    await expect(smaller.begin()).rejects.toThrow("the checkpoint has 3 numbers where 1 numbers belong");
    expect(() => fill(new Float32Array(1), undefined)).toThrow("the checkpoint has nothing where 1 numbers belong");
  });

  it("is sound as long as all that was learned is finite; other numbers may be none", async () => {
    const { state, table } = stateWith({ a: 1, b: Number.NaN, table: [3, -0] });
    const vector = state.keep(
      "vector",
      { snapshot: async () => ({ x: Float32Array.of(1, table.data[1] ?? 0), n: table.data[0] ?? 0 }), restore() {} },
      { isLearned: true },
    );
    expect([vector, state.isSound(await state.snapshot())]).toEqual([vector, true]);
    for (const [at, value] of [
      [0, Infinity],
      [0, Number.NaN],
      [1, -Infinity],
    ] as const) {
      const before = table.data[at] as number;
      table.data[at] = value;
      expect([value, state.isSound(await state.snapshot())]).toEqual([value, false]);
      table.data[at] = before;
    }
  });

  it("leaves out what may grow too large, and does not miss it", async () => {
    const make = () => {
      const { state } = stateWith({ a: 1, b: 2, table: [] });
      const bulky = {
        n: 0,
        snapshot: () => ({ n: bulky.n }),
        restore({ n }: { n: number }) {
          bulky.n = n;
        },
      };
      state.keep("bulky", bulky, { bulk: 100 });
      return { state, bulky };
    };
    const { state, bulky } = make();
    bulky.n = 9;
    expect(state.bulkierThan(100)).toEqual([]);
    const [whole, part] = [await state.snapshot(100), await state.snapshot(99)];
    expect([part.omitted, [...part.numbers.keys()]]).toEqual([["bulky"], ["counter/n", "counter#2/n", "table/table"]]);
    for (const [given, wanted] of [[whole, 9] as const, [part, 0] as const]) {
      const again = make();
      again.state.resumeFrom(given);
      await again.state.begin();
      again.state.ensureComplete();
      expect(again.bulky.n).toBe(wanted);
    }
  });

  it("can be a part of another's, in copies", async () => {
    const { state, table } = stateWith({ a: 1, b: 2, table: [3] });
    const outer = new RunState();
    outer.keep("inner", state.asPart());
    const taken = await outer.snapshot();
    table.data[0] = 4;
    const again = stateWith({ a: 0, b: 0, table: [0] });
    const outerAgain = new RunState();
    outerAgain.keep("inner", again.state.asPart());
    outerAgain.resumeFrom(taken);
    await outerAgain.begin();
    expect([again.first.n, again.second.n, again.table.data[0]]).toEqual([1, 2, 3]);
  });
});
