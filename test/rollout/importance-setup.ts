/** Columns of a rollout that another policy acted in, and the kernels that weigh them. */
import type { WeightForm } from "../../src/rollout/importance.js";
import { WEIGHT_FORMS } from "../../src/rollout/importance.js";
import { type Column, column } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type ReturnsKernels } from "../../src/wasm/kernels.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { drawn, randomNormals, randomNumbers } from "../oracle/random.js";

export type Names =
  | "logRatio"
  | "reward"
  | "terminated"
  | "truncated"
  | "value"
  | "finalValue"
  | "weight"
  | "advantage"
  | "plain"
  | "returns";

export interface Case {
  readonly steps: number;
  readonly lanes: number;
  readonly columns: Readonly<Record<Names, Column<"float32">>>;
  readonly kernels: ReturnsKernels;
  readonly damaged: () => number[];
}

/** Columns of given numbers, on a heap of their own. */
export async function caseOf(
  steps: number,
  lanes: number,
  fill: Partial<Record<Names, () => number>>,
  module = MODULES.returns,
): Promise<Case> {
  const heap = guardedHeap();
  const kernels = await instantiate<ReturnsKernels>(heap, module);
  const rows = (name: Names) => (name === "value" ? steps + 1 : steps);
  const filled = (name: Names) => {
    const made = column(heap, [rows(name), lanes]);
    made.data.set(drawn(made.length, fill[name] ?? (() => 0)));
    return made;
  };
  const names = [
    "logRatio",
    "reward",
    "terminated",
    "truncated",
    "value",
    "finalValue",
    "weight",
    "advantage",
    "plain",
    "returns",
  ] as const;
  const columns = Object.fromEntries(names.map((name) => [name, filled(name)])) as Record<Names, Column<"float32">>;
  heap.soil();
  return { steps, lanes, columns, kernels, damaged: () => heap.damaged() };
}

/** Random numbers with random ends of episodes of both kinds. */
export function randomCase(steps: number, lanes: number, seed: number, module = MODULES.returns): Promise<Case> {
  const [normal, random] = [randomNormals(seed), randomNumbers(seed)];
  const isEnd = () => Number(random() < 0.1);
  const numbers = { reward: normal, value: normal, finalValue: normal, logRatio: () => 0.3 * normal() };
  return caseOf(steps, lanes, { ...numbers, terminated: isEnd, truncated: isEnd }, module);
}

export function weigh({ columns: c, kernels, steps, lanes }: Case, form: WeightForm, maxWeight = Infinity): void {
  const ends = [c.terminated.address, c.truncated.address] as const;
  kernels.importanceWeights(c.weight.address, c.logRatio.address, ...ends, steps, lanes, WEIGHT_FORMS.indexOf(form), maxWeight);
}

export function estimate({ columns: c, kernels, steps, lanes }: Case, gamma: number, lambda: number): void {
  const inputs = [c.reward, c.terminated, c.truncated, c.value, c.finalValue].map(({ address }) => address) as [number, number, number, number, number]; // biome-ignore format: one line
  kernels.gae(c.plain.address, c.returns.address, ...inputs, steps, lanes, gamma, lambda);
}

export function weighPerDecision({ columns: c, kernels, steps, lanes }: Case, gamma: number, lambda: number): void {
  const inputs = [c.reward, c.terminated, c.truncated, c.value, c.finalValue].map(({ address }) => address) as [number, number, number, number, number]; // biome-ignore format: one line
  kernels.perDecisionAdvantages(c.advantage.address, c.weight.address, ...inputs, steps, lanes, gamma, lambda);
}

export const at = ({ columns, lanes }: Case, name: Names, t: number, n: number) => columns[name].data[t * lanes + n] as number;
export const isEnd = (one: Case, t: number, n: number) => at(one, "terminated", t, n) + at(one, "truncated", t, n) > 0;
