/** The two charts of a run: what it returns, and its losses. */
import { Chart, type Series } from "./chart.js";
import type { Metrics } from "./lanewise.js";

const COLORS = ["--accent", "--second", "--third", "--fourth"];
/** Metrics of every run, which aren't losses. */
const COMMON = new Set(["iteration", "steps", "totalSteps", "episodes", "meanReturn", "meanLength", "seconds", "stepsPerSecond"]);

export class Curves {
  readonly #returns: Chart;
  readonly #losses: Chart;
  #threshold: number | undefined;

  constructor(returns: HTMLElement, losses: HTMLElement) {
    this.#returns = new Chart(returns);
    this.#losses = new Chart(losses);
    this.clear(undefined);
  }

  /** @param threshold the mean return from which the task counts as solved */
  clear(threshold: number | undefined): void {
    this.#threshold = threshold;
    const solved = threshold === undefined ? [] : [{ label: "solved at", color: "--good" }];
    this.#returns.show([{ label: "mean return", color: "--accent" }, ...solved]);
    this.#losses.show([{ label: "loss", color: "--accent" }]);
  }

  add(metrics: Metrics): void {
    const { steps, iteration, meanReturn } = metrics;
    this.#returns.add(steps, this.#threshold === undefined ? [meanReturn] : [meanReturn, this.#threshold]);
    if (iteration === 1) this.#losses.show(lossesOf(metrics));
    this.#losses.add(
      steps,
      this.#losses.curves.map(({ label }) => metrics[label] ?? Number.NaN),
    );
  }
}

/** What is named a loss or, if nothing is, the algorithm's own figures. */
function lossesOf(metrics: Metrics): Series[] {
  const own = Object.keys(metrics).filter((name) => !COMMON.has(name));
  const losses = own.filter((name) => /Loss$/.test(name));
  return (losses.length > 0 ? losses : own).slice(0, COLORS.length).map((label, i) => ({ label, color: COLORS[i] ?? "--accent" }));
}
