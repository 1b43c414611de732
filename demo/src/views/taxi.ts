/** Taxi: the state is ((row·5 + column)·5 + passenger)·4 + destination. */
import { gridView } from "./grid.js";
import { at, disc, type View } from "./view.js";

const SIDE = 5;
/** Cells of the stands. */
const STANDS = [0, 4, 20, 23];
const streets = gridView(
  Array.from({ length: SIDE }, () => "F".repeat(SIDE)),
  (state) => Math.floor(state / 20),
);

export const taxi: View = {
  rate: 4,
  shape: 1,
  draw(frame, state) {
    const code = at(state, 0);
    const [passenger, destination] = [Math.floor(code / 4) % 5, code % 4];
    const side = Math.min(frame.width, frame.height) / SIDE;
    const middle = (cell: number) =>
      [
        (frame.width - side * SIDE) / 2 + ((cell % SIDE) + 0.5) * side,
        (frame.height - side * SIDE) / 2 + (Math.floor(cell / SIDE) + 0.5) * side,
      ] as const;
    const goal = middle(STANDS[destination] ?? 0);
    frame.pen.fillStyle = frame.palette.good;
    frame.pen.fillRect(goal[0] - side * 0.42, goal[1] - side * 0.42, side * 0.84, side * 0.84);
    streets.draw(frame, state);
    const rider = STANDS[passenger] ?? Math.floor(code / 20);
    disc(frame, frame.palette.ink, ...middle(rider), side * 0.13);
  },
};
