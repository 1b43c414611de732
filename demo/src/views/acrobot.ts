/** Acrobot: θ₁ (rad from straight down), θ₂ (rad from the first link), and their rates. */
import { angleAt, at, disc, line, type View } from "./view.js";

const MIDDLE = { x: 0.5, y: 0.5 };
const REACH = 2.2; // m from the pivot to the edge

export const acrobot: View = {
  rate: 15,
  shape: 1,
  draw(frame, state) {
    const { width, height, palette } = frame;
    const scale = Math.min(width, height) / (2 * REACH);
    const pivot = [width / 2, height / 2] as const;
    const [first, second] = [at(state, 0), at(state, 0) + at(state, 1)];
    const elbow = [pivot[0] + scale * Math.sin(first), pivot[1] + scale * Math.cos(first)] as const;
    const tip = [elbow[0] + scale * Math.sin(second), elbow[1] + scale * Math.cos(second)] as const;
    line(frame, palette.faint, 1, [0, pivot[1] - scale], [width, pivot[1] - scale]);
    line(frame, palette.body, Math.max(1.5, scale * 0.16), pivot, elbow);
    line(frame, palette.accent, Math.max(1.5, scale * 0.16), elbow, tip);
    disc(frame, palette.ink, ...pivot, Math.max(1, scale * 0.08));
  },
  push: ([first = 0, second = 0, firstDot = 0, secondDot = 0], direction) => [first, second, firstDot + 2 * direction, secondDot],
  drag: (state, place, shape) => [Math.PI - angleAt(place, MIDDLE, shape), at(state, 1), 0, 0].map(wrapped),
};

/** An angle in [-π, π]; others stay as they are. */
function wrapped(value: number, i: number): number {
  return i < 2 ? Math.atan2(Math.sin(value), Math.cos(value)) : value;
}
