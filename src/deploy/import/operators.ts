/** ONNX's operators (https://onnx.ai/onnx/operators), as far as they make a perceptron: what each does to the observation's symbol. */
import { demand } from "../../policy/errors.js";
import { show } from "../../policy/guards.js";
import type { OnnxNode, OnnxTensor } from "../onnx-reader.js";
import { activationSteps, type Operation, type Step } from "./steps.js";

/** What was done to the observation so far. */
export interface Steps {
  readonly steps: readonly Step[];
  /** How many numbers that gives; undefined while any number would do. */
  readonly width: number | undefined;
}

/** Why a value can't be known. */
export interface Refusal {
  readonly refusal: string;
}

export type Value = OnnxTensor | Steps | Refusal;

/** More are refused: a short file must not stand for endless work. */
const MOST_STEPS = 512;
/** TensorProto's types of floats. */
const FLOATS: readonly number[] = [1, 10, 11, 16];

interface Place {
  /** Whether the symbol is the node's second input, not its first. */
  readonly isSecond: boolean;
  readonly width: number | undefined;
}

/** A node on the observation's symbol, of which the others are constants; undefined where it can't be said in steps. */
type OnSymbol = (node: OnnxNode, constants: readonly (OnnxTensor | undefined)[], place: Place) => readonly Operation[] | undefined;

export function isSteps(value: Value | undefined): value is Steps {
  return value !== undefined && "steps" in value;
}

const isTensor = (value: Value | undefined): value is OnnxTensor => value !== undefined && "data" in value;

/** What a node gives for values that may be constants, symbols, or left out. */
export function stepsFor(node: OnnxNode, given: readonly (Value | undefined)[]): Value {
  const refused = given.find((value) => value !== undefined && "refusal" in value);
  if (refused) return refused;
  const symbols = given.filter(isSteps);
  const [symbol] = symbols;
  const result = symbol ? onSymbol(node, given, symbol) : onConstants(node, given.filter(isTensor));
  if (result) return result;
  const reason = symbols.length > 1 ? "joins two branches" : "is nothing that a policy does";
  return { refusal: `the node ${show(node.name)} (${node.type}) ${reason}; known are ${KNOWN}` };
}

function onSymbol(node: OnnxNode, given: readonly (Value | undefined)[], symbol: Steps): Steps | undefined {
  const operator = Object.hasOwn(OPERATORS, node.type) ? OPERATORS[node.type] : undefined;
  if (!operator || given.filter(isSteps).length > 1) return undefined;
  demand(symbol.steps.length <= MOST_STEPS, () => `the model does more than ${MOST_STEPS} things to an observation`);
  const constants = given.map((value) => (isTensor(value) ? value : undefined));
  const added = operator(node, constants, { isSecond: given[1] === symbol, width: symbol.width });
  if (!added) return undefined;
  let { width } = symbol;
  for (const operation of added) {
    const [taken, left] = widthsOf(operation);
    if (taken !== undefined && width !== undefined && taken !== width) return undefined;
    width = left ?? width;
  }
  return { steps: [...symbol.steps, ...added.map((step) => ({ ...step, name: node.name }))], width };
}

/** How many numbers an operation takes and gives; undefined for as many as there are. */
function widthsOf(operation: Operation): [taken: number | undefined, left: number | undefined] {
  if (operation.kind === "dense") return [operation.inputs, operation.outputs];
  if (operation.kind === "oneHot") return [undefined, operation.depth];
  const lists =
    operation.kind === "affine" ? [operation.scale, operation.offset] : operation.kind === "clip" ? [operation.low, operation.high] : [];
  const length = lists.map((list) => list.length).find((count) => count > 1);
  return [length, length];
}

const pass: OnSymbol = () => [];
const ending: OnSymbol = ({ type }) => [{ kind: "ending", type }];

