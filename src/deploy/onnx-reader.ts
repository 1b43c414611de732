/**
 * Reads ONNX files (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), with nothing of onnx.ts's code: those that we write, to check
 * them, and those of others, to import them.
 */
import { demand } from "../policy/errors.js";
import { show } from "../policy/guards.js";
import { BFLOAT16, type Dtype, FLOAT16, FLOAT32, FLOAT64, INT32, INT64, numbersIn } from "./numbers.js";
import { type Fields, fieldsOf, integer, integers, message, messages, text, textOf } from "./protobuf-reader.js";

export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface OnnxNode {
  /** How messages call it: its name, or that of its output. */
  readonly name: string;
  readonly type: string;
  /** Empty for an optional one that is left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Numbers, tensors, and lists as tensors; others are left out. */
  readonly attributes: ReadonlyMap<string, number | OnnxTensor>;
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly opset: number;
  /** Each after those whose outputs it takes. */
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** TensorProto.DataType, as far as it is read; the field in which such numbers stand if they aren't raw. */
const TENSOR_TYPES: Readonly<Record<number, { readonly dtype: Dtype; readonly field: number }>> = {
  1: { dtype: FLOAT32, field: 4 },
  6: { dtype: INT32, field: 5 },
  7: { dtype: INT64, field: 7 },
  10: { dtype: FLOAT16, field: 5 },
  11: { dtype: FLOAT64, field: 10 },
  16: { dtype: BFLOAT16, field: 5 },
};
/** AttributeProto.AttributeType. */
const ATTRIBUTE = { float: 1, integer: 2, tensor: 4, floats: 6, integers: 7 } as const;

/** A PolicyFormatError where the bytes are no such model. */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const model = fieldsOf(bytes);
  const graph = fieldsOf(message(model, 7));
  const nodes = messages(graph, 1).map((node) => nodeOf(fieldsOf(node)));
  demand(nodes.length > 0, () => "not an ONNX model: it has no graph of nodes");
  const opset = messages(model, 8)
    .map(fieldsOf)
    .find((one) => text(one, 1) === "");
  return {
    irVersion: integer(model, 1),
    opset: opset ? integer(opset, 2) : 0,
    nodes,
    constants: new Map(messages(graph, 5).map((bytesOf) => namedTensor(fieldsOf(bytesOf)))),
    inputs: messages(graph, 11).map((info) => text(fieldsOf(info), 1)),
    outputs: messages(graph, 12).map((info) => text(fieldsOf(info), 1)),
  };
}

function nodeOf(fields: Fields): OnnxNode {
  const outputs = messages(fields, 2).map(textOf);
  const attributes = messages(fields, 5).map(fieldsOf);
  return {
    name: text(fields, 3) || (outputs[0] ?? ""),
    type: text(fields, 4),
    inputs: messages(fields, 1).map(textOf),
    outputs,
    attributes: new Map(attributes.flatMap(attributeOf)),
  };
}

function attributeOf(fields: Fields): [string, number | OnnxTensor][] {
  const value = attributeValue(fields);
  return value === undefined ? [] : [[text(fields, 1), value]];
}

function attributeValue(fields: Fields): number | OnnxTensor | undefined {
  const type = integer(fields, 20);
  if (type === ATTRIBUTE.float) return floats(fields, 2)[0] ?? 0;
  if (type === ATTRIBUTE.integer) return integer(fields, 3);
  if (type === ATTRIBUTE.tensor) return namedTensor(fieldsOf(message(fields, 5)))[1];
  if (type === ATTRIBUTE.floats) return listOf(floats(fields, 7));
  return type === ATTRIBUTE.integers ? listOf(integers(fields, 8)) : undefined;
}

function namedTensor(fields: Fields): [name: string, tensor: OnnxTensor] {
  const name = text(fields, 8);
  demand(integer(fields, 14) === 0, () => `the tensor ${show(name)} lies in another file; save the model with its weights inside`);
  const type = integer(fields, 2);
  const known = TENSOR_TYPES[type];
  demand(known !== undefined, () => `the tensor ${show(name)} is of the data type ${type}, which isn't read; wanted are floats`);
  const shape = integers(fields, 1);
  const data = dataOf(fields, known);
  const isWhole = shape.every((size) => size >= 0) && shape.reduce((product, size) => product * size, 1) === data.length;
  demand(isWhole, () => `the tensor ${show(name)} of shape [${shape}] holds ${data.length} numbers`);
  return [name, { shape, data }];
}

function dataOf(fields: Fields, { dtype, field }: { readonly dtype: Dtype; readonly field: number }): number[] {
  const raw = message(fields, 9);
  if (raw.length > 0) return numbersIn(raw, dtype);
  if (field === 4 || field === 10) return messages(fields, field).flatMap((bytes) => numbersIn(bytes, dtype));
  const words = integers(fields, field);
  if (dtype === INT32 || dtype === INT64) return words;
  return numbersIn(new Uint8Array(Uint16Array.from(words).buffer), dtype); // halves stand in integers
}

function floats(fields: Fields, number: number): number[] {
  return messages(fields, number).flatMap((bytes) => numbersIn(bytes, FLOAT32));
}

function listOf(data: readonly number[]): OnnxTensor {
  return { shape: [data.length], data };
}
