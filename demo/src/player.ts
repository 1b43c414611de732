/**
 * `<lanewise-player policy="cartpole.safetensors">`: plays a trained policy on its environment, which can be pushed and dragged.
 * Without TensorFlow.js; it rests while it is out of sight. Colours are custom properties: --accent, --ink, --paper, …
 */
import type { Actor } from "./actors.js";
import { type EnvironmentSpec, environments, loadPolicy } from "./lanewise.js";
import { Stage } from "./stage.js";
import { viewOf } from "./views/index.js";

const TEMPLATE = `
<style>
  :host { display: block; font: 14px/1.4 system-ui, sans-serif; color: var(--ink, inherit); }
  canvas { display: block; width: 100%; aspect-ratio: 16 / 10; border-radius: 8px; background: var(--paper, Canvas); }
  canvas.held { cursor: grab; touch-action: none; }
  div { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; padding-top: 8px; min-height: 34px; }
  span { flex: 1 1 9em; min-width: 0; font-variant-numeric: tabular-nums; }
  button { font: inherit; color: inherit; padding: 4px 10px; border: 1px solid var(--line, currentColor); border-radius: 6px;
    background: var(--panel, transparent); cursor: pointer; }
  button:focus-visible { outline: 2px solid var(--accent, Highlight); outline-offset: 2px; }
</style>
<canvas role="img" aria-label="Not loaded yet"></canvas>
<div><span></span><button type="button" data-push="-1" aria-label="Push left">←</button><button
  type="button" data-push="1" aria-label="Push right">→</button><button type="button" data-play>Pause</button></div>`;

export class LanewisePlayer extends HTMLElement {
  static readonly observedAttributes = ["policy"];
  readonly #root = this.attachShadow({ mode: "open" });
  readonly #stage: Stage;
  readonly #caption: HTMLSpanElement;
  readonly #button: HTMLButtonElement;
  readonly #sight = new IntersectionObserver(([entry]) => {
    this.#isInSight = entry?.isIntersecting ?? false;
    this.#update();
  });
  #title = "";
  #isWanted = !matchMedia("(prefers-reduced-motion: reduce)").matches;
  #isInSight = false;

  constructor() {
    super();
    this.#root.innerHTML = TEMPLATE;
    const find = <T extends Element>(selector: string) => this.#root.querySelector(selector) as T;
    this.#caption = find("span");
    this.#button = find("[data-play]");
    const pushes = this.#root.querySelectorAll<HTMLButtonElement>("[data-push]");
    this.#stage = new Stage(find("canvas"), {
      onEpisode: ({ reward }) => {
        this.#caption.textContent = `${this.#title}, return ${reward.toFixed(reward % 1 === 0 ? 0 : 1)}`;
      },
      onView: ({ push }) => {
        for (const button of pushes) button.hidden = !push;
      },
    });
    for (const button of pushes) button.addEventListener("click", () => this.#stage.push(button.dataset["push"] === "1" ? 1 : -1));
    this.#button.addEventListener("click", () => {
      this.#isWanted = !this.#isWanted;
      this.#update();
    });
  }

  connectedCallback(): void {
    this.#sight.observe(this);
  }

  disconnectedCallback(): void {
    this.#sight.disconnect();
    this.#stage.play(false);
  }

  async attributeChangedCallback(_name: string, _before: string | null, policy: string | null): Promise<void> {
    try {
      if (policy !== null) await this.#load(new URL(policy, document.baseURI));
    } catch (reason) {
      this.#caption.textContent = (reason as Error).message;
    }
  }

  async #load(url: URL): Promise<void> {
    const policy = await loadPolicy(url);
    const { algorithm, environment } = policy.header;
    const spec = Object.values(environments).find(({ id }) => id === environment);
    if (!spec) throw new Error(`this player has no environment ${environment}`);
    await this.show(spec, policy, `${environment}: ${algorithm}`);
  }

  /** Plays a policy that is at hand. */
  async show(spec: EnvironmentSpec, policy: Actor, title: string): Promise<void> {
    await this.#stage.show(spec, viewOf(spec.id));
    this.#stage.act(policy);
    this.#title = title;
    this.#stage.restart();
    this.#update();
  }

  #update(): void {
    this.#button.textContent = this.#isWanted ? "Pause" : "Play";
    this.#stage.play(this.#isWanted && this.#isInSight);
  }
}

if (!customElements.get("lanewise-player")) customElements.define("lanewise-player", LanewisePlayer);
