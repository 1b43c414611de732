/** Runs the ONNX models that onnx-reader.ts reads, in float64: the second half of the check on them. */
import type { OnnxModel, OnnxNode, OnnxTensor } from "./onnx-reader.js";

type Operator = (inputs: readonly OnnxTensor[], node: OnnxNode) => OnnxTensor;

const OPERATORS: Readonly<Record<string, Operator>> = {
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Max: elementwise(Math.max),
  Min: elementwise(Math.min),
  Clip: elementwise((x, low, high) => Math.min(Math.max(x, low), high)),
  Tanh: elementwise(Math.tanh),
  Relu: elementwise((x) => Math.max(x, 0)),
  Gemm: ([x, w, b]) => gemm(x as OnnxTensor, w as OnnxTensor, b as OnnxTensor),
  ArgMax: ([x], { attributes }) => {
    if (attributes.get("axis") !== 1 || attributes.get("keepdims") !== 0) throw new RangeError("ArgMax goes along the rows here");
    return argMax(x as OnnxTensor);
  },
  OneHot: ([indices, depth]) => oneHot(indices as OnnxTensor, depth?.data[0] as number),
  Flatten: ([x]) => {
    const { shape, data } = x as OnnxTensor;
    return { shape: [shape[0] as number, data.length / (shape[0] as number)], data };
  },
};

/** The outputs by name. */
export function runOnnx({ nodes, constants, outputs }: OnnxModel, observation: OnnxTensor): Map<string, OnnxTensor> {
  const values = new Map<string, OnnxTensor>([...constants, ["observation", observation]]);
  const given = (name: string) => {
    const value = values.get(name);
    if (!value) throw new RangeError(`no node before gives "${name}"`);
    return value;
  };
  for (const node of nodes) {
    const operator = OPERATORS[node.type];
    const [output] = node.outputs;
    if (!operator || output === undefined || values.has(output)) throw new RangeError(`a node ${node.type} to "${output}" can't be run`);
    values.set(output, operator(node.inputs.map(given), node));
  }
  return new Map(outputs.map((name) => [name, given(name)]));
}

/** Broadcasts as far as the models need it: the others are single numbers, or of the first's last axes, or the other way round. */
function elementwise(of: (...numbers: number[]) => number): Operator {
  return (inputs) => {
    const widest = inputs.reduce((a, b) => (b.data.length > a.data.length ? b : a));
    const data = widest.data.map((_, i) => of(...inputs.map((input) => input.data[i % input.data.length] as number)));
    return { shape: widest.shape, data };
  };
}

function gemm({ shape: [rows = 0, inputs = 0], data: x }: OnnxTensor, w: OnnxTensor, bias: OnnxTensor): OnnxTensor {
  const [height, width = 0] = w.shape;
  if (height !== inputs || bias.data.length !== width) throw new RangeError(`[${rows},${inputs}] can't be multiplied by [${w.shape}]`);
  const data = Array.from({ length: rows * width }, (_, i) => {
    const [row, column] = [Math.floor(i / width), i % width];
    let sum = bias.data[column] as number;
    for (let k = 0; k < inputs; k++) sum += (x[row * inputs + k] as number) * (w.data[k * width + column] as number);
    return sum;
  });
  return { shape: [rows, width], data };
}

function argMax({ shape: [rows = 0, width = 0], data }: OnnxTensor): OnnxTensor {
  const rowOf = (row: number) => data.slice(row * width, (row + 1) * width);
  return { shape: [rows], data: Array.from({ length: rows }, (_, row) => rowOf(row).indexOf(Math.max(...rowOf(row)))) };
}

function oneHot({ shape, data }: OnnxTensor, depth: number): OnnxTensor {
  const hot = data.flatMap((index) => Array.from({ length: depth }, (_, i) => (i === index ? 1 : 0)));
  return { shape: [...shape, depth], data: hot };
}
