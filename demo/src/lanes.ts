/** Many lanes at once, small, all played by the latest policy with its chance. */
import { Actors } from "./actors.js";
import { Canvas } from "./canvas.js";
import type { EnvironmentSpec, Policy } from "./lanewise.js";
import { Pace } from "./pace.js";
import { type View, viewOf } from "./views/index.js";

export const LANES = 64;
const CELL = 40; // px, about a cell's least height

export class Lanes {
  readonly #canvas: Canvas;
  readonly #pace = new Pace(
    () => this.#view?.rate ?? 1,
    () => this.#actors?.step(false),
    () => this.draw(),
  );
  #actors: Actors | undefined;
  #view: View | undefined;

  constructor(element: HTMLCanvasElement) {
    this.#canvas = new Canvas(element);
    new ResizeObserver(() => this.#fit()).observe(element.parentElement ?? element);
  }

  /** Puts other lanes on, with no policy yet. */
  async show(spec: EnvironmentSpec, view = viewOf(spec.id)): Promise<void> {
    this.#actors = await Actors.create(spec, LANES);
    this.#view = view;
    this.#canvas.element.setAttribute("aria-label", `${LANES} lanes of ${spec.id} at once`);
    this.#fit();
  }

  act(policy: Policy | undefined): void {
    if (this.#actors) this.#actors.policy = policy;
  }

  run(isRunning: boolean): void {
    if (isRunning) this.#pace.start();
    else this.#pace.stop();
  }

  draw(): void {
    const { width, height } = this.#canvas.clear();
    if (!this.#actors || !this.#view || width === 0) return;
    const columns = this.#columns;
    const [cellWidth, cellHeight] = [width / columns, (height * columns) / LANES];
    const { pen, palette } = this.#canvas;
    for (let lane = 0; lane < LANES; lane++) {
      pen.save();
      pen.translate((lane % columns) * cellWidth, Math.floor(lane / columns) * cellHeight);
      pen.beginPath();
      pen.rect(0, 0, cellWidth, cellHeight);
      pen.clip();
      pen.translate(cellWidth * 0.05, cellHeight * 0.05);
      this.#view.draw({ pen, palette, width: cellWidth * 0.9, height: cellHeight * 0.9 }, this.#actors.env.state(lane));
      pen.restore();
    }
  }

  /** The canvas' height follows from its width, so that cells keep their shape. */
  #fit(): void {
    const { element } = this.#canvas;
    const cellHeight = element.clientWidth / this.#columns / this.#shape;
    element.style.height = `${Math.round(cellHeight * (LANES / this.#columns))}px`;
    this.draw();
  }

  get #shape(): number {
    return this.#view?.shape ?? 1;
  }

  /** Divides the number of lanes, so that all rows are full. */
  get #columns(): number {
    return [16, 8].find((columns) => this.#canvas.element.clientWidth / columns / this.#shape >= CELL) ?? 4;
  }
}
