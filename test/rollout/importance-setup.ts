/** Columns of a rollout that another policy acted in, and the kernels that weigh them. */
import { WEIGHT_FORMS, type WeightForm } from "../../src/rollout/importance.js";
import { type Column, column } from "../../src/wasm/heap.js";
import { instantiate, MODULES, type ReturnsKernels } from "../../src/wasm/kernels.js";
import { guardedHeap } from "../oracle/guarded-heap.js";
import { drawn, randomNormals, randomNumbers } from "../oracle/random.js";

/** What the policy that acted left behind, then what is estimated: plain advantages and returns, weights, and weighted advantages. */
const INPUTS = ["logRatio", "reward", "terminated", "truncated", "value", "finalValue"] as const;
const ESTIMATES = ["plain", "returns", "weight", "advantage"] as const;
export type Names = (typeof INPUTS | typeof ESTIMATES)[number];

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
  const columns = Object.fromEntries([...INPUTS, ...ESTIMATES].map((name) => [name, filled(name)])) as Record<Names, Column<"float32">>;
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

export function estimate(one: Case, gamma: number, lambda: number): void {
  const { plain, returns } = one.columns;
  one.kernels.gae(plain.address, returns.address, ...episodesOf(one), one.steps, one.lanes, gamma, lambda);
}

export function weighPerDecision(one: Case, gamma: number, lambda: number): void {
  const { advantage, weight } = one.columns;
  one.kernels.perDecisionAdvantages(advantage.address, weight.address, ...episodesOf(one), one.steps, one.lanes, gamma, lambda);
}

function episodesOf({ columns: c }: Case) {
  return [c.reward.address, c.terminated.address, c.truncated.address, c.value.address, c.finalValue.address] as const;
}

export const at = ({ columns, lanes }: Case, name: Names, t: number, n: number) => columns[name].data[t * lanes + n] as number;
export const isEnd = (one: Case, t: number, n: number) => at(one, "terminated", t, n) + at(one, "truncated", t, n) > 0;
