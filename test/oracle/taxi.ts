/** Taxi-v3 by its documentation: positions as rows and columns, walls as a list. */

export const TAXI_STATES = 500;
export const DROP_OFF = 5;
const PICK_UP = 4;

/** Rows down and columns to the right: south, north, east, west. */
const MOVES = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;

/** Red, green, yellow, blue: [row, column]. */
const LOCATIONS = ["0,0", "0,4", "4,0", "4,3"];
const IN_TAXI = 4;

/** A wall stands to the east of each of these. */
const WALLS = new Set(["0,1", "1,1", "3,0", "4,0", "3,2", "4,2"]);

interface TaxiStep {
  readonly nextState: number;
  readonly reward: number;
  readonly terminated: boolean;
}

export function taxiStep(state: number, action: number): TaxiStep {
  const { row, column, passenger, destination } = read(state);
  const here = `${row},${column}`;
  const stay = (reward: number) => ({ nextState: state, reward, terminated: false });
  if (action === PICK_UP) {
    if (passenger === IN_TAXI || LOCATIONS[passenger] !== here) return stay(-10);
    return { nextState: write(row, column, IN_TAXI, destination), reward: -1, terminated: false };
  }
  if (action === DROP_OFF) {
    if (passenger !== IN_TAXI || !LOCATIONS.includes(here)) return stay(-10);
    const isThere = LOCATIONS[destination] === here;
    return { nextState: write(row, column, LOCATIONS.indexOf(here), destination), reward: isThere ? 20 : -1, terminated: isThere };
  }
  const [down, right] = MOVES[action] as readonly [number, number];
  const [toRow, toColumn] = [row + down, column + right];
  if (toRow < 0 || toRow > 4 || toColumn < 0 || toColumn > 4) return stay(-1);
  if (right !== 0 && WALLS.has(`${row},${Math.min(column, toColumn)}`)) return stay(-1);
  return { nextState: write(toRow, toColumn, passenger, destination), reward: -1, terminated: false };
}

/** Whether the passenger waits somewhere that is not the destination. */
export function isTaxiStart(state: number): boolean {
  const { passenger, destination } = read(state);
  return passenger < IN_TAXI && passenger !== destination;
}

function read(state: number) {
  const digits = { destination: state % 4, passenger: Math.floor(state / 4) % 5 };
  return { row: Math.floor(state / 100), column: Math.floor(state / 20) % 5, ...digits };
}

function write(row: number, column: number, passenger: number, destination: number): number {
  return 100 * row + 20 * column + 4 * passenger + destination;
}
