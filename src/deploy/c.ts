/** A policy as one C header (C99, no library): deterministic acting. */
import { VERSION } from "../core/version.js";
import { ACTIVATION } from "../wasm/layers.js";
import { BODY } from "./c-body.js";
import type { Plan } from "./plan.js";

const NUMBERS_IN_LINE = 8;
/** The largest finite float32 stands for a bound that isn't there. */
const FLOAT_MAX = 3.4028234663852886e38;

export function cHeader(plan: Plan): string {
  const { header, layers, frames, frameSize, size, isIndex, actions, normalizer, vector } = plan;
  const widest = Math.max(frames * frameSize, ...layers.map(({ outputs }) => outputs));
  const defines = { SIZE: size, FRAME_SIZE: frameSize, FRAMES: frames, ACTIONS: actions, WIDEST: widest, LAYERS: layers.length };
  const flags = {
    DISCRETE_OBSERVATIONS: isIndex,
    NORMALISES: normalizer !== undefined,
    VECTORS: vector !== undefined,
    HAS_TANH: vector?.hasTanh ?? false,
    RESCALES: vector?.isRescaled ?? false,
  };
  return [
    `/* ${commentOf(`${header.algorithm} on ${header.environment}`)}, exported by lanewise ${VERSION}. */`,
    "#ifndef LANEWISE_POLICY_H",
    "#define LANEWISE_POLICY_H",
    "#include <stdint.h>",
    "",
    ...Object.entries({ ...defines, ...flags }).map(([name, value]) => `#define POLICY_${name} ${Number(value)}`),
    "",
    ...layers.flatMap(({ weight, bias }, i) => [array(`weight_${i}`, weight), array(`bias_${i}`, bias)]),
    ...(normalizer ? [array("mean", normalizer.mean), array("scale", normalizer.scale), array("limit", [normalizer.limit])] : []),
    ...(vector ? [array("low", vector.low), array("high", vector.high)] : []),
    ...layerTable(plan),
    BODY,
  ].join("\n");
}

function layerTable({ layers }: Plan): string[] {
  const rows = layers.map(
    ({ inputs, outputs, activation }, i) => `  {policy_weight_${i}, policy_bias_${i}, ${inputs}, ${outputs}, ${ACTIVATION[activation]}},`,
  );
  return [
    "typedef struct { const float *weight, *bias; int inputs, outputs, activation; } policy_layer;",
    `static const policy_layer policy_layers[POLICY_LAYERS] = {\n${rows.join("\n")}\n};`,
  ];
}

function array(name: string, values: ArrayLike<number>): string {
  const texts = Array.from(values, literal);
  const lines = Array.from({ length: Math.ceil(texts.length / NUMBERS_IN_LINE) }, (_, i) =>
    texts.slice(i * NUMBERS_IN_LINE, (i + 1) * NUMBERS_IN_LINE).join(", "),
  );
  return `static const float policy_${name}[${texts.length}] = {\n  ${lines.join(",\n  ")}\n};`;
}

/** The shortest decimal that is the same float32. */
function literal(value: number): string {
  const finite = Math.min(Math.max(value, -FLOAT_MAX), FLOAT_MAX);
  let text = "";
  for (let digits = 1; digits <= 9; digits++) {
    text = finite.toExponential(digits - 1);
    if (Math.fround(Number(text)) === finite) break;
  }
  return `${text
    .replace("e+0", "")
    .replace(/^(-?\d+)$/, "$1.0")
    .replace("e+", "e")}f`;
}

/** What can stand in a comment, whatever the name. */
function commentOf(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .replaceAll("*/", "* /")
    .replaceAll("/*", "/ *")
    .replaceAll("??", "? ?");
}
