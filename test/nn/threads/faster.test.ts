/** Of two programs the faster one runs, as a clock of the test's own has it. */
import { describe, expect, it } from "vitest";
import { fasterOf } from "../../../src/nn/threads/faster.js";

/** Two programs that take what `times` says, and how often each has run. */
function rivals(times: [number, number]) {
  let clock = 0;
  const runs: [number, number] = [0, 0];
  const program = (which: 0 | 1) => ({
    calls: [],
    replay() {
      runs[which]++;
      clock += times[which];
    },
  });
  const chosen = fasterOf(program(0), program(1), () => clock);
  const run = (count: number) => {
    runs.fill(0);
    for (let i = 0; i < count; i++) chosen.replay();
    return [...runs];
  };
  return { run, times };
}

describe("of two programs", () => {
  it.each([0, 1] as const)("number %i runs nearly always if it is faster", (fast) => {
    const { run, times } = rivals([3, 3]);
    times[fast] = 2;
    expect(run(16)).toEqual([8, 8]);
    expect(run(1000)[fast]).toBeGreaterThan(970);
  });

  it("the one that has become faster takes over", () => {
    const { run, times } = rivals([3, 2]);
    run(100);
    times[1] = 20; // its core has something else to do
    expect(run(1000)[0]).toBeGreaterThan(970);
    times[1] = 2;
    run(1000);
    expect(run(1000)[1]).toBeGreaterThan(970);
  });

  it("first runs that are slow don't count against one", () => {
    const { run, times } = rivals([3, 200]);
    run(4);
    times[1] = 2;
    run(12);
    expect(run(100)[1]).toBeGreaterThan(95);
  });

  it("a hiccup is soon forgotten", () => {
    const { run, times } = rivals([3.5, 2]);
    run(100);
    times[1] = 500;
    run(1);
    times[1] = 2;
    expect(run(100)[1]).toBeGreaterThan(95);
  });
});
