/** Example 6.6 of Sutton & Barto (2018): Q-learning learns the way along the cliff's edge, Sarsa the safe one, and earns more meanwhile. */
import { describe, expect, it } from "vitest";
import { environments } from "../../../src/envs/registry.js";
import { tableOf } from "../../../src/envs/tabular/spec.js";
import type { Policy } from "../../../src/policy/policy.js";
import { evaluate } from "../../../src/run/evaluate.js";
import { trained } from "./samples.js";

const START = 36;
const GOAL = 47;
const WIDTH = 12;
/** The row above the cliff. */
const EDGE = 2;
const LEFT_OF_CLIFF = 0;
const RIGHT_OF_CLIFF = WIDTH - 1;

/** The cells that the policy goes through, to the goal or until it must be going in circles. */
function pathOf(policy: Policy): number[] {
  const table = tableOf(environments["CliffWalking-v1"]);
  const path = [START];
  while (path.at(-1) !== GOAL && path.length <= table.states) {
    const cell = path.at(-1) as number;
    path.push(table.outcomes(cell, policy.act([cell]) as number)[0]?.nextState as number);
  }
  return path;
}

/** Cells between the ends of the cliff that touch it. */
function cellsAtTheEdge(path: readonly number[]): number[] {
  return path.filter((cell) => Math.floor(cell / WIDTH) === EDGE && ![LEFT_OF_CLIFF, RIGHT_OF_CLIFF].includes(cell % WIDTH));
}

describe.each([0, 1, 2])("on CliffWalking-v1 with seed %i", (seed) => {
  const env = "CliffWalking-v1";

  it("Q-learning walks along the edge", async () => {
    const { policy } = await trained({ algo: "q-learning", env, seed });
    expect((await evaluate(policy, { episodes: 10 })).returns).toEqual(Array(10).fill(-13));
    expect(cellsAtTheEdge(pathOf(policy))).toHaveLength(10);
  });

  it("Sarsa keeps away from it", async () => {
    const { policy } = await trained({ algo: "sarsa", env, seed });
    const path = pathOf(policy);
    expect(path.at(-1)).toBe(GOAL);
    expect(cellsAtTheEdge(path)).toEqual([]);
    expect((await evaluate(policy, { episodes: 10 })).meanReturn).toBeLessThan(-13);
  });

  it("Sarsa earns more than Q-learning while both explore", async () => {
    const onTheWay = async (algo: "sarsa" | "q-learning") => {
      const { metrics } = await trained({ algo, env, seed, totalSteps: 50_000, learningRate: 0.1 });
      const later = metrics.slice(metrics.length / 2).map((m) => m["meanReturn"] as number);
      return later.reduce((sum, value) => sum + value, 0) / later.length;
    };
    const [careful, bold] = [await onTheWay("sarsa"), await onTheWay("q-learning")];
    expect(careful).toBeGreaterThan(bold + 10); // measured: about -24 and -47
  });
});
