/** Reads the ONNX files that onnx.ts writes, with nothing of its code: the first half of the check on them. */

export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, number>;
}

export interface OnnxModel {
  readonly irVersion: number;
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly constants: ReadonlyMap<string, OnnxTensor>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A message's values by the number of their field: numbers, or bytes. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

/** A RangeError where the bytes are no such model. */
export function readOnnx(bytes: Uint8Array): OnnxModel {
  const model = fieldsOf(bytes);
  const graph = fieldsOf(oneMessage(model, 7));
  return {
    irVersion: oneNumber(model, 1),
    opset: oneNumber(fieldsOf(oneMessage(model, 8)), 2),
    nodes: messages(graph, 1).map(nodeOf),
    constants: new Map(messages(graph, 5).map((tensor) => [text(oneMessage(fieldsOf(tensor), 8)), tensorOf(tensor)])),
    inputs: messages(graph, 11).map((info) => text(oneMessage(fieldsOf(info), 1))),
    outputs: messages(graph, 12).map((info) => text(oneMessage(fieldsOf(info), 1))),
  };
}

function nodeOf(bytes: Uint8Array): OnnxNode {
  const fields = fieldsOf(bytes);
  const attributes = messages(fields, 5).map(fieldsOf);
  return {
    type: text(oneMessage(fields, 4)),
    inputs: messages(fields, 1).map(text),
    outputs: messages(fields, 2).map(text),
    attributes: new Map(attributes.map((attribute) => [text(oneMessage(attribute, 1)), oneNumber(attribute, 3)])),
  };
}

function tensorOf(bytes: Uint8Array): OnnxTensor {
  const fields = fieldsOf(bytes);
  const raw = oneMessage(fields, 9);
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const isFloat = oneNumber(fields, 2) === 1;
  const data = Array.from({ length: raw.length / (isFloat ? 4 : 8) }, (_, i) =>
    isFloat ? view.getFloat32(4 * i, true) : Number(view.getBigInt64(8 * i, true)),
  );
  const shape = (fields.get(1) ?? []).map(Number);
  if (shape.reduce((product, size) => product * size, 1) !== data.length)
    throw new RangeError(`a tensor of shape [${shape}] holds ${data.length} numbers`);
  return { shape, data };
}

function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (number | Uint8Array)[]>();
  let at = 0;
  const number = () => {
    let [value, unit] = [0n, 1n];
    for (; at < bytes.length; unit *= 128n) {
      const byte = bytes[at++] as number;
      value += BigInt(byte & 127) * unit;
      if (byte < 128) return Number(value);
    }
    throw new RangeError("a message is cut short");
  };
  while (at < bytes.length) {
    const key = number();
    const [wire, value] = [key & 7, number()];
    if (wire !== 0 && wire !== 2) throw new RangeError(`wire type ${wire} is not among those written`);
    if (wire === 2 && at + value > bytes.length) throw new RangeError("a message is cut short");
    const content = wire === 0 ? value : bytes.subarray(at, at + value);
    if (wire === 2) at += value;
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), content]);
  }
  return fields;
}

function messages(fields: Fields, number: number): Uint8Array[] {
  return (fields.get(number) ?? []).filter((value) => value instanceof Uint8Array);
}

function oneMessage(fields: Fields, number: number): Uint8Array {
  const [first] = messages(fields, number);
  if (!first) throw new RangeError(`field ${number} is missing`);
  return first;
}

function oneNumber(fields: Fields, number: number): number {
  const first = fields.get(number)?.[0];
  if (typeof first !== "number") throw new RangeError(`field ${number} is missing`);
  return first;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
}
