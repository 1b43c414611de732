/** The steps of an imported network as what a policy holds: a normaliser, dense layers, and nothing else. */
import { featuresOf, type Space } from "../../core/spaces.js";
import { demand } from "../../policy/errors.js";
import type { DistributionSpec } from "../../policy/format.js";
import { show } from "../../policy/guards.js";
import type { Activation } from "../../wasm/layers.js";
import { type Affine, at, type Dense, folded, type Step } from "./steps.js";

/** What the network is to be: the actor of such a distribution, or a critic. */
export type Role = DistributionSpec["kind"] | "critic";

export interface Layer extends Dense {
  readonly activation: Activation;
}

export interface Normalizer {
  /** [D] */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
  readonly limit: number;
}

export interface Network {
  readonly normalizer: Normalizer | undefined;
  readonly layers: readonly Layer[];
}

export interface Spaces {
  readonly observationSpace: Space;
  readonly actionSpace: Space;
}

/** Steps that a policy takes by itself are left out; a PolicyFormatError names one that it can't take. */
export function networkOf(steps: readonly Step[], role: Role, spaces: Spaces): Network {
  const rest = folded(withoutOneHot(steps, spaces.observationSpace));
  const normalizer = takeNormalizer(rest, featuresOf(spaces.observationSpace));
  const layers = takeLayers(rest);
  demand(layers.length > 0, () => `the ${nameOf(role)} has no dense layer`);
  dropEnding(rest, role, spaces.actionSpace, layers.at(-1)?.activation);
  const [odd] = rest;
  demand(odd === undefined, () => `${describe(odd as Step)} of the ${nameOf(role)} is nothing that a policy does there`);
  return { normalizer, layers };
}

function nameOf(role: Role): string {
  return role === "critic" ? "value network" : "policy network";
}

function describe({ kind, name }: Step): string {
  return `the ${kind === "affine" ? "scaling" : kind} ${show(name)}`;
}

function withoutOneHot(steps: readonly Step[], space: Space): readonly Step[] {
  const [first, ...rest] = steps;
  if (first?.kind !== "oneHot") return steps;
  const wanted = space.kind === "discrete" ? space.n : 0;
  demand(
    first.depth === wanted,
    () => `${describe(first)} makes ${first.depth} numbers of an index; the environment has ${wanted} indices`,
  );
  return rest;
}

/** (x − mean) · scale within ±limit, off the front of the steps. Scaling that isn't clipped has become part of the first layer. */
function takeNormalizer(steps: Step[], features: number): Normalizer | undefined {
  const [first, second] = steps;
  const affine: Affine = first?.kind === "affine" ? first : { kind: "affine", scale: [1], offset: [0] };
  const clip = first?.kind === "affine" ? second : first;
  if (clip?.kind !== "clip") return undefined;
  const [limit = 0] = clip.high;
  const isAround0 = [...clip.low.map((x) => -x), ...clip.high].every((bound) => bound === limit) && limit > 0 && limit < Infinity;
  demand(isAround0, () => `${describe(clip)} is not around 0; a policy clips normalised observations within ±limit`);
  for (const { length } of [affine.scale, affine.offset])
    demand(length === 1 || length === features, () => `${describe(clip)} comes after ${length} numbers; an observation has ${features}`);
  const mean = Array.from({ length: features }, (_, i) => {
    const [scale, offset] = [at(affine.scale, i), at(affine.offset, i)];
    demand(scale !== 0 || offset === 0, () => `${describe(clip)} comes after a scale of 0, which no mean makes up for`);
    return scale === 0 ? 0 : -offset / scale;
  });
  steps.splice(0, first?.kind === "affine" ? 2 : 1);
  return { mean, scale: Array.from({ length: features }, (_, i) => at(affine.scale, i)), limit };
}

/** Dense layers with what follows them, off the front of the steps. */
function takeLayers(steps: Step[]): Layer[] {
  const layers: Layer[] = [];
  for (let step = steps[0]; step?.kind === "dense"; step = steps[0]) {
    const next = steps[1];
    const activation = next?.kind === "activation" ? next.activation : "linear";
    const { inputs } = step;
    const given = layers.at(-1)?.outputs ?? inputs;
    demand(given === inputs, () => `the layer ${show(step.name)} takes ${inputs} numbers, but is given ${given}`);
    layers.push({ ...step, activation });
    steps.splice(0, activation === "linear" ? 1 : 2);
  }
  return layers;
}

/** What comes after the last layer, where the policy does the same by itself. */
function dropEnding(steps: Step[], role: Role, space: Space, activation: Activation | undefined): void {
  const isTanh = activation === "tanh";
  demand(role !== "deterministic" || isTanh, () => "a policy of vectors within ±1 ends in tanh, this one doesn't");
  const isScaled = role === "deterministic" && isRangeOf(space, steps[0]);
  if (isScaled) steps.shift();
  if ((isScaled || role === "gaussian") && isWithin(space, steps[0])) steps.shift();
  const dropped = ENDINGS[role] ?? [];
  while (steps[0]?.kind === "ending" && dropped.includes(steps[0].type)) steps.shift();
}

/** None of them moves the largest number, and a softmax only shifts what the next one would see. */
const ENDINGS: Partial<Record<Role, readonly string[]>> = {
  categorical: ["Softmax", "LogSoftmax", "ArgMax"],
  greedy: ["ArgMax"],
};

/** Whether ±1 becomes the bounds. */
function isRangeOf(space: Space, step: Step | undefined): boolean {
  if (space.kind !== "box" || step?.kind !== "affine") return false;
  return space.low.every((low, i) => {
    const high = space.high[i] as number;
    const [scale, offset] = [at(step.scale, i), at(step.offset, i)];
    return isNear(offset - scale, low) && isNear(offset + scale, high);
  });
}

/** Whether the step clips to the bounds, as the policy does. */
function isWithin(space: Space, step: Step | undefined): boolean {
  if (space.kind !== "box" || step?.kind !== "clip") return false;
  return space.low.every((low, i) => isNear(at(step.low, i), low) && isNear(at(step.high, i), space.high[i] as number));
}

/** To float32's precision. */
function isNear(a: number, b: number): boolean {
  return a === b || (Number.isFinite(b) && Math.abs(a - b) <= 2 ** -22 * Math.max(1, Math.abs(b)));
}
