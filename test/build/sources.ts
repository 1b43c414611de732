/** Sources for tests: the template, and the same with a piece replaced. */
import { expect } from "vitest";
import { environmentTemplate } from "../../src/build/index.js";

export const TEMPLATE = environmentTemplate("my-env");

/** The template with one piece replaced. */
export function altered(piece: string | RegExp, replacement: string): string {
  const source = TEMPLATE.replace(piece, replacement);
  expect(source).not.toBe(TEMPLATE);
  return source;
}

/** Takes the marks ‸ out of a source; gives what is left and their places, `my-env.ts:LINE:COLUMN: `. */
export function unmarked(source: string): { source: string; places: string[] } {
  const parts = source.split("‸");
  const places = parts.slice(1).map((_, i) => {
    const lines = parts
      .slice(0, i + 1)
      .join("")
      .split("\n");
    return `my-env.ts:${lines.length}:${String(lines.at(-1)).length + 1}: `;
  });
  return { source: parts.join(""), places };
}
