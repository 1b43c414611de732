/** Many lanes at once, small: those of a run as they stand, or others that the latest policy plays with its chance. */
import { Actors } from "./actors.js";
import { Canvas } from "./canvas.js";
import type { EnvironmentSpec, LaneColumns, Policy } from "./lanewise.js";
import { Pace } from "./pace.js";
import { type View, viewOf } from "./views/index.js";

/** As many are played, and at most so many of a run are drawn. */
const LANES = 64;
const HIGHEST = 130; // px, of a cell
const HIGHEST_OF_ALL = 600; // px

export interface LanesEvents {
  /** Whose lanes are on, and how many there are. */
  readonly onLanes: (whose: "policy" | "run", count: number) => void;
}

export class Lanes {
  readonly #canvas: Canvas;
  readonly #pace = new Pace(
    () => this.#view?.rate ?? 1,
    () => this.#actors?.step(false),
    () => this.draw(),
  );
  #actors: Actors | undefined;
  #view: View | undefined;
  /** Those of the run, if they are on. */
  #standing: LaneColumns | undefined;

  constructor(
    element: HTMLCanvasElement,
    readonly events: LanesEvents,
  ) {
    this.#canvas = new Canvas(element);
    new ResizeObserver(() => this.#fit()).observe(element.parentElement ?? element);
  }

  /** Puts other lanes on, with no policy yet. */
  async show(spec: EnvironmentSpec, view = viewOf(spec.id)): Promise<void> {
    this.#actors = await Actors.create(spec, LANES);
    this.#view = view;
    this.#standing = undefined;
    this.#tell();
  }

  act(policy: Policy | undefined): void {
    if (this.#actors) this.#actors.policy = policy;
  }

  /** Draws a run's lanes, in place of played ones until {@link play}. */
  stand(lanes: LaneColumns): void {
    const isOther = this.#standing?.numEnvs !== lanes.numEnvs;
    this.#standing = lanes;
    this.#pace.stop();
    if (isOther) this.#tell();
    this.draw();
  }

  /** Puts on lanes that the policy plays, or that rest until {@link resume}. */
  play(isMoving = true): void {
    const wasStanding = this.#standing !== undefined;
    this.#standing = undefined;
    if (wasStanding) this.#tell();
    if (isMoving) this.#pace.start();
    else this.#pace.stop();
  }

  pause(): void {
    this.#pace.stop();
  }

  resume(): void {
    if (!this.#standing) this.#pace.start();
  }

  draw(): void {
    const { width } = this.#canvas.clear();
    if (!this.#view || width === 0) return;
    const { columns, cellWidth, cellHeight } = this.#grid(width, devicePixelRatio);
    const margin = (width - columns * cellWidth) / 2;
    const { pen, palette } = this.#canvas;
    for (let lane = 0; lane < this.#count; lane++) {
      const state = this.#state(lane);
      if (!state) return;
      pen.save();
      pen.translate(margin + (lane % columns) * cellWidth, Math.floor(lane / columns) * cellHeight);
      pen.beginPath();
      pen.rect(0, 0, cellWidth, cellHeight);
      pen.clip();
      pen.translate(cellWidth * 0.05, cellHeight * 0.05);
      this.#view.draw({ pen, palette, width: cellWidth * 0.9, height: cellHeight * 0.9 }, state);
      pen.restore();
    }
  }

  #state(lane: number): Float32Array | undefined {
    if (!this.#standing) return this.#actors?.env.state(lane);
    const { states, numEnvs } = this.#standing;
    const size = states.length / numEnvs;
    return states.subarray(lane * size, (lane + 1) * size);
  }

  /** How many are drawn. */
  get #count(): number {
    return Math.min(this.#standing?.numEnvs ?? LANES, LANES);
  }

  #tell(): void {
    const { spec } = this.#actors?.env ?? {};
    const count = this.#standing?.numEnvs ?? LANES;
    if (spec)
      this.#canvas.element.setAttribute("aria-label", `${count} lanes of ${spec.id}${this.#standing ? " in training" : " at once"}`);
    this.events.onLanes(this.#standing ? "run" : "policy", count);
    this.#fit();
  }

  /** The canvas' height follows from its width, so that cells keep their shape. */
  #fit(): void {
    const { element } = this.#canvas;
    element.style.height = `${Math.round(this.#grid(element.clientWidth).height)}px`;
    this.draw();
  }

  /** The fewest columns whose cells, and rows in all, aren't too high. Lengths are in the unit of the width; `pixel` is a CSS pixel in it. */
  #grid(width: number, pixel = 1): { columns: number; cellWidth: number; cellHeight: number; height: number } {
    const shape = this.#view?.shape ?? 1;
    const of = (most: number) => {
      const columns = Math.min(most, this.#count);
      const cellHeight = Math.min(width / columns / shape, HIGHEST * pixel);
      return { columns, cellWidth: cellHeight * shape, cellHeight, height: cellHeight * Math.ceil(this.#count / columns) };
    };
    const isLow = (columns: number) => width / columns / shape <= HIGHEST * pixel && of(columns).height <= HIGHEST_OF_ALL * pixel;
    return of([1, 2, 4, 8].find(isLow) ?? 16);
  }
}
