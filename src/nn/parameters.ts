/** Named parameters: columns on the heap, which acting reads, and the tensors that learning differentiates. */
import * as tf from "@tensorflow/tfjs";
import { fill, type Numbers, type Resumable } from "../core/run-state.js";
import { type Column, column } from "../wasm/heap.js";
import type { Backend } from "./backend.js";

export interface Parameter {
  readonly name: string;
  readonly column: Column<"float32">;
  /** The column's own memory where the backend shares it; otherwise a variable that {@link Parameters.pull} copies back. */
  readonly tensor: tf.Tensor;
}

export class Parameters {
  readonly list: Parameter[] = [];
  readonly #adopted: tf.Tensor[] = [];

  /** Disposed of with the backend. */
  constructor(readonly backend: Backend) {
    backend.defer(() => this.dispose());
  }

  get tensors(): tf.Tensor[] {
    return this.list.map(({ tensor }) => tensor);
  }

  /** Adds a parameter with its first values, unless the backend has others for it. */
  add(name: string, shape: readonly number[], values: ArrayLike<number>): Parameter {
    const made = column(this.backend.heap, shape);
    made.data.set(this.backend.initialValues?.take(name, shape) ?? values);
    const variable = () => tf.tidy(() => tf.variable(tf.tensor(made.data.slice(), [...shape])));
    const parameter = { name, column: made, tensor: this.backend.sharesMemory ? this.backend.tensor(made) : variable() };
    this.list.push(parameter);
    this.backend.state.keep(`parameters.${name}`, kept(this.backend, parameter), { isLearned: true });
    return parameter;
  }

  /** Takes charge of a tensor that lives as long as the parameters do: an optimizer's moments. */
  adopt<T extends tf.Tensor>(tensor: T): T {
    this.#adopted.push(tensor);
    return tensor;
  }

  /** Brings what was learned to the heap, so that the next rollout acts on it. Nothing to do where memory is shared. */
  async pull(): Promise<void> {
    if (this.backend.sharesMemory) return;
    await Promise.all(this.list.map(async ({ tensor, column }) => column.data.set(await this.backend.read(tensor))));
  }

  dispose(): void {
    if (!this.backend.sharesMemory) tf.dispose(this.tensors);
    tf.dispose(this.#adopted);
  }
}

/** Gives a parameter these numbers, for learning and for acting. */
export function writeParameter(
  { sharesMemory, markWritten }: Backend,
  { column, tensor }: Parameter,
  values: Float64Array | Float32Array,
): void {
  fill(column.data, values);
  if (sharesMemory) markWritten(tensor);
  else assign(tensor as tf.Variable, column.data);
}

function kept(backend: Backend, parameter: Parameter): Resumable {
  const { column, tensor } = parameter;
  return {
    snapshot: backend.sharesMemory ? () => ({ values: column.data }) : keptVariable(tensor as tf.Variable).snapshot,
    restore: ({ values }) => writeParameter(backend, parameter, values as Float32Array),
  };
}

/** A variable, where memory isn't shared, as a part of a run's state. */
export function keptVariable(variable: tf.Variable): Resumable {
  return {
    snapshot: async () => ({ values: await variable.data<"float32">() }),
    restore: ({ values }) => assign(variable, values as Numbers),
  };
}

function assign(variable: tf.Variable, values: Numbers): void {
  tf.tidy(() => variable.assign(tf.tensor(Float32Array.from(values), variable.shape)));
}
