/** Walking on grids, whose cells are numbered row by row, and maps of letters as tables. */
import { ensure } from "../../core/errors.js";
import { certainly, type Outcome, type TransitionTable, transitionTable, uniformOver } from "./table.js";

export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** Rows down and columns to the right. */
export type Move = readonly [down: number, right: number];

export const LEFT: Move = [0, -1];
export const DOWN: Move = [1, 0];
export const RIGHT: Move = [0, 1];
export const UP: Move = [-1, 0];

/** The cell to which a move leads; the border holds walkers back. */
export function moved({ height, width }: Grid, cell: number, [down, right]: Move): number {
  const row = clamp(Math.floor(cell / width) + down, height);
  const column = clamp((cell % width) + right, width);
  return row * width + column;
}

/** What a map's letters mean: start (several are equally likely), free, hole, goal, wall. Holes and the goal end an episode. */
export const LETTERS = { start: "S", free: "F", hole: "H", goal: "G", wall: "#" } as const;

/** In the order of their actions: each slips into its neighbours. */
const MOVES: readonly Move[] = [LEFT, DOWN, RIGHT, UP];

export interface MapRules {
  /** The probability to go where one means to; else one goes to its left or to its right, equally likely. */
  readonly successRate: number;
  readonly goalReward: number;
  readonly holeReward: number;
  /** Of any other step. */
  readonly stepReward: number;
}

/** The table of a map, with a state for each cell and the actions left, down, right and up. */
export function mapTable(map: readonly string[], rules: MapRules): TransitionTable {
  const grid = { height: map.length, width: map[0]?.length ?? 0 };
  ensure(map.every(({ length }) => length === grid.width) && grid.width > 0, () => "the rows of a map are equally long, and not empty");
  const cells = map.join("");
  const starts = indicesOf(cells, LETTERS.start);
  ensure(starts.length > 0, () => `a map has a start, "${LETTERS.start}"`);
  const enter = (probability: number, cell: number, move: Move): Outcome => {
    const target = moved(grid, cell, move);
    const nextState = cells[target] === LETTERS.wall ? cell : target;
    return { probability, nextState, reward: rewardAt(cells[nextState], rules), terminated: isEnd(cells[nextState]) };
  };
  return transitionTable({
    states: cells.length,
    actions: MOVES.length,
    initial: uniformOver(starts, cells.length),
    outcomes(state, action) {
      if (isEnd(cells[state])) return certainly(state, 0, true);
      return slips(action, rules).map(([probability, move]) => enter(probability, state, move));
    },
  });
}

/** Where an action may go, and how probably. */
function slips(action: number, { successRate }: MapRules): readonly (readonly [probability: number, move: Move])[] {
  const turned = (by: number) => MOVES[(action + by + MOVES.length) % MOVES.length] as Move;
  if (successRate === 1) return [[1, turned(0)]];
  const slipRate = (1 - successRate) / 2;
  return [
    [slipRate, turned(-1)],
    [successRate, turned(0)],
    [slipRate, turned(1)],
  ];
}

function rewardAt(letter: string | undefined, { goalReward, holeReward, stepReward }: MapRules): number {
  if (letter === LETTERS.goal) return goalReward;
  return letter === LETTERS.hole ? holeReward : stepReward;
}

function isEnd(letter: string | undefined): boolean {
  return letter === LETTERS.goal || letter === LETTERS.hole;
}

function indicesOf(cells: string, letter: string): number[] {
  return [...cells].flatMap((other, cell) => (other === letter ? [cell] : []));
}

function clamp(index: number, length: number): number {
  return Math.min(Math.max(index, 0), length - 1);
}
