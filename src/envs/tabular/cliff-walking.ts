/**
 * CliffWalking-v1: walk along a cliff from one corner to the other. Example 6.6 of Sutton & Barto (2018), "Reinforcement
 * Learning: An Introduction", as Gymnasium implements it: reward -1 for each step; over the cliff's edge it is -100, and one
 * goes on from the start. The actions are up, right, down and left.
 */
import { DOWN, LEFT, type Move, moved, RIGHT, UP } from "./grid.js";
import { certainly, type TransitionTable, transitionTable, uniformOver } from "./table.js";

const GRID = { height: 4, width: 12 };
const STATES = GRID.height * GRID.width;
const START = STATES - GRID.width;
const GOAL = STATES - 1;
const MOVES: readonly Move[] = [UP, RIGHT, DOWN, LEFT];

/** The states are cells, numbered row by row; the cliff lies between start and goal. */
export function cliffWalking(): TransitionTable {
  return transitionTable({
    states: STATES,
    actions: MOVES.length,
    initial: uniformOver([START], STATES),
    outcomes(state, action) {
      const cell = moved(GRID, state, MOVES[action] as Move);
      if (cell > START && cell < GOAL) return certainly(START, -100);
      return certainly(cell, -1, cell === GOAL);
    },
  });
}
