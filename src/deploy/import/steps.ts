/** What a network of another program does to a row of numbers, step by step, in float64; and fewer steps that do the same. */
import type { Activation } from "../../wasm/layers.js";

/** x · weight + bias, weight [inputs,outputs] row-major. */
export interface Dense {
  readonly kind: "dense";
  readonly inputs: number;
  readonly outputs: number;
  readonly weight: readonly number[];
  readonly bias: readonly number[];
}

/** x · scale + offset, number by number; a list of one number is for all. */
export interface Affine {
  readonly kind: "affine";
  readonly scale: readonly number[];
  readonly offset: readonly number[];
}

export type Operation =
  | Dense
  | Affine
  | { readonly kind: "activation"; readonly activation: Exclude<Activation, "linear"> }
  /** Within bounds; lists as those of {@link Affine}. */
  | { readonly kind: "clip"; readonly low: readonly number[]; readonly high: readonly number[] }
  /** An index as so many numbers. */
  | { readonly kind: "oneHot"; readonly depth: number }
  /** Chooses among the numbers, or makes them probabilities. */
  | { readonly kind: "ending"; readonly type: string };

export type Step = Operation & {
  /** What messages call it. */
  readonly name: string;
};

export const ACTIVATIONS = ["tanh", "relu", "sigmoid"] as const;

/** What may follow a layer; a sigmoid is learned on as the tanh that it is: σ(x) = ½ tanh(x / 2) + ½. */
export type ImportedActivation = (typeof ACTIVATIONS)[number];

export function activationSteps(activation: ImportedActivation, name: string): Step[] {
  if (activation !== "sigmoid") return [{ kind: "activation", activation, name }];
  return [
    { kind: "affine", scale: [0.5], offset: [0], name },
    { kind: "activation", activation: "tanh", name },
    { kind: "affine", scale: [0.5], offset: [0.5], name },
  ];
}

/** The steps with each affine one made part of the one beside it, as far as that is possible. */
export function folded(steps: readonly Step[]): Step[] {
  const done: Step[] = [];
  for (const step of steps) {
    const last = done.at(-1);
    const together = last && merged(last, step);
    if (together) done[done.length - 1] = { ...together, name: step.name };
    else done.push(step);
  }
  return done;
}

function merged(first: Step, second: Step): Dense | Affine | undefined {
  if (first.kind === "affine" && second.kind === "affine") {
    return { kind: "affine", scale: times(first.scale, second.scale), offset: plus(times(first.offset, second.scale), second.offset) };
  }
  if (first.kind === "dense" && second.kind === "affine") return scaledOutputs(first, second);
  return first.kind === "affine" && second.kind === "dense" ? scaledInputs(first, second) : undefined;
}

function scaledOutputs(dense: Dense, { scale, offset }: Affine): Dense {
  const { outputs } = dense;
  const weight = dense.weight.map((w, i) => w * at(scale, i % outputs));
  return { ...dense, weight, bias: plus(times(dense.bias, scale), offset) };
}

function scaledInputs({ scale, offset }: Affine, dense: Dense): Dense {
  const { inputs, outputs } = dense;
  const weight = dense.weight.map((w, i) => w * at(scale, Math.floor(i / outputs)));
  const bias = dense.bias.map((b, column) => {
    let sum = b;
    for (let k = 0; k < inputs; k++) sum += at(offset, k) * (dense.weight[k * outputs + column] as number);
    return sum;
  });
  return { ...dense, weight, bias };
}

/** The number of a list that may hold one for all. */
export function at(list: readonly number[], index: number): number {
  return (list.length === 1 ? list[0] : list[index]) as number;
}

function times(a: readonly number[], b: readonly number[]): number[] {
  return paired(a, b, (x, y) => x * y);
}

function plus(a: readonly number[], b: readonly number[]): number[] {
  return paired(a, b, (x, y) => x + y);
}

function paired(a: readonly number[], b: readonly number[], of: (x: number, y: number) => number): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => of(at(a, i), at(b, i)));
}
