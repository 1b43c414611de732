/** One lane, large: the policy plays it, and hands may disturb it. */
import { type Actor, Actors } from "./actors.js";
import { Canvas } from "./canvas.js";
import type { EnvironmentSpec } from "./lanewise.js";
import { Pace } from "./pace.js";
import { type Place, type View, viewOf } from "./views/index.js";

export interface StageEvents {
  /** Where the episode is. */
  readonly onEpisode: (episode: { readonly steps: number; readonly reward: number }) => void;
  /** What may be done to what is on. */
  readonly onView: (can: { readonly push: boolean; readonly drag: boolean }) => void;
}

export class Stage {
  readonly #canvas: Canvas;
  readonly #pace: Pace;
  #actors: Actors | undefined;
  #view: View | undefined;
  /** Where a pointer holds what is on. */
  #held: Place | undefined;

  constructor(
    element: HTMLCanvasElement,
    readonly events: StageEvents,
  ) {
    this.#canvas = new Canvas(element);
    this.#pace = new Pace(
      () => this.#view?.rate ?? 1,
      () => this.#step(),
      () => this.draw(),
    );
    new ResizeObserver(() => this.draw()).observe(element);
    element.addEventListener("pointerdown", (event) => this.#hold(event));
    element.addEventListener("pointermove", (event) => this.#held && this.#hold(event));
    for (const end of ["pointerup", "pointercancel"]) element.addEventListener(end, () => this.#letGo());
  }

  get isPlaying(): boolean {
    return this.#pace.isRunning;
  }

  async show(spec: EnvironmentSpec, view = viewOf(spec.id)): Promise<void> {
    this.#actors = await Actors.create(spec, 1);
    this.#view = view;
    this.#canvas.element.setAttribute("aria-label", `${spec.id}, one lane`);
    this.#canvas.element.classList.toggle("held", view.drag !== undefined);
    this.events.onView({ push: view.push !== undefined, drag: view.drag !== undefined });
    this.draw();
  }

  act(policy: Actor | undefined): void {
    if (this.#actors) this.#actors.policy = policy;
  }

  play(isPlaying: boolean): void {
    if (isPlaying) this.#pace.start();
    else this.#pace.stop();
  }

  /** A new episode. */
  restart(): void {
    this.#actors?.reset();
    this.#tell();
    this.draw();
  }

  push(direction: -1 | 1): void {
    this.#change((view, state) => view.push?.(state, direction));
  }

  /** The state of the lane. */
  get state(): Float32Array | undefined {
    return this.#actors?.env.state(0);
  }

  draw(): void {
    const { width, height } = this.#canvas.clear();
    const { pen, palette } = this.#canvas;
    if (this.#view && this.state) this.#view.draw({ pen, palette, width, height }, this.state);
  }

  #step(): void {
    if (this.#held) {
      this.#dragTo(this.#held);
      return;
    }
    const ended = this.#actors?.step(true);
    this.#tell();
    if (ended && this.#actors) this.#actors.episode = { steps: 0, reward: 0 };
  }

  #tell(): void {
    if (this.#actors) this.events.onEpisode(this.#actors.episode);
  }

  #hold(event: PointerEvent): void {
    if (!this.#view?.drag) return;
    const { element } = this.#canvas;
    if (event.type === "pointerdown") element.setPointerCapture(event.pointerId);
    const { left, top, width, height } = element.getBoundingClientRect();
    this.#held = { x: (event.clientX - left) / width, y: (event.clientY - top) / height };
    this.#dragTo(this.#held);
    this.draw();
  }

  #letGo(): void {
    this.#held = undefined;
  }

  #dragTo(place: Place): void {
    const { clientWidth, clientHeight } = this.#canvas.element;
    this.#change((view, state) => view.drag?.(state, place, clientWidth / clientHeight));
  }

  #change(change: (view: View, state: Float32Array) => number[] | undefined): void {
    const { state } = this;
    const changed = this.#view && state && change(this.#view, state);
    if (changed) this.#actors?.env.setState(0, changed);
    this.draw();
  }
}
