/** Random maps: solvable, reproducible, and walked as their letters say. */
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/core/errors.js";
import { type GridWorldOptions, gridWorld } from "../../src/envs/tabular/grid-world.js";
import { optimaByHorizon } from "../oracle/tabular.js";

const indices = (length: number) => Array.from({ length }, (_, i) => i);

describe("GridWorld", () => {
  const cellsOf = (options?: GridWorldOptions) => gridWorld(options).map.join("");
  const count = (cells: string, letter: string) => cells.split(letter).length - 1;

  it("has the size, walls and holes that it is asked for, and its start and goal in opposite corners", () => {
    const { map, observationSpace, timeLimit } = gridWorld({ width: 9, height: 6, wallDensity: 0.25, holes: 5, seed: 3 });
    expect(map.map(({ length }) => length)).toEqual(Array(6).fill(9));
    expect([observationSpace.n, timeLimit]).toEqual([54, 216]);
    const cells = map.join("");
    expect([count(cells, "#"), count(cells, "H"), count(cells, "S"), count(cells, "G")]).toEqual([14, 5, 1, 1]);
    expect([cells[0], cells[53]]).toEqual(["S", "G"]);
  });

  it("is the same for the same options and another for another seed", () => {
    expect(cellsOf({ seed: 5 })).toBe(cellsOf({ seed: 5 }));
    expect(new Set(indices(50).map((seed) => cellsOf({ seed }))).size).toBe(50);
    expect(gridWorld({ seed: 5, width: 4 }).id).toBe("GridWorld-v0(width=4,seed=5)");
    expect(gridWorld({ seed: 0 }).id).toBe("GridWorld-v0");
    // Worked out once: a map may not change under a seed, since policies were trained on it.
    expect(gridWorld({ width: 5, height: 4, seed: 1 }).map).toEqual(["SF##F", "HF#FF", "#FFFF", "FHHHG"]);
  });

  it.each([0, 0.3, 0.6, 1])("always leaves a way to the goal, with walls on %f of its cells", (wallDensity) => {
    for (const seed of indices(40)) {
      const spec = gridWorld({ width: 2 + (seed % 7), height: 2 + (seed % 5), wallDensity, holes: 0, slipperiness: 0, seed });
      const { states } = spec.table;
      const optimum = optimaByHorizon({ ...spec.table }, states).at(-1);
      expect(optimum?.value[0], `seed ${seed}`).toBeGreaterThan(1 - 0.01 * states);
    }
  });

  it("starts anywhere from where there is a way to the goal, if asked to, and nowhere else", () => {
    for (const seed of indices(20)) {
      const { map, table } = gridWorld({ wallDensity: 0.5, holes: 2, slipperiness: 0, randomStart: true, seed });
      const starts = indices(table.states).filter((state) => table.initial[state]);
      const { value } = optimaByHorizon(table, table.states).at(-1) as { value: readonly number[] };
      const free = [...map.join("")].flatMap((letter, cell) => ("SF".includes(letter) ? [cell] : []));
      expect(starts).toEqual(free.filter((cell) => (value[cell] as number) > 0));
      expect(table.initial[starts[0] as number]).toBe(1 / starts.length);
    }
  });

  it("slips as often as it is told and rewards as it is told", () => {
    const { map, table } = gridWorld({ width: 3, height: 3, wallDensity: 0, holes: 0, slipperiness: 0.5, goalReward: 7, stepReward: -2 });
    expect(map).toEqual(["SFF", "FFF", "FFG"]);
    const [LEFT, DOWN] = [0, 1];
    const step = (probability: number, nextState: number) => ({ probability, nextState, reward: -2, terminated: false });
    expect(table.outcomes(4, LEFT)).toEqual([step(0.25, 1), step(0.5, 3), step(0.25, 7)]);
    expect(table.outcomes(5, DOWN)[1]).toEqual({ probability: 0.5, nextState: 8, reward: 7, terminated: true });
  });

  it("stops at walls and ends in holes", () => {
    const { map, table } = gridWorld({ wallDensity: 0.3, holes: 6, slipperiness: 0, holeReward: -3 });
    const cells = map.join("");
    const steps = [-1, map[0]?.length ?? 0, 1, -(map[0]?.length ?? 0)];
    for (const [cell, letter] of [...cells].entries()) {
      const [row, column] = [Math.floor(cell / 8), cell % 8];
      const isInside = [column > 0, row < 7, column < 7, row > 0];
      for (const [action, by] of steps.entries()) {
        const to = isInside[action] && cells[cell + by] !== "#" ? cell + by : cell;
        const ends = "HG".includes(cells[to] as string);
        const reward = ends ? { H: -3, G: 1 }[cells[to] as "H" | "G"] : -0.01;
        if ("SF".includes(letter))
          expect(table.outcomes(cell, action)).toEqual([{ probability: 1, nextState: to, reward, terminated: ends }]);
      }
    }
  });

  it("refuses what it has no room for and options that it doesn't know", () => {
    expect(() => gridWorld({ width: 2, height: 2, wallDensity: 0, holes: 3 })).toThrow(
      new UsageError("GridWorld has room for 1 holes, not for 3; lower holes or wallDensity"),
    );
    expect(() => gridWorld({ width: 1 })).toThrow(/option width of GridWorld is an integer from 2 to 128, not 1/);
    expect(() => gridWorld({ depth: 3 } as GridWorldOptions)).toThrow(/GridWorld has no option "depth"; it has: width, height/);
  });
});
