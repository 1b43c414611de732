/** A network as a list of dense layers: what acting runs. */
import { dense } from "./dense";

/** One layer; 28 bytes, mirrored by src/wasm/layers.ts. An input of 0 stands for the observations given to the call. */
@unmanaged
export class Layer {
  input: usize;
  output: usize;
  weight: usize;
  bias: usize;
  inputs: i32;
  outputs: i32;
  activation: i32;
}

/** Runs `count` layers in order over `rows` rows. observation `[rows,D]`. */
export function forward(layers: usize, count: i32, rows: i32, observation: usize): void {
  for (let i = 0; i < count; i++) {
    const layer = changetype<Layer>(layers + <usize>i * offsetof<Layer>());
    const input = layer.input ? layer.input : observation;
    dense(layer.output, input, layer.weight, layer.bias, rows, layer.inputs, layer.outputs, layer.activation);
  }
}
