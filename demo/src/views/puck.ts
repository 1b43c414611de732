/** The template's puck on an air table: x, y (m from the middle), and their rates. */
import { at, disc, type View } from "./view.js";

export const puck: View = {
  rate: 20,
  shape: 1,
  draw(frame, state) {
    const { pen, width, height, palette } = frame;
    const half = 0.46 * Math.min(width, height);
    const [x, y] = [width / 2, height / 2];
    pen.strokeStyle = palette.faint;
    pen.lineWidth = Math.max(1, half * 0.02);
    pen.strokeRect(x - half, y - half, 2 * half, 2 * half);
    disc(frame, palette.good, x, y, half * 0.1);
    disc(frame, palette.accent, x + at(state, 0) * half, y - at(state, 1) * half, half * 0.08);
  },
  push: ([x = 0, y = 0, xDot = 0, yDot = 0], direction) => [x, y, Math.min(Math.max(xDot + 0.6 * direction, -1), 1), yDot],
  drag(_, place, shape) {
    const limit = (value: number) => Math.min(Math.max(value / 0.46, -1), 1);
    return [limit((place.x - 0.5) * Math.max(shape, 1)), limit((0.5 - place.y) * Math.max(1 / shape, 1)), 0, 0];
  },
};
