/** Environments on grids: the cell that a state stands for, on a map of letters. */
import { at, disc, type Frame, type View } from "./view.js";

/** Rows of letters: S start, F free, H hole, G goal, # wall. */
export function gridView(map: readonly string[], cellOf: (state: number) => number = (state) => state): View {
  const [rows, columns] = [map.length, map[0]?.length ?? 1];
  return {
    rate: 4,
    shape: columns / rows,
    draw(frame, state) {
      const side = Math.min(frame.width / columns, frame.height / rows);
      const [left, top] = [(frame.width - side * columns) / 2, (frame.height - side * rows) / 2];
      const place = (cell: number) => [left + (cell % columns) * side, top + Math.floor(cell / columns) * side] as const;
      [...map.join("")].forEach((letter, cell) => {
        tile(frame, letter, ...place(cell), side);
      });
      const [x, y] = place(cellOf(at(state, 0)));
      disc(frame, frame.palette.accent, x + side / 2, y + side / 2, side * 0.3);
    },
  };
}

function tile({ pen, palette }: Frame, letter: string, x: number, y: number, side: number): void {
  const gap = Math.max(0.5, side * 0.04);
  const colors: Readonly<Record<string, string>> = { H: palette.bad, G: palette.good, "#": palette.body };
  pen.globalAlpha = colors[letter] ? 0.75 : 0.45;
  pen.fillStyle = colors[letter] ?? palette.faint;
  pen.fillRect(x + gap, y + gap, side - 2 * gap, side - 2 * gap);
  pen.globalAlpha = 1;
}
