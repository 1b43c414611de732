/** The backward view of TD(λ): eligibility traces over the entries of a table, and what they make of each step's TD error. */
import { choice, number } from "../../core/options.js";
import { fill, type Numbers, type Resumable } from "../../core/run-state.js";

const KINDS = ["accumulating", "replacing"] as const;
const TIMES = ["online", "offline"] as const;

export const traceFields = {
  lambda: number(0.9, "λ, how far back an error is felt: 0 for the latest step alone", { min: 0, max: 1 }),
  traces: choice("accumulating", KINDS, "whether a visit adds 1 to the trace of what is visited, or makes it 1"),
  updates: choice("online", TIMES, "whether estimates move after each step, or after each episode"),
};

export type TraceKind = (typeof KINDS)[number];
export type UpdateTime = (typeof TIMES)[number];

/** How much each entry of a table is to learn from the present TD error. */
export class EligibilityTraces implements Resumable {
  readonly #trace: Float64Array;
  /** The entries that were visited in this episode. */
  #visited = new Set<number>();

  constructor(
    entries: number,
    readonly kind: TraceKind,
  ) {
    this.#trace = new Float64Array(entries);
  }

  /**
   * z ← fading·z, then z(entry) ← z(entry) + 1 (Sutton & Barto 2018, eq. 12.5), or 1 if traces are replacing
   * (Singh & Sutton 1996, "Reinforcement Learning with Replacing Eligibility Traces").
   * @param fading γλ
   */
  visit(entry: number, fading: number): void {
    const trace = this.#trace;
    for (const visited of this.#visited) trace[visited] = fading * (trace[visited] as number);
    this.#visited.add(entry);
    trace[entry] = this.kind === "accumulating" ? (trace[entry] as number) + 1 : 1;
  }

  /** target ← target + scale·z */
  addTo(target: Float64Array, scale: number): void {
    for (const entry of this.#visited) target[entry] = (target[entry] as number) + scale * (this.#trace[entry] as number);
  }

  snapshot() {
    return { trace: this.#trace, visited: Float64Array.from(this.#visited) };
  }

  restore({ trace, visited }: { readonly trace: Numbers; readonly visited: Numbers }): void {
    fill(this.#trace, trace);
    this.#visited = new Set(visited);
  }

  /** Forgets the episode. */
  clear(): void {
    for (const entry of this.#visited) this.#trace[entry] = 0;
    this.#visited.clear();
  }
}

export interface BackwardOptions {
  readonly gamma: number;
  readonly lambda: number;
  readonly traces: TraceKind;
  readonly updates: UpdateTime;
}

/** Spreads TD errors over a table, by traces (Sutton & Barto 2018, eqs. 12.6 and 12.7). */
export class BackwardView implements Resumable {
  readonly #traces: EligibilityTraces;
  /** Changes that wait for the end of the episode; undefined if none do. */
  readonly #pending: Float64Array | undefined;

  constructor(
    readonly table: Float64Array,
    readonly options: BackwardOptions,
  ) {
    this.#traces = new EligibilityTraces(table.length, options.traces);
    this.#pending = options.updates === "offline" ? new Float64Array(table.length) : undefined;
  }

  /** table ← table + αδz, now or when the episode ends. entry: what was visited, tdError: δ of the step from there. */
  learn(entry: number, tdError: number, learningRate: number, isEnd: boolean): void {
    const { gamma, lambda } = this.options;
    this.#traces.visit(entry, gamma * lambda);
    this.#traces.addTo(this.#pending ?? this.table, learningRate * tdError);
    if (isEnd) this.#finish();
  }

  snapshot() {
    return { ...this.#traces.snapshot(), ...(this.#pending && { pending: this.#pending }) };
  }

  restore(saved: { readonly trace: Numbers; readonly visited: Numbers; readonly pending?: Numbers }): void {
    this.#traces.restore(saved);
    if (this.#pending) fill(this.#pending, saved.pending);
  }

  #finish(): void {
    this.#traces.clear();
    this.#pending?.forEach((change, entry) => {
      this.table[entry] = (this.table[entry] as number) + change;
    });
    this.#pending?.fill(0);
  }
}
