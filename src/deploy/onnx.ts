/**
 * A policy as an ONNX model (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), operator set 17, IR version 8:
 *
 *     observation → normalise → dense layers → logits | mean → action
 *
 * observation float32 [batch, frames · D], or int64 indices [batch] ([batch, frames] where the policy sees several);
 * action int64 [batch] or float32 [batch, A].
 */
import { VERSION } from "../core/version.js";
import type { Plan } from "./plan.js";
import { field, floatBytes, integerField, message } from "./protobuf.js";

const IR_VERSION = 8;
const OPSET = 17;
const FLOAT = 1;
const INT64 = 7;
/** AttributeProto's type of an integer. */
const INT = 2;
const BATCH = "batch";
const OPERATORS = { linear: undefined, tanh: "Tanh", relu: "Relu" } as const;

type Dim = number | typeof BATCH;

/** Nodes and constants as they come; every node writes to one new name. */
class GraphBuilder {
  readonly nodes: Uint8Array[] = [];
  readonly constants: Uint8Array[] = [];

  /** @param output its name; made up if the value is only passed on */
  node(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number>> = {},
    output = `t${this.nodes.length}`,
  ): string {
    const integers = Object.entries(attributes).map(([name, value]) =>
      field(5, message(field(1, name), integerField(3, value), integerField(20, INT))),
    );
    this.nodes.push(message(...inputs.map((name) => field(1, name)), field(2, output), field(4, type), ...integers));
    return output;
  }

  floats(name: string, shape: readonly number[], values: ArrayLike<number>): string {
    return this.#constant(name, shape, FLOAT, floatBytes(values));
  }

  /** A number that stands for a size. */
  integer(name: string, value: number): string {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, BigInt(value), true);
    return this.#constant(name, [], INT64, new Uint8Array(view.buffer));
  }

  #constant(name: string, shape: readonly number[], type: number, raw: Uint8Array): string {
    this.constants.push(message(...shape.map((size) => integerField(1, size)), integerField(2, type), field(8, name), field(9, raw)));
    return name;
  }
}

export function onnxModel(plan: Plan): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder();
  const outputs = plan.vector ? "mean" : "logits";
  network(graph, plan, normalised(graph, plan, encoded(graph, plan)), outputs);
  if (plan.vector) vectorAction(graph, plan, outputs);
  else graph.node("ArgMax", [outputs], { axis: 1, keepdims: 0 }, "action");
  const { header, frames, frameSize, isIndex, actions } = plan;
  const indices: Dim[] = frames > 1 ? [BATCH, frames] : [BATCH];
  const body = message(
    ...graph.nodes.map((node) => field(1, node)),
    field(2, `${header.algorithm} on ${header.environment}`),
    ...graph.constants.map((constant) => field(5, constant)),
    field(11, isIndex ? valueInfo("observation", INT64, indices) : valueInfo("observation", FLOAT, [BATCH, frames * frameSize])),
    field(12, plan.vector ? valueInfo("action", FLOAT, [BATCH, actions]) : valueInfo("action", INT64, [BATCH])),
    field(12, valueInfo(outputs, FLOAT, [BATCH, actions])),
  );
  const opset = message(field(1, ""), integerField(2, OPSET));
  return message(integerField(1, IR_VERSION), field(2, "lanewise"), field(3, VERSION), field(7, body), field(8, opset));
}

/** [batch, frames · D]: indices one-hot, along a new last axis. */
function encoded(graph: GraphBuilder, { isIndex, frames, frameSize }: Plan): string {
  if (!isIndex) return "observation";
  const hot = graph.node("OneHot", ["observation", graph.integer("indices", frameSize), graph.floats("off_on", [2], [0, 1])]);
  return frames > 1 ? graph.node("Flatten", [hot], { axis: 1 }) : hot;
}

function normalised(graph: GraphBuilder, { normalizer, frames, frameSize }: Plan, input: string): string {
  if (!normalizer) return input;
  const { mean, scale, limit } = normalizer;
  const shape = [frames * frameSize];
  const centred = graph.node("Sub", [input, graph.floats("observation_mean", shape, mean)]);
  const scaled = graph.node("Mul", [centred, graph.floats("observation_scale", shape, scale)]);
  return graph.node("Clip", [scaled, graph.floats("limit_low", [], [-limit]), graph.floats("limit_high", [], [limit])]);
}

function network(graph: GraphBuilder, { layers }: Plan, input: string, output: string): void {
  let value = input;
  layers.forEach(({ weight, bias, inputs, outputs, activation }, i) => {
    const weights = [graph.floats(`weight_${i}`, [inputs, outputs], weight), graph.floats(`bias_${i}`, [outputs], bias)];
    const operator = OPERATORS[activation];
    const isLast = i === layers.length - 1;
    value = graph.node("Gemm", [value, ...weights], {}, isLast && !operator ? output : undefined);
    if (operator) value = graph.node(operator, [value], {}, isLast ? output : undefined);
  });
}

/** tanh, rescaling, clipping, as far as the policy has them. */
function vectorAction(graph: GraphBuilder, { vector, actions }: Plan, mean: string): void {
  if (!vector) return;
  const { low, high } = vector;
  const [lows, highs] = [graph.floats("low", [actions], low), graph.floats("high", [actions], high)];
  let value = vector.hasTanh ? graph.node("Tanh", [mean]) : mean;
  if (vector.isRescaled) {
    const half = low.map((bound, i) => 0.5 * Math.fround((high[i] as number) - bound));
    const one = graph.floats("one", [], [1]);
    const unit = graph.node("Clip", [value, graph.floats("minus_one", [], [-1]), one]);
    const scaled = graph.node("Mul", [graph.node("Add", [unit, one]), graph.floats("half_range", [actions], half)]);
    value = graph.node("Add", [lows, scaled]);
  }
  graph.node("Min", [graph.node("Max", [value, lows]), highs], {}, "action");
}

function valueInfo(name: string, type: number, shape: readonly Dim[]): Uint8Array {
  const dims = shape.map((dim) => field(1, dim === BATCH ? field(2, dim) : integerField(1, dim)));
  return message(field(1, name), field(2, field(1, message(integerField(1, type), field(2, message(...dims))))));
}
