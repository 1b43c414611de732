/** What parameters begin with where an earlier policy is to learn on, instead of what would be drawn. */
import { ensure } from "../core/errors.js";

export interface InitialTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export class InitialValues {
  readonly #taken = new Set<string>();

  /** @param tensors by the names of the parameters that they are for */
  constructor(readonly tensors: ReadonlyMap<string, InitialTensor>) {}

  /** The values of a parameter; undefined if there are none under its name. Throws a UsageError if they have another shape. */
  take(name: string, shape: readonly number[]): Float32Array | undefined {
    const tensor = this.tensors.get(name);
    if (!tensor) return undefined;
    ensure(
      tensor.shape.join() === shape.join(),
      () => `the initial policy's ${name} is ${describe(tensor.shape)}, this run's is ${describe(shape)}; both need the same network`,
    );
    this.#taken.add(name);
    return tensor.data;
  }

  /** Whether a parameter has begun with these values. */
  wasTaken(name: string): boolean {
    return this.#taken.has(name);
  }
}

function describe(shape: readonly number[]): string {
  return `[${shape.join(",")}]`;
}
