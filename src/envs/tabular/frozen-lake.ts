/**
 * FrozenLake-v1 and FrozenLake8x8-v1: cross the ice from the start to the goal and fall into no hole, as Gymnasium implements
 * it. The ice is slippery: one goes where one means to one time in three, else to either side. Reward 1 at the goal, else 0.
 * The actions are left, down, right and up.
 */
import { type MapRules, mapTable } from "./grid.js";
import type { TransitionTable } from "./table.js";

// biome-ignore format: a map
export const LAKE_4X4 = [
  "SFFF",
  "FHFH",
  "FFFH",
  "HFFG",
] as const;

// biome-ignore format: a map
export const LAKE_8X8 = [
  "SFFFFFFF",
  "FFFFFFFF",
  "FFFHFFFF",
  "FFFFFHFF",
  "FFFHFFFF",
  "FHHFFFHF",
  "FHFFHFHF",
  "FFFHFFFG",
] as const;

const RULES: MapRules = { successRate: 1 / 3, goalReward: 1, holeReward: 0, stepReward: 0 };

/** @param map rows of letters: S start, F frozen, H hole, G goal */
export function frozenLake(map: readonly string[] = LAKE_4X4): TransitionTable {
  return mapTable(map, RULES);
}
