/** States of which nothing is known: a bar for each number, about a line for 0. */
import { line, type View } from "./view.js";

export const bars: View = {
  rate: 20,
  shape: 1.6,
  draw(frame, state) {
    const { pen, width, height, palette } = frame;
    const values = Array.from(state);
    const slot = width / Math.max(values.length, 1);
    line(frame, palette.faint, 1, [0, height / 2], [width, height / 2]);
    pen.fillStyle = palette.accent;
    values.forEach((value, i) => {
      const tall = (value / (1 + Math.abs(value))) * 0.45 * height; // any size fits
      pen.fillRect((i + 0.2) * slot, height / 2 - Math.max(tall, 0), 0.6 * slot, Math.max(Math.abs(tall), 1));
    });
  },
};
