/** The choice of an environment, an algorithm and its options. */
import catalogue, { type Option as Described } from "virtual:catalogue";
import type { TrainOptions } from "./lanewise.js";

/** Shown without asking, in this order. */
const MAIN = ["totalSteps", "seed", "learningRate", "gamma", "numEnvs", "steps", "batchSize", "epochs"];

interface Parts {
  readonly environment: HTMLSelectElement;
  readonly algorithm: HTMLSelectElement;
  readonly paper: HTMLElement;
  readonly main: HTMLElement;
  readonly more: HTMLElement;
}

export class Form {
  /** Option names and what their inputs hold. */
  #inputs = new Map<string, HTMLInputElement>();

  /** @param onEnvironment called with its id whenever another is chosen, and at first */
  constructor(
    readonly parts: Parts,
    readonly onEnvironment: (id: string) => void,
  ) {
    const { environment, algorithm } = parts;
    fill(
      environment,
      catalogue.environments.map(({ id }) => ({ value: id, text: id })),
    );
    environment.addEventListener("change", () => this.choose(environment.value));
    algorithm.addEventListener("change", () => this.#showOptions());
    this.#showAlgorithms();
  }

  get environment(): string {
    return this.parts.environment.value;
  }

  get threshold(): number | undefined {
    return catalogue.environments.find(({ id }) => id === this.environment)?.rewardThreshold;
  }

  /** Makes an environment the chosen one. */
  choose(id: string): void {
    this.parts.environment.value = id;
    this.#showAlgorithms();
    this.onEnvironment(id);
  }

  /** What is to be trained; options that the form leaves as they are go unsaid. */
  get options(): TrainOptions {
    const changed = [...this.#inputs].filter(([, input]) => input.value !== input.defaultValue);
    return {
      algo: this.parts.algorithm.value,
      env: this.environment,
      ...Object.fromEntries(changed.map(([name, { value }]) => [name, value])),
    } as TrainOptions; // the package reads texts too, and refuses what can't be
  }

  #showAlgorithms(): void {
    const { algorithm } = this.parts;
    const before = algorithm.value;
    const able = catalogue.environments.find(({ id }) => id === this.environment)?.algorithms ?? [];
    fill(
      algorithm,
      able.map((id) => ({ value: id, text: `${id}: ${catalogue.algorithms[id]?.title ?? id}` })),
    );
    const preferred = [before, "ppo"].find((id) => able.includes(id) && this.#isTuned(id));
    algorithm.value = preferred ?? able[0] ?? "";
    this.#showOptions();
  }

  #isTuned(algorithm: string): boolean {
    return catalogue.algorithms[algorithm]?.presets[this.environment] !== undefined;
  }

  #showOptions(): void {
    const { algorithm, main, more, paper } = this.parts;
    const entry = catalogue.algorithms[algorithm.value];
    if (!entry) return;
    paper.textContent = entry.paper;
    this.#inputs = new Map();
    const tuned = entry.presets[this.environment] ?? {};
    const rows = entry.options.map((option) => ({ option, row: this.#row(option, tuned[option.name] ?? option.value) }));
    const mainRows = MAIN.flatMap((name) => rows.filter(({ option }) => option.name === name));
    main.replaceChildren(...mainRows.map(({ row }) => row));
    more.replaceChildren(...rows.filter((entry) => !mainRows.includes(entry)).map(({ row }) => row));
  }

  #row({ name, doc, range }: Described, value: unknown): HTMLElement {
    const input = document.createElement("input");
    Object.assign(input, { id: `option-${name}`, defaultValue: String(value), autocomplete: "off", spellcheck: false, title: range });
    input.setAttribute("aria-describedby", `about-${name}`);
    const label = Object.assign(document.createElement("label"), { htmlFor: input.id, textContent: spelled(name) });
    const about = Object.assign(document.createElement("small"), { id: `about-${name}`, textContent: doc });
    this.#inputs.set(name, input);
    const row = Object.assign(document.createElement("div"), { className: "option" });
    row.append(label, input, about);
    return row;
  }
}

/** "learningRate" as "learning rate". */
function spelled(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function fill(select: HTMLSelectElement, choices: readonly { value: string; text: string }[]): void {
  select.replaceChildren(...choices.map(({ value, text }) => new Option(text, value)));
}
