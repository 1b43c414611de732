/** MountainCar, discrete and continuous: position (m), velocity (m/step). */
import { at, disc, line, type View } from "./view.js";

const [LEFT, RIGHT, GOAL] = [-1.2, 0.6, 0.5];

const heightAt = (position: number) => 0.45 * Math.sin(3 * position) + 0.55;

export const mountainCar: View = {
  rate: 30,
  shape: 1.6,
  draw(frame, state) {
    const { pen, width, height, palette } = frame;
    const across = (position: number) => ((position - LEFT) / (RIGHT - LEFT)) * width;
    const up = (position: number) => height * (0.9 - 0.68 * heightAt(position));
    const hill = Array.from({ length: 41 }, (_, i) => LEFT + ((RIGHT - LEFT) * i) / 40);
    line(frame, palette.faint, Math.max(1, width / 160), ...hill.map((position) => [across(position), up(position)] as const));
    const pole = height * 0.14;
    line(frame, palette.good, Math.max(1, width / 200), [across(GOAL), up(GOAL)], [across(GOAL), up(GOAL) - pole]);
    pen.fillStyle = palette.good;
    pen.fillRect(across(GOAL), up(GOAL) - pole, pole * 0.6, pole * 0.4);
    const radius = Math.max(2, Math.min(width, height) * 0.045);
    const position = at(state, 0);
    disc(frame, palette.accent, across(position), up(position) - radius, radius);
  },
  push: ([position = 0, velocity = 0], direction) => [position, Math.min(Math.max(velocity + 0.03 * direction, -0.07), 0.07)],
  drag: (_, place) => [Math.min(Math.max(LEFT + place.x * (RIGHT - LEFT), LEFT), 0.45), 0],
};