const OPERATORS: Readonly<Record<string, OnSymbol>> = {
  Gemm: gemm,
  MatMul: (_, [, weight], { isSecond }) => (isSecond ? undefined : dense(weight, undefined)),
  Add: (_, constants) => affine(constants, (c) => [1, c]),
  Sub: (_, constants, { isSecond }) => affine(constants, (c) => (isSecond ? [-1, c] : [1, -c])),
  Mul: (_, constants) => affine(constants, (c) => [c, 0]),
  Div: (_, constants, { isSecond }) => (isSecond ? undefined : affine(constants, (c) => [1 / c, 0])),
  Neg: () => [{ kind: "affine", scale: [-1], offset: [0] }],
  Tanh: ({ name }) => activationSteps("tanh", name),
  Relu: ({ name }) => activationSteps("relu", name),
  Sigmoid: ({ name }) => activationSteps("sigmoid", name),
  Clip: clip,
  OneHot: (_, [, depth]) => (depth?.data.length === 1 ? [{ kind: "oneHot", depth: depth.data[0] as number }] : undefined),
  Identity: pass,
  Dropout: pass,
  Flatten: ({ attributes }) => ((attributes.get("axis") ?? 1) === 1 ? [] : undefined),
  /** Of rows to rows. */
  Reshape: (_, [, shape], { width = -1 }) =>
    shape?.data.length === 2 && [-1, 0, width].includes(shape.data[1] as number) ? [] : undefined,
  /** Of [B,1] to [B]. */
  Squeeze: (_node, _constants, { width }) => (width === 1 ? [] : undefined),
  Cast: ({ attributes }) => (FLOATS.includes(attributes.get("to") as number) ? [] : undefined),
  Softmax: ending,
  LogSoftmax: ending,
  ArgMax: ending,
};

const KNOWN = Object.keys(OPERATORS).join(", ");

function gemm(
  { attributes }: OnnxNode,
  [, weight, bias]: readonly (OnnxTensor | undefined)[],
  { isSecond }: Place,
): Operation[] | undefined {
  const number = (name: string, otherwise: number) => Number(attributes.get(name) ?? otherwise);
  if (isSecond || number("transA", 0) !== 0 || !weight) return undefined;
  const [alpha, beta] = [number("alpha", 1), number("beta", 1)];
  const scaled = { ...weight, data: weight.data.map((w) => alpha * w) };
  return dense(number("transB", 0) === 0 ? scaled : transposed(scaled), bias && { ...bias, data: bias.data.map((b) => beta * b) });
}

function dense(weight: OnnxTensor | undefined, bias: OnnxTensor | undefined): Operation[] | undefined {
  if (weight?.shape.length !== 2) return undefined;
  const [inputs, outputs] = weight.shape as [number, number];
  const offsets = bias ? rowOf(bias) : [0];
  if (!offsets || ![1, outputs].includes(offsets.length) || inputs * outputs === 0) return undefined;
  const full = Array.from({ length: outputs }, (_, i) => (offsets.length === 1 ? offsets[0] : offsets[i]) as number);
  return [{ kind: "dense", inputs, outputs, weight: weight.data, bias: full }];
}

/** @param of scale and offset for a number of the constant */
function affine(constants: readonly (OnnxTensor | undefined)[], of: (c: number) => [number, number]): Operation[] | undefined {
  const constant = constants.find((one) => one !== undefined);
  const row = constant && rowOf(constant);
  if (!row) return undefined;
  const pairs = row.map(of);
  return [{ kind: "affine", scale: pairs.map(([scale]) => scale), offset: pairs.map(([, offset]) => offset) }];
}

/** Bounds are attributes before operator set 11, inputs from then on. */
function clip({ attributes }: OnnxNode, [, low, high]: readonly (OnnxTensor | undefined)[]): Operation[] | undefined {
  const bound = (given: OnnxTensor | undefined, name: string, otherwise: number) =>
    given ? rowOf(given) : [Number(attributes.get(name) ?? otherwise)];
  const [lows, highs] = [bound(low, "min", -Infinity), bound(high, "max", Infinity)];
  return lows && highs && [{ kind: "clip", low: lows, high: highs }];
}

/** What stands beside each row: a constant of one number or of one axis that isn't 1, the last. */
function rowOf({ shape, data }: OnnxTensor): readonly number[] | undefined {
  return data.length > 0 && (data.length === 1 || data.length === shape.at(-1)) ? data : undefined;
}

function transposed({ shape: [rows = 0, columns = 0], data }: OnnxTensor): OnnxTensor {
  const turned = Array.from({ length: data.length }, (_, i) => data[(i % rows) * columns + Math.floor(i / rows)] as number);
  return { shape: [columns, rows], data: turned };
}

/** Constants made of constants. */
function onConstants({ type, attributes }: OnnxNode, [first]: readonly OnnxTensor[]): OnnxTensor | undefined {
  const value = attributes.get("value") ?? attributes.get("value_float");
  if (type === "Constant") return typeof value === "number" ? { shape: [], data: [value] } : value;
  if (!first) return undefined;
  if (type === "Identity" || type === "Cast") return first;
  return type === "Transpose" && first.shape.length === 2 ? transposed(first) : undefined;
}
