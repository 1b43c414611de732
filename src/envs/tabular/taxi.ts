/**
 * Taxi-v3: drive to a passenger, pick them up and drop them off at their destination. The task of Dietterich (2000),
 * "Hierarchical Reinforcement Learning with the MAXQ Value Function Decomposition", as Gymnasium implements it.
 * The actions are south, north, east, west, pick up and drop off. Reward -1 for each step, 20 for the passenger's arrival,
 * -10 for a pick-up or drop-off that can't be.
 */
import { DOWN, LEFT, type Move, moved, RIGHT, UP } from "./grid.js";
import { certainly, type Outcome, type TransitionTable, transitionTable, uniformOver } from "./table.js";

const GRID = { height: 5, width: 5 };
const CELLS = GRID.height * GRID.width;
const MOVES: readonly Move[] = [DOWN, UP, RIGHT, LEFT];
const PICK_UP = MOVES.length;
const ACTIONS = MOVES.length + 2;

/** Cells, and between those of a row a way ":" or a wall "|". */
// biome-ignore format: a map
const STREETS = [
  "R: | : :G",
  " : | : : ",
  " : : : : ",
  " | : | : ",
  "Y| : |B: ",
] as const;

/** The cells where passengers wait and go: R, G, Y and B. */
const STANDS: readonly number[] = [0, 4, 20, 23];
/** Where a passenger is who is at none of them. */
const IN_TAXI = STANDS.length;

interface Situation {
  /** 5·row + column of the taxi. */
  readonly taxi: number;
  /** The number of a stand, or IN_TAXI. */
  readonly passenger: number;
  /** The number of a stand. */
  readonly destination: number;
}

/** The states are ((row·5 + column)·5 + passenger)·4 + destination. */
export function taxi(): TransitionTable {
  const states = CELLS * (STANDS.length + 1) * STANDS.length;
  const isFirst = ({ passenger, destination }: Situation) => passenger !== IN_TAXI && passenger !== destination;
  const firsts = Array.from({ length: states }, (_, state) => state).filter((state) => isFirst(decode(state)));
  return transitionTable({ states, actions: ACTIONS, initial: uniformOver(firsts, states), outcomes });
}

function outcomes(state: number, action: number): readonly Outcome[] {
  const situation = decode(state);
  const { taxi, passenger, destination } = situation;
  if (action < PICK_UP) return certainly(encode({ ...situation, taxi: drive(taxi, MOVES[action] as Move) }), -1);
  if (action === PICK_UP) {
    if (taxi !== STANDS[passenger]) return certainly(state, -10);
    return certainly(encode({ ...situation, passenger: IN_TAXI }), -1);
  }
  const stand = STANDS.indexOf(taxi);
  if (passenger !== IN_TAXI || stand < 0) return certainly(state, -10);
  const isArrival = stand === destination;
  return certainly(encode({ ...situation, passenger: stand }), isArrival ? 20 : -1, isArrival);
}

/** The cell to which the taxi gets; walls and the border hold it back. */
function drive(cell: number, move: Move): number {
  const target = moved(GRID, cell, move);
  const [down, right] = move;
  if (down !== 0 || target === cell) return target;
  const [row, column] = [Math.floor(cell / GRID.width), cell % GRID.width];
  return STREETS[row]?.[2 * column + right] === "|" ? cell : target;
}

function encode({ taxi, passenger, destination }: Situation): number {
  return (taxi * (STANDS.length + 1) + passenger) * STANDS.length + destination;
}

/** The inverse of {@link encode}. */
function decode(state: number): Situation {
  const rest = Math.floor(state / STANDS.length);
  return {
    taxi: Math.floor(rest / (STANDS.length + 1)),
    passenger: rest % (STANDS.length + 1),
    destination: state % STANDS.length,
  };
}
