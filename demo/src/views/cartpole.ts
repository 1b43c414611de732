/** CartPole: x (m), ẋ, θ (rad from upright), θ̇. */
import { at, disc, line, type View } from "./view.js";

const REACH = 2.7; // m from the middle to the edge
const POLE = 1; // m

export const cartPole: View = {
  rate: 50,
  shape: 2.4,
  draw(frame, state) {
    const { pen, width, height, palette } = frame;
    const scale = Math.min(width / (2 * REACH), height / 1.9);
    const [x, y] = [width / 2 + at(state, 0) * scale, height * 0.78];
    const theta = at(state, 2);
    line(frame, palette.faint, Math.max(1, scale * 0.02), [0, y], [width, y]);
    pen.fillStyle = palette.body;
    pen.beginPath();
    pen.roundRect(x - 0.26 * scale, y - 0.13 * scale, 0.52 * scale, 0.26 * scale, 0.05 * scale);
    pen.fill();
    const tip = [x + POLE * scale * Math.sin(theta), y - POLE * scale * Math.cos(theta)] as const;
    line(frame, palette.accent, Math.max(1.5, scale * 0.075), [x, y], tip);
    disc(frame, palette.ink, x, y, Math.max(1, scale * 0.035));
  },
  push: ([x = 0, xDot = 0, theta = 0, thetaDot = 0], direction) => [x, xDot, theta, thetaDot + 0.6 * direction],
  drag(state, place, shape) {
    const perUnit = Math.max(2 * REACH, 1.9 * shape); // m across the frame
    const x = Math.min(Math.max((place.x - 0.5) * perUnit, -2.3), 2.3);
    return [x, 0, at(state, 2), at(state, 3)];
  },
};
