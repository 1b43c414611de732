/** Small ONNX models made by hand, which onnxruntime takes. */
import { concat } from "../../src/deploy/bytes.js";
import { field, floatBytes, integerField, message } from "../../src/deploy/protobuf.js";

/** A shape and its numbers, row-major. */
export type Numbers = readonly [shape: readonly number[], values: ArrayLike<number>];

export type Node = readonly [type: string, inputs: readonly string[], output: string, attributes?: Readonly<Record<string, number>>];

/**
 * A model from "x" [batch, any] by its nodes. The values of attributes that aren't whole are floats.
 * @param outputs the last node's unless given
 */
export function model(
  nodes: readonly Node[],
  constants: Readonly<Record<string, Numbers>> = {},
  outputs: readonly string[] = [nodes.at(-1)?.[2] ?? ""],
): Uint8Array<ArrayBuffer> {
  const graph = message(
    ...nodes.map(([type, inputs, output, attributes = {}]) =>
      field(
        1,
        message(...inputs.map((name) => field(1, name)), field(2, output), field(4, type), ...Object.entries(attributes).map(attribute)),
      ),
    ),
    field(2, "model"),
    ...Object.entries(constants).map(tensor),
    field(11, floatMatrix("x")),
    ...outputs.map((name) => field(12, floatMatrix(name))),
  );
  return message(integerField(1, 8), field(7, graph), field(8, message(field(1, ""), integerField(2, 17))));
}

function tensor([name, [shape, values]]: [string, Numbers]): Uint8Array {
  return field(5, message(...shape.map((size) => integerField(1, size)), integerField(2, 1), field(8, name), field(9, floatBytes(values))));
}

function attribute([name, value]: [string, number]): Uint8Array {
  if (Number.isInteger(value)) return field(5, message(field(1, name), integerField(3, value), integerField(20, 2)));
  return field(5, message(field(1, name), concat([Uint8Array.of(0x15), floatBytes([value])]), integerField(20, 1)));
}

/** ValueInfoProto: float32 of two axes of any size. */
function floatMatrix(name: string): Uint8Array {
  const shape = message(field(1, field(2, "batch")), field(1, field(2, `size of ${name}`)));
  return message(field(1, name), field(2, field(1, message(integerField(1, 1), field(2, shape)))));
}
