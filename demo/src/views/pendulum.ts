/** Pendulum: θ (rad from upright, counted to the left as Gymnasium draws it), θ̇. */
import { angleAt, at, disc, line, type View } from "./view.js";

const MIDDLE = { x: 0.5, y: 0.5 };

export const pendulum: View = {
  rate: 20,
  shape: 1,
  draw(frame, state) {
    const { width, height, palette } = frame;
    const rod = 0.4 * Math.min(width, height);
    const [x, y] = [width / 2, height / 2];
    const theta = at(state, 0);
    const tip = [x - rod * Math.sin(theta), y - rod * Math.cos(theta)] as const;
    line(frame, palette.faint, 1, [x, y - rod], [x, y - rod * 0.85]);
    line(frame, palette.accent, Math.max(2, rod * 0.16), [x, y], tip);
    disc(frame, palette.body, x, y, Math.max(1.5, rod * 0.06));
  },
  push: ([theta = 0, thetaDot = 0], direction) => [theta, thetaDot - 4 * direction],
  drag: (_, place, shape) => [-angleAt(place, MIDDLE, shape), 0],
};
