/** A small grid world without chance, and its optimal action values: what methods with a weight for each state and action must come to. */
import { gridWorld } from "../../src/envs/tabular/grid-world.js";
import { optimalValues, worths } from "./planning.js";

/** Starts are anywhere; one hole and the goal end an episode. */
export const GRID = gridWorld({ width: 3, height: 3, slipperiness: 0, wallDensity: 0, holes: 1, randomStart: true });
export const GAMMA = 0.9;

/** States in which an episode may be under way. */
export const ALIVE = GRID.table.initial.flatMap((probability, state) => (probability > 0 ? [state] : []));

/** Q*(s, ·) of the states that are alive. */
export const OPTIMUM = alive(worths(GRID.table, optimalValues(GRID.table, GAMMA), GAMMA));

/** The rows `[S][A]` of states that are alive. */
export function alive(values: readonly (readonly number[])[]): (readonly number[])[] {
  return ALIVE.map((state) => values[state] ?? []);
}

/** The largest difference of two tables of action values. */
export function farthest(got: readonly (readonly number[])[] = [], wanted: readonly (readonly number[])[]): number {
  return Math.max(...wanted.flatMap((row, i) => row.map((value, action) => Math.abs(value - (got[i]?.[action] ?? Number.NaN)))));
}
