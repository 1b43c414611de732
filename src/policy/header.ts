/** What a policy file says about itself: spaces, networks, distribution and how it was trained. */
import type { Box, Discrete, Space } from "../core/spaces.js";
import type { Activation } from "../wasm/layers.js";
import { demand } from "./errors.js";
import { byKind, flag, type Guard, integer, list, oneOf, optional, parseJson, positive, record, text } from "./guards.js";

/** One dense layer: the names of its tensors and what follows them. */
export interface LayerSpec {
  /** Names a tensor [in,out], row-major. */
  readonly weight: string;
  /** Names a tensor [out]. */
  readonly bias: string;
  readonly activation: Activation;
}

/** How the actor's outputs become actions. */
export type DistributionSpec =
  /** Outputs are logits. */
  | { readonly kind: "categorical" }
  /** Outputs are action values, of which the largest wins. */
  | { readonly kind: "greedy" }
  /** Outputs are means; `logStd` names a tensor [actions], ln σ in every state. Without it outputs are means, then ln σ. */
  | { readonly kind: "gaussian"; readonly logStd?: string }
  /** tanh of normals: outputs are means, then ln σ. An action of ±1 means the bounds of the box. */
  | { readonly kind: "squashedGaussian" }
  /** Outputs are the action, of which ±1 means the bounds of the box. */
  | { readonly kind: "deterministic" };

/** What a policy file says of itself. */
export interface PolicyHeader {
  readonly formatVersion: 1;
  readonly algorithm: string;
  readonly environment: string;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  /** From the observation to what the distribution is made of. */
  readonly actor: readonly LayerSpec[];
  /** From the observation to its value, [1]. */
  readonly critic?: readonly LayerSpec[];
  readonly distribution: DistributionSpec;
  /** How many of the latest observations the networks see at once; 1 if it isn't there. */
  readonly frameStack?: number;
  /** Whether an action of ±1 means the bounds of the box; otherwise it is the action, and is clipped into them. */
  readonly rescaleAction?: boolean;
  /** Tensors [D] by which observations are normalised first: (observation − mean) · scale, kept within ±limit. */
  readonly observationNormalizer?: { readonly mean: string; readonly scale: string; readonly limit: number };
  readonly training: { readonly seed: number; readonly steps: number; readonly version: string };
}

/** Deeper networks are refused: a short file must not stand for endless work. */
const MAX_LAYERS = 64;
/** More frames at once are refused, for the same reason. */
const MAX_FRAMES = 1024;
/** Indices travel as 32-bit integers. */
const MAX_INDICES = 2 ** 31 - 1;

/** JSON has no infinity: a bound of ±Infinity is written as "inf" or "-inf". */
const bound: Guard<number> = (value, where) => {
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  demand(typeof value === "number", () => `${where} is not a number, "inf" or "-inf"`);
  return value;
};
const bounds = list(bound, 1, MAX_INDICES);
const anyBox = record<Box>({ kind: oneOf("box"), low: bounds, high: bounds });
const space = byKind<Space>({
  discrete: record<Discrete>({ kind: oneOf("discrete"), n: integer(1, MAX_INDICES) }),
  box(value, where) {
    const box = anyBox(value, where);
    const { low, high } = box;
    const isBox = low.length === high.length && low.every((lowest, i) => lowest <= (high[i] as number));
    demand(isBox, () => `${where} has bounds that don't fit one another`);
    return box;
  },
});

const kindOnly = record<DistributionSpec>({ kind: text } as never);
const layers = list(record<LayerSpec>({ weight: text, bias: text, activation: oneOf("linear", "tanh", "relu") }), 1, MAX_LAYERS);
const headerOf = record<PolicyHeader>({
  formatVersion: oneOf(1),
  algorithm: text,
  environment: text,
  observationSpace: space,
  actionSpace: space,
  actor: layers,
  critic: optional(layers),
  distribution: byKind<DistributionSpec>({
    categorical: kindOnly,
    greedy: kindOnly,
    gaussian: record({ kind: oneOf("gaussian"), logStd: optional(text) }) as Guard<DistributionSpec>,
    squashedGaussian: kindOnly,
    deterministic: kindOnly,
  }),
  frameStack: optional(integer(1, MAX_FRAMES)),
  rescaleAction: optional(flag),
  observationNormalizer: optional(record({ mean: text, scale: text, limit: positive })),
  training: record({ seed: integer(0, 2 ** 32 - 1), steps: integer(), version: text }),
} as never);

export function headerFromJson(json: string): PolicyHeader {
  return headerOf(parseJson(json, "the policy header"), "header");
}
