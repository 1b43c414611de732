/** The policy that acted, kept while the network moves on: what KL(old ‖ new) is measured from. */
import * as tf from "@tensorflow/tfjs";
import type { ActorCritic } from "../nn/actor-critic.js";
import type { Backend } from "../nn/backend.js";
import { type Computation, computation } from "../nn/computation.js";
import type { Distribution } from "../nn/distributions.js";
import type { Rollout } from "../rollout/rollout.js";
import { type Column, column } from "../wasm/heap.js";

export class OldPolicy {
  /** What the actor put out in each state of the rollout `[T,N,outputs]`. */
  readonly head: Column<"float32">;
  /** ln σ `[A]`, where it is the same in every state. */
  readonly logStd: Column<"float32"> | undefined;
  readonly #outputs: Computation<tf.Tensor2D>;
  readonly #divergence: Computation<tf.Scalar>;

  constructor(
    readonly backend: Backend,
    readonly network: ActorCritic,
    { columns, size, options: { steps }, env: { numEnvs } }: Rollout,
  ) {
    const [, , width = 0] = columns.observation.shape;
    const states = columns.observation.as([size, width]);
    const outputs = network.actor.layers.at(-1)?.bias.column.length ?? 0;
    this.head = column(backend.heap, [steps, numEnvs, outputs]);
    this.logStd = network.logStd && column(backend.heap, network.logStd.column.shape);
    const head = () => network.actor.apply(backend.tensor(states) as tf.Tensor2D);
    this.#outputs = computation(backend, head);
    this.#divergence = computation(backend, () => tf.mean(this.distribution.kl(network.distribution(head()))) as tf.Scalar);
  }

  /** Keeps the network's policy as it now is, in the states that the rollout now holds. */
  async remember(): Promise<void> {
    this.#outputs.run();
    this.#write(this.head, await this.#outputs.column());
    if (this.logStd) this.#write(this.logStd, this.network.logStd?.column as Column<"float32">);
  }

  #write(target: Column<"float32">, source: Column<"float32">): void {
    target.data.set(source.data);
    if (this.backend.sharesMemory) this.backend.markWritten(this.backend.tensor(target));
  }

  /** π_old(· | s) for every step of the rollout, as tensors. */
  get distribution(): Distribution {
    const { backend, head, logStd } = this;
    const flat = backend.tensor(head.as([head.length / (head.shape[2] ?? 1), head.shape[2] ?? 1])) as tf.Tensor2D;
    return this.network.distribution(flat, logStd && backend.tensor(logStd));
  }

  /** The mean of KL(old ‖ new) over the rollout, in nats: of the distributions themselves, not of the actions taken. */
  async divergence(): Promise<number> {
    this.#divergence.run();
    return (await this.#divergence.column()).data[0] as number;
  }
}
