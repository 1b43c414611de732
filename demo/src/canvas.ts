/** A canvas that has a pixel for every pixel of the screen, and knows the page's colours. */
import { type Palette, paletteOf } from "./views/index.js";

export class Canvas {
  readonly pen: CanvasRenderingContext2D;
  palette: Palette;

  constructor(readonly element: HTMLCanvasElement) {
    const pen = element.getContext("2d");
    if (!pen) throw new Error("this browser draws on no canvas");
    this.pen = pen;
    this.palette = paletteOf(element);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.palette = paletteOf(element);
    });
  }

  /** An empty canvas of its size on the screen. Returns that size in pixels of the screen. */
  clear(): { width: number; height: number } {
    const { clientWidth, clientHeight } = this.element;
    const [width, height] = [clientWidth, clientHeight].map((size) => Math.round(size * devicePixelRatio)) as [number, number];
    if (this.element.width !== width || this.element.height !== height) Object.assign(this.element, { width, height });
    this.pen.clearRect(0, 0, width, height);
    return { width, height };
  }
}
