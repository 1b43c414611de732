/** What a drawing of an environment is: a state on a canvas, and what may be done to it by hand. */

/** Colours of the page, read from its custom properties. */
export interface Palette {
  readonly ink: string;
  readonly faint: string;
  readonly accent: string;
  readonly body: string;
  readonly good: string;
  readonly bad: string;
}

/** A part of a canvas, in pixels; the view draws within it. */
export interface Frame {
  readonly pen: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly palette: Palette;
}

/** A place in a frame: 0 to 1 from left to right and from top to bottom. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

export type State = ArrayLike<number> & Iterable<number>;

export interface View {
  /** Steps in a second that look natural. */
  readonly rate: number;
  /** Width / height of what is drawn, about. */
  readonly shape: number;
  draw(frame: Frame, state: State): void;
  /** The state after a push to the left (-1) or to the right (1). */
  push?(state: State, direction: -1 | 1): number[];
  /** The state when what is drawn is held at a place of a frame of this shape (width / height). */
  drag?(state: State, at: Place, shape: number): number[];
}

const FALLBACK: Palette = { ink: "#222", faint: "#ccc", accent: "#c2410c", body: "#345", good: "#16803c", bad: "#b91c1c" };

/** The palette in force for an element. */
export function paletteOf(element: Element): Palette {
  const style = getComputedStyle(element);
  const entries = Object.entries(FALLBACK).map(([name, fallback]) => [name, style.getPropertyValue(`--${name}`).trim() || fallback]);
  return Object.fromEntries(entries) as Palette;
}

/** A straight line; its width in pixels. */
export function line({ pen }: Frame, color: string, width: number, ...points: readonly (readonly [x: number, y: number])[]): void {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.beginPath();
  for (const [x, y] of points) pen.lineTo(x, y);
  pen.stroke();
}

export function disc({ pen }: Frame, color: string, x: number, y: number, radius: number): void {
  pen.fillStyle = color;
  pen.beginPath();
  pen.arc(x, y, radius, 0, 2 * Math.PI);
  pen.fill();
}

export function at(state: State, i: number): number {
  return state[i] ?? 0;
}

/** The angle of a place about the middle of the frame, from straight up, clockwise. */
export function angleAt({ x, y }: Place, middle: Place, shape: number): number {
  return Math.atan2((x - middle.x) * shape, middle.y - y);
}
