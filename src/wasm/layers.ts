/** Records of dense layers for the acting network, mirrored by assembly/nn/network.ts. */
import { type Column, column, type Heap, zeroed } from "./heap.js";

/** The kernels' numbers for what follows a layer; mirrored by assembly/nn/activation.ts. */
export const ACTIVATION = { linear: 0, tanh: 1, relu: 2 } as const;

export type Activation = keyof typeof ACTIVATION;

/** A dense layer by where its parameters live: weight `[in,out]`, bias `[out]`. */
export interface DenseLayer {
  readonly weight: Column<"float32">;
  readonly bias: Column<"float32">;
  readonly activation: Activation;
}

export interface LayerRecords {
  readonly address: number;
  /** Where the last layer of each chain writes, `[rows,out]`. */
  readonly outputs: readonly Column<"float32">[];
}

const RECORD_WORDS = 7;

/** Writes the records of several chains one after another. The first layer of each chain reads the observations given to the call. */
export function layerRecords(heap: Heap, chains: readonly (readonly DenseLayer[])[], rows: number): LayerRecords {
  const address = zeroed(heap, 4 * RECORD_WORDS * chains.flat().length);
  const words: number[] = [];
  const outputs: Column<"float32">[] = [];
  for (const chain of chains) {
    let input = 0;
    let output: Column<"float32"> | undefined;
    for (const { weight, bias, activation } of chain) {
      const [inputs = 0, width = 0] = weight.shape;
      output = column(heap, [rows, width]);
      words.push(input, output.address, weight.address, bias.address, inputs, width, ACTIVATION[activation]);
      input = output.address;
    }
    if (output) outputs.push(output);
  }
  new Uint32Array(heap.memory.buffer, address, words.length).set(words);
  return { address, outputs };
}
