/**
 * GridWorld: a random map to cross from the upper left corner to the lower right one, round walls and holes. Every map can be
 * solved, and the same options give the same map. The actions are left, down, right and up.
 */
import { flag, integer, number, type OptionsOf, resolveOptions } from "../../core/options.js";
import { mapTable } from "./grid.js";
import { randomMap } from "./random-map.js";
import { type TabularSpec, tabular } from "./spec.js";

const ID = "GridWorld-v0";
const SIDE = { min: 2, max: 128 };

const fields = {
  width: integer(8, "cells in a row", SIDE),
  height: integer(8, "rows", SIDE),
  wallDensity: number(0.2, "part of the cells that are walls, as far as they leave a way to the goal", { min: 0, max: 1 }),
  holes: integer(4, "cells that end an episode, never across the only way to the goal", { min: 0 }),
  slipperiness: number(0.1, "probability to go to the left or right of where one means to", { min: 0, max: 1 }),
  randomStart: flag(false, "start anywhere from where there is a way to the goal, instead of in the upper left corner"),
  goalReward: number(1, "reward at the goal"),
  holeReward: number(-1, "reward in a hole"),
  stepReward: number(-0.01, "reward of any other step"),
  seed: integer(0, "decides where walls and holes are", { min: 0, max: 2 ** 32 - 1 }),
};

/** The map and rules of a {@link gridWorld}. */
export type GridWorldOptions = Partial<OptionsOf<typeof fields>>;

export interface GridWorldSpec extends TabularSpec {
  /** Rows of letters: S start, F free, H hole, G goal, # wall. Several starts are equally likely. */
  readonly map: readonly string[];
}

/** A grid world; with all options at their defaults it is "GridWorld-v0". Its time limit is four steps for each cell. */
export function gridWorld(given: GridWorldOptions = {}): GridWorldSpec {
  const options = resolveOptions("GridWorld", fields, {}, given);
  const map = randomMap(options);
  const { slipperiness, ...rewards } = options;
  return {
    id: nameOf(options),
    ...tabular(mapTable(map, { successRate: 1 - slipperiness, ...rewards })),
    timeLimit: 4 * options.width * options.height,
    map,
  };
}

/** The id, with the options that are not at their defaults. */
function nameOf(options: OptionsOf<typeof fields>): string {
  const changes = Object.entries(options).filter(([name, value]) => value !== fields[name as keyof typeof fields].default);
  return changes.length === 0 ? ID : `${ID}(${changes.map(([name, value]) => `${name}=${value}`).join(",")})`;
}
