/** What optimizers share that treat one parameter after the other: clipping, and numbers that they remember for each. */
import * as tf from "@tensorflow/tfjs";
import { column } from "../../wasm/heap.js";
import type { Optimizer } from "../adam.js";
import { ParameterVector } from "../parameter-vector.js";
import { keptVariable, type Parameter, type Parameters } from "../parameters.js";
import { clipped, clippingFactor } from "./clipping.js";

export interface Rule {
  /** The largest global norm of a gradient. */
  readonly maxGradNorm: number;
  /** The first value of each memory, which has the parameter's shape. */
  readonly memories: readonly number[];
  /** Before each step over the parameters. */
  begin?(): void;
  /** On shared memory: one kernel call for `n` numbers at these addresses; the gradient is yet to be multiplied by `scale`. */
  onKernels(parameter: number, memories: readonly number[], gradient: number, n: number, scale: number, learningRate: number): void;
  /** Elsewhere: updates the memories by a clipped gradient and returns the step, to be taken backwards; all parameters in one vector. */
  onTensors(memories: readonly tf.Variable[], gradient: tf.Tensor, learningRate: number): tf.Tensor;
}

export function descent(parameters: Parameters, rule: Rule): Optimizer {
  return parameters.backend.sharesMemory ? kernelDescent(parameters, rule) : tensorDescent(parameters, rule);
}

function kernelDescent(parameters: Parameters, { maxGradNorm, memories, begin, onKernels }: Rule): Optimizer {
  const { backend, list } = parameters;
  const remembered = list.map(({ name, column: { heap, shape } }: Parameter) =>
    memories.map((first) => {
      const memory = column(heap, shape);
      memory.data.fill(first);
      backend.state.learned(`optimizer.${name}`, { memory });
      return memory.address;
    }),
  );
  const step = (gradients: readonly number[], learningRate: number): void => {
    begin?.();
    const scale = clippingFactor(parameters, gradients, maxGradNorm);
    for (const [i, { column: own, tensor }] of list.entries()) {
      onKernels(own.address, remembered[i] as number[], gradients[i] as number, own.length, scale, learningRate);
      backend.markWritten(tensor);
    }
  };
  return { step, stepTensors: (gradients, learningRate) => step(gradients.map((gradient) => backend.address(gradient)), learningRate) }; // biome-ignore format: short
}

function tensorDescent(parameters: Parameters, { maxGradNorm, memories, begin, onTensors }: Rule): Optimizer {
  const vector = new ParameterVector(parameters.backend, parameters.list);
  const remembered = memories.map((first) => {
    const memory = parameters.adopt(tf.tidy(() => tf.variable(tf.fill([vector.size], first))));
    parameters.backend.state.keep("optimizer", keptVariable(memory), { isLearned: true });
    return memory;
  });
  return {
    step() {
      throw new Error("gradients have no addresses where memory isn't shared; use stepTensors");
    },
    stepTensors(gradients, learningRate) {
      begin?.();
      tf.tidy(() => {
        const back = onTensors(remembered, clipped(vector.join(gradients), maxGradNorm), learningRate);
        const moved = tf.sub(vector.join(parameters.tensors), back) as tf.Tensor1D;
        for (const [i, part] of vector.split(moved).entries()) (parameters.tensors[i] as tf.Variable).assign(part);
      });
    },
  };
}
